"""CreatePartitions: counts, assignments, repeated and unknown topics, validation only."""

from collections.abc import Sequence

from compat.differential.conversation import Conversation, scenario, versions
from kafkapy.protocol.messages.create_partitions import (
    CreatePartitionsAssignment,
    CreatePartitionsRequest,
    CreatePartitionsTopic,
)
from kafkapy.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic


def more(name: str, count: int, assignments: Sequence[Sequence[int]] | None = None) -> CreatePartitionsTopic:
    given = (
        None if assignments is None else [CreatePartitionsAssignment(broker_ids=list(a)) for a in assignments]
    )
    return CreatePartitionsTopic(name=name, count=count, assignments=given)


def ask_for(
    *topics: CreatePartitionsTopic, validate_only: bool = False, timeout_ms: int = 20_000
) -> CreatePartitionsRequest:
    return CreatePartitionsRequest(topics=list(topics), timeout_ms=timeout_ms, validate_only=validate_only)


@scenario
def every_version(talk: Conversation) -> None:
    for version in versions(CreatePartitionsRequest):
        name = talk.create_topic(f"v{version}")
        talk.ask(ask_for(more(name, 3)), version)
        talk.ask(ask_for(more(name, 3)), version, "as many as there are")
        talk.ask(ask_for(more("no-such", 3)), version)
        talk.ask(ask_for(), version)
        talk.settle({name: 3})
        metadata = MetadataRequest(topics=[MetadataRequestTopic(name=name)], allow_auto_topic_creation=False)
        talk.ask(metadata, 9, "what has become of it")


@scenario
def impossible_counts(talk: Conversation) -> None:
    name = talk.create_topic(partitions=3)
    for count in (2, 3, 1, 0, -1, 10_004, 2**31 - 1):
        talk.ask(ask_for(more(name, count), validate_only=True), note=str(count))


@scenario
def assignments_by_hand(talk: Conversation) -> None:
    name = talk.create_topic(partitions=2)
    cases: dict[str, tuple[int, list[list[int]]]] = {
        "none": (3, []),
        "too many": (3, [[1], [1]]),
        "too few": (4, [[1]]),
        "unknown broker": (3, [[7]]),
        "no broker": (3, [[]]),
        "same broker twice": (3, [[1, 1]]),
        "other factor": (3, [[1, 7]]),
        "negative broker": (3, [[-1]]),
        "not more, and unknown broker": (2, [[7]]),
        "fewer": (1, []),
        "right": (3, [[1]]),
    }
    for note, (count, assignments) in cases.items():
        talk.ask(ask_for(more(name, count, assignments)), note=note)


@scenario
def repeated_and_unknown(talk: Conversation) -> None:
    one, other = talk.create_topic("one"), talk.create_topic("other")
    talk.ask(ask_for(more(one, 2), more(other, 2), more(one, 3)), note="one twice")
    talk.ask(ask_for(more("no-such", 2), more("no-such", 2)), note="unknown twice")
    talk.ask(ask_for(more("a b", 2), more("", 2), more("no-such", 0), more(one, 0)))


@scenario
def validate_only(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.ask(ask_for(more(name, 5), validate_only=True))
    talk.ask(ask_for(more(name, 5), validate_only=True), note="again")
    talk.ask(ask_for(more(name, 2)), note="really")


@scenario
def short_of_time(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.ask(ask_for(more(name, 2), timeout_ms=0))


@scenario
def internal_topics(talk: Conversation) -> None:
    talk.ask(ask_for(more("__consumer_offsets", 1), validate_only=True))
