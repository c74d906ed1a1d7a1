"""ElectLeaders, reassignments and log directories: where partitions live, on a cluster of one node."""

from collections.abc import Sequence

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import batch, produce
from kafkapy.protocol.messages.alter_partition_reassignments import (
    AlterPartitionReassignmentsRequest,
    ReassignablePartition,
    ReassignableTopic,
)
from kafkapy.protocol.messages.describe_log_dirs import DescribableLogDirTopic, DescribeLogDirsRequest
from kafkapy.protocol.messages.elect_leaders import ElectLeadersRequest, TopicPartitions
from kafkapy.protocol.messages.list_partition_reassignments import (
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsTopics,
)

PREFERRED, UNCLEAN = 0, 1


def elect(
    *topics: tuple[str, tuple[int, ...]], kind: int = PREFERRED, timeout_ms: int = 20_000
) -> ElectLeadersRequest:
    partitions = [TopicPartitions(topic=name, partitions=list(indexes)) for name, indexes in topics]
    return ElectLeadersRequest(election_type=kind, topic_partitions=partitions, timeout_ms=timeout_ms)


@scenario
def elections(talk: Conversation) -> None:
    name = talk.create_topic(partitions=2)
    for version in versions(ElectLeadersRequest):
        talk.ask(elect((name, (0, 1))), version)
        talk.ask(elect((name, (9,)), ("no-such", (0,)), ("a b", (0,))), version, "unknown ones")
        talk.ask(elect((name, ())), version, "no partition")
        talk.ask(elect(), version, "nothing")
        talk.ask(elect((name, (-1,))), version, "negative")
        elect_all(talk, name, PREFERRED, version)
    for version in (1, 2):
        talk.ask(elect((name, (0,)), kind=UNCLEAN), version, "unclean")
        talk.ask(elect((name, (9,)), kind=UNCLEAN), version, "unclean, unknown")
        for kind in (2, -1):
            talk.ask(elect((name, (0,)), kind=kind), version, f"kind {kind}")
        elect_all(talk, name, UNCLEAN, version)


def elect_all(talk: Conversation, name: str, kind: int, version: int) -> None:
    """Noted is only what is said of one topic: other scenarios have left theirs."""
    request = ElectLeadersRequest(election_type=kind, topic_partitions=None, timeout_ms=20_000)
    answer = talk.quietly.ask(request, version)
    mine = [result for result in answer.replica_election_results if result.topic == name]
    talk.note(f"all, kind {kind} in v{version}, error {answer.error_code}", mine)


@scenario
def partitions_named_twice_for_election(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.ask(elect((name, (0, 0))), 2)


def move(
    *partitions: tuple[str, int, Sequence[int] | None],
    may_change_factor: bool = True,
    timeout_ms: int = 20_000,
) -> AlterPartitionReassignmentsRequest:
    return AlterPartitionReassignmentsRequest(
        timeout_ms=timeout_ms,
        allow_replication_factor_change=may_change_factor,
        topics=[
            ReassignableTopic(
                name=name,
                partitions=[
                    ReassignablePartition(
                        partition_index=index, replicas=None if replicas is None else list(replicas)
                    )
                ],
            )
            for name, index, replicas in partitions
        ],
    )


@scenario
def reassignments(talk: Conversation) -> None:
    name = talk.create_topic()
    cases = {
        "to where it is": move((name, 0, [1])),
        "cancel nothing": move((name, 0, None)),
        "to nowhere": move((name, 0, [])),
        "to an unknown broker": move((name, 0, [7])),
        "to one more, unknown": move((name, 0, [1, 7])),
        "same broker twice": move((name, 0, [1, 1])),
        "negative broker": move((name, 0, [-1])),
        "unknown partition": move((name, 9, [1])),
        "unknown topic": move(("no-such", 0, [1])),
        "impossible topic": move(("a b", 0, [1])),
        "cancel in an unknown topic": move(("no-such", 0, None)),
        "cancel an unknown partition": move((name, 9, None)),
        "nothing": move(),
        "no time": move((name, 0, [1]), timeout_ms=0),
        "several": move((name, 0, [1]), ("no-such", 0, [1]), (name, 3, [1])),
    }
    for version in versions(AlterPartitionReassignmentsRequest):
        for note, request in cases.items():
            talk.ask(request, version, note)
    for note, request in cases.items():
        request.allow_replication_factor_change = False
        talk.ask(request, 1, f"{note}, with the same number of replicas")


@scenario
def ongoing_reassignments(talk: Conversation) -> None:
    name = talk.create_topic()
    wanted = {
        "all": None,
        "none": [],
        "a topic": [ListPartitionReassignmentsTopics(name=name, partition_indexes=[0])],
        "unknown partition": [ListPartitionReassignmentsTopics(name=name, partition_indexes=[9])],
        "no partition": [ListPartitionReassignmentsTopics(name=name, partition_indexes=[])],
        "unknown topic": [ListPartitionReassignmentsTopics(name="no-such", partition_indexes=[0])],
    }
    for note, topics in wanted.items():
        talk.ask(ListPartitionReassignmentsRequest(topics=topics, timeout_ms=20_000), 0, note)
    talk.ask(ListPartitionReassignmentsRequest(topics=None, timeout_ms=0), 0, "no time")


def directories_of(*topics: tuple[str, tuple[int, ...]]) -> DescribeLogDirsRequest:
    return DescribeLogDirsRequest(
        topics=[DescribableLogDirTopic(topic=name, partitions=list(indexes)) for name, indexes in topics]
    )


@scenario
def log_directories(talk: Conversation) -> None:
    name = talk.create_topic(partitions=2)
    talk.ask(produce(name, batch(b"some"), batch(b"thing")), 12)
    for version in versions(DescribeLogDirsRequest):
        talk.ask(directories_of((name, (0, 1))), version)
        talk.ask(directories_of((name, (1,))), version)
        talk.ask(directories_of((name, (1, 1))), version, "twice")
        talk.ask(directories_of((name, (0,)), (name, (1,))), version, "as two topics")
        talk.ask(directories_of((name, ())), version, "no partition")
        talk.ask(directories_of((name, (9,)), ("no-such", (0,))), version, "unknown ones")
        talk.ask(directories_of(), version, "nothing")
