"""ListOffsets: by time, the special times in every version, epochs, isolation."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import LONG_AGO_MS, batch, list_offsets, produce
from kafkapy.protocol.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)
from kafkapy.protocol.messages.list_offsets import ListOffsetsRequest, ListOffsetsTopic
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression

SPECIAL = range(0, -9, -1)


def filled(talk: Conversation, word: str = "t") -> str:
    """Four batches; times rise, fall, repeat."""
    name = talk.create_topic(word)
    for times in ((0, 10, 20), (50, 40), (50, 30), (60,)):
        records = [NewRecord(b"k", b"v", LONG_AGO_MS + time) for time in times]
        assert (
            talk.quietly.ask(produce(name, build_batch(records)), 12)
            .responses[0]
            .partition_responses[0]
            .error_code
            == 0
        )
    return name


@scenario
def every_version_and_special_time(talk: Conversation) -> None:
    name, empty = filled(talk), talk.create_topic("empty")
    for version in versions(ListOffsetsRequest):
        for special in SPECIAL:
            talk.ask(list_offsets(name, special), version, str(special))
            talk.ask(list_offsets(empty, special), version, f"{special} of an empty one")


@scenario
def by_time(talk: Conversation) -> None:
    name, empty = filled(talk), talk.create_topic("empty")
    for version in (1, 3, 4, 7, 11):
        for time in (-5, 0, 1, 10, 11, 20, 21, 40, 45, 50, 51, 60, 61):
            talk.ask(list_offsets(name, LONG_AGO_MS + time), version, f"{time} ms later")
        talk.ask(list_offsets(empty, LONG_AGO_MS), version)
        talk.ask(list_offsets(name, 2**63 - 1), version, "the end of time")


@scenario
def inside_compressed_batches(talk: Conversation) -> None:
    for codec in Compression:
        name = talk.create_topic(codec.name.lower())
        records = [NewRecord(b"k", b"v", LONG_AGO_MS + time) for time in (0, 5, 3, 9)]
        talk.ask(produce(name, build_batch(records, compression=codec)), 12)
        for time in (1, 4, 6, 10):
            talk.ask(list_offsets(name, LONG_AGO_MS + time), note=f"{time} ms later")
        talk.ask(list_offsets(name, -3), note="max timestamp")


@scenario
def no_times(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.ask(produce(name, batch(b"a", timestamp=-1)), 12)
    for time in (-3, 0, LONG_AGO_MS):
        talk.ask(list_offsets(name, time), note=str(time))


@scenario
def append_times(talk: Conversation) -> None:
    name = talk.create_topic(configs={"message.timestamp.type": "LogAppendTime"})
    talk.ask(produce(name, batch(b"a", b"b", b"c")), 12)
    for time in (-3, 0, LONG_AGO_MS, 2**50):
        talk.ask(list_offsets(name, time), note=str(time))


@scenario
def unknown_partitions(talk: Conversation) -> None:
    name = talk.create_topic()
    for version in versions(ListOffsetsRequest):
        talk.ask(list_offsets("no-such", -1), version)
        talk.ask(list_offsets("a b", -1), version)
        talk.ask(list_offsets(name, -1, index=1), version)
        talk.ask(list_offsets(name, -1, index=-1), version)
        talk.ask(list_offsets(name, -99, index=9), version, "unknown time of unknown partition")
        talk.ask(list_offsets(name), version, "no partition")
        talk.ask(ListOffsetsRequest(replica_id=-1, topics=[]), version)


@scenario
def named_twice(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.ask(list_offsets(name, -1, -2))
    talk.ask(list_offsets(name, -1, -2), 1)
    both = ListOffsetsRequest(
        replica_id=-1, topics=[*list_offsets(name, -1).topics, *list_offsets(name, -2).topics]
    )
    talk.ask(both, note="as two topics")
    talk.ask(list_offsets("no-such", -1, -2), note="unknown")
    talk.ask(
        ListOffsetsRequest(replica_id=-1, topics=[ListOffsetsTopic(name=name, partitions=[])] * 2),
        note="empty",
    )


@scenario
def leader_epochs(talk: Conversation) -> None:
    name = filled(talk)
    for version in (4, 7, 11):
        for epoch in (-2, -1, 0, 1, 9):
            for time in (-1, -2, -3, LONG_AGO_MS):
                request = list_offsets(name, time, current_leader_epoch=epoch)
                talk.ask(request, version, f"epoch {epoch}, time {time}")
    talk.ask(list_offsets(name, -1, index=5, current_leader_epoch=9), note="unknown partition")


@scenario
def isolation_and_replicas(talk: Conversation) -> None:
    name = filled(talk)
    for isolation in (0, 1, 2, -1):
        for time in (-1, -2, -3, LONG_AGO_MS + 55):
            talk.ask(list_offsets(name, time, isolation_level=isolation), note=f"isolation {isolation}")
    for replica in (-2, 0, 1, 5, -3):
        for time in (-1, -2, LONG_AGO_MS):
            talk.ask(list_offsets(name, time, replica_id=replica), note=f"replica {replica}")


@scenario
def after_records_were_deleted(talk: Conversation) -> None:
    name = filled(talk)
    deletion = DeleteRecordsRequest(
        topics=[
            DeleteRecordsTopic(name=name, partitions=[DeleteRecordsPartition(partition_index=0, offset=4)])
        ],
        timeout_ms=5000,
    )
    talk.ask(deletion)
    for time in (-1, -2, -3, -4, 0, LONG_AGO_MS, LONG_AGO_MS + 45, LONG_AGO_MS + 55):
        talk.ask(list_offsets(name, time))
    deletion.topics[0].partitions[0].offset = -1
    talk.ask(deletion, note="all")
    for time in (-1, -2, -3, -4, 0):
        talk.ask(list_offsets(name, time), note=f"{time}, empty now")
