"""DescribeTopicPartitions: pages, cursors, unknown topics."""

from compat.differential.conversation import Conversation, scenario
from kafkapy.protocol.messages.describe_topic_partitions import (
    Cursor,
    DescribeTopicPartitionsRequest,
    TopicRequest,
)


def about(
    *names: str, limit: int = 2000, cursor: tuple[str, int] | None = None
) -> DescribeTopicPartitionsRequest:
    return DescribeTopicPartitionsRequest(
        topics=[TopicRequest(name=name) for name in names],
        response_partition_limit=limit,
        cursor=None if cursor is None else Cursor(topic_name=cursor[0], partition_index=cursor[1]),
    )


@scenario
def some_topics(talk: Conversation) -> None:
    b, a = talk.create_topic("b", partitions=3), talk.create_topic("a")
    talk.ask(about(b, a))
    talk.ask(about(a, a), note="twice")
    talk.ask(about("no-such", a, "a b", "."))
    talk.ask(about(a, ""), note="empty name")
    talk.ask(about("__consumer_offsets"))


@scenario
def pages(talk: Conversation) -> None:
    a, b, c = (talk.create_topic(word, partitions=3) for word in "abc")
    for limit in (1, 2, 3, 4, 6, 8, 9, 10, 0, -1):
        talk.ask(about(a, b, c, limit=limit), note=f"at most {limit}")
    for cursor in ((a, 1), (a, 2), (b, 0), (c, 2), (a, 3), (b, 7)):
        talk.ask(about(a, b, c, limit=4, cursor=cursor), note=f"from {cursor[1]} of {cursor[0][-6]}")
    talk.ask(about(a, "no-such", c, limit=3), note="unknown on the page")


@scenario
def strange_cursors(talk: Conversation) -> None:
    a, b = talk.create_topic("a"), talk.create_topic("b", partitions=2)
    talk.ask(about(a, b, cursor=("no-such", 0)), note="of another topic")
    talk.ask(about(a, b, cursor=(a, -1)), note="negative")
    talk.ask(about("no-such", cursor=("no-such", 0)), note="of an unknown topic")
    talk.ask(about("no-such", b, cursor=("no-such", 3)), note="inside an unknown topic")
