"""DeleteRecords: where a log may begin, and what cannot be."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import batch, fetch, list_offsets, produce
from kafkapy.protocol.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)


def before(name: str, *offsets: int, index: int = 0, timeout_ms: int = 5000) -> DeleteRecordsRequest:
    partitions = [DeleteRecordsPartition(partition_index=index, offset=offset) for offset in offsets]
    return DeleteRecordsRequest(
        topics=[DeleteRecordsTopic(name=name, partitions=partitions)], timeout_ms=timeout_ms
    )


def filled(talk: Conversation, word: str = "t", **configs: str) -> str:
    name = talk.create_topic(word, configs={key.replace("_", "."): value for key, value in configs.items()})
    for _ in range(3):
        talk.quietly.ask(produce(name, batch(b"a", b"b", b"c")), 12)
    return name


@scenario
def every_version(talk: Conversation) -> None:
    for version in versions(DeleteRecordsRequest):
        name = filled(talk, f"v{version}")
        for offset in (0, 2, 2, 1, 10, -2, -5, 9, -1, 0):
            talk.ask(before(name, offset), version, str(offset))
        talk.ask(before(name, 0, index=1), version, "unknown partition")
        talk.ask(before("no-such", 0), version)
        talk.ask(before("a b", 0), version)
        talk.ask(before(name), version, "no partition")
        talk.ask(DeleteRecordsRequest(topics=[], timeout_ms=1), version)


@scenario
def what_is_left(talk: Conversation) -> None:
    name = filled(talk)
    talk.ask(before(name, 4))
    talk.ask(fetch(name, 3), 12)
    talk.ask(fetch(name, 4), 12)
    talk.ask(list_offsets(name, -1), 7)
    talk.ask(list_offsets(name, -2), 7)
    talk.ask(produce(name, batch(b"d")), 12)


@scenario
def cleanup_policies(talk: Conversation) -> None:
    for number, policy in enumerate(("compact", "compact,delete", "delete", "")):
        name = filled(talk, str(number), cleanup_policy=policy)
        talk.ask(before(name, 2), note=policy)
        talk.ask(before(name, 99), note=policy)


@scenario
def internal_topics(talk: Conversation) -> None:
    for name in ("__consumer_offsets", "__cluster_metadata"):
        talk.ask(before(name, 0), note=name)


@scenario
def several(talk: Conversation) -> None:
    name = filled(talk)
    talk.ask(before(name, 1, 2), note="one partition twice")
    talk.ask(
        DeleteRecordsRequest(topics=before(name, 3).topics + before("no-such", 3).topics, timeout_ms=5000),
    )
    talk.ask(before(name, 4, timeout_ms=0), note="no time")
    talk.ask(before(name, 5, timeout_ms=-1), note="negative time")
