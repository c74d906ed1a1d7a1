"""OffsetForLeaderEpoch: where an epoch ends."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import batch, produce
from kafkapy.protocol.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)


def end_of(
    name: str, *epochs: int, index: int = 0, current: int = -1, replica: int = -1
) -> OffsetForLeaderEpochRequest:
    partitions = [
        OffsetForLeaderPartition(partition=index, current_leader_epoch=current, leader_epoch=epoch)
        for epoch in epochs
    ]
    topic = OffsetForLeaderTopic(topic=name, partitions=partitions)
    return OffsetForLeaderEpochRequest(replica_id=replica, topics=[topic])


@scenario
def every_version(talk: Conversation) -> None:
    name, empty = talk.create_topic(), talk.create_topic("empty")
    talk.ask(produce(name, batch(b"a", b"b")), 12)
    for version in versions(OffsetForLeaderEpochRequest):
        for epoch in (-2, -1, 0, 1, 99):
            talk.ask(end_of(name, epoch), version, f"epoch {epoch}")
            talk.ask(end_of(empty, epoch), version, f"epoch {epoch} of an empty log")
        for current in (-2, -1, 0, 1):
            talk.ask(end_of(name, 0, current=current), version, f"current epoch {current}")
        for replica in (-2, -1, 0, 1, 5):
            talk.ask(end_of(name, 0, replica=replica), version, f"replica {replica}")
        talk.ask(end_of(name, 0, index=3), version, "unknown partition")
        talk.ask(end_of(name, 0, index=-1), version, "negative partition")
        talk.ask(end_of("no-such", 0), version)
        talk.ask(end_of("a b", 0), version)
        talk.ask(end_of(name), version, "no partition")
        talk.ask(end_of(name, 0, 1), version, "twice")
        talk.ask(OffsetForLeaderEpochRequest(topics=[]), version)
        talk.ask(end_of("no-such", 0, current=9), version, "unknown, and wrong current epoch")
