"""Fetch: versions, limits, sessions, epochs, waiting."""

import time

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import batch, delete, fetch, fetch_topic, produce
from kafkapy.protocol.messages.create_partitions import CreatePartitionsRequest, CreatePartitionsTopic
from kafkapy.protocol.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, ForgottenTopic, ReplicaState
from kafkapy.protocol.uuid import METADATA_TOPIC_ID, ZERO_UUID
from kafkapy.records.compression import Compression

NOBODY = bytes(range(16))
FIRST_VERSION_WITH_IDS = 13


def filled(talk: Conversation, word: str = "t", partitions: int = 1, batches: int = 3) -> str:
    """Batches of two records in each partition."""
    name = talk.create_topic(word, partitions=partitions)
    for index in range(partitions):
        for number in range(batches):
            value = b"%d-%d" % (index, number)
            talk.quietly.ask(produce(name, batch(value, value + b"x"), index=index), 12)
    return name


def called(talk: Conversation, name: str, version: int) -> str | bytes:
    """The topic as this version names it."""
    return talk.topic_id(name) if version >= FIRST_VERSION_WITH_IDS else name


def partition(index: int, offset: int = 0, max_bytes: int = 1_000_000, **fields: int) -> FetchPartition:
    return FetchPartition(partition=index, fetch_offset=offset, partition_max_bytes=max_bytes, **fields)


@scenario
def every_version(talk: Conversation) -> None:
    name, empty = filled(talk), talk.create_topic("empty")
    for version in versions(FetchRequest):
        topic = called(talk, name, version)
        for offset in (0, 1, 2, 5, 6, 7, -1):
            talk.ask(fetch(topic, offset), version, f"from {offset}")
        talk.ask(fetch(topic, isolation_level=1), version, "committed")
        talk.ask(fetch(topic, isolation_level=2), version, "isolation 2")
        talk.ask(fetch(topic, index=1), version, "unknown partition")
        talk.ask(fetch(topic, index=-1), version, "negative partition")
        talk.ask(fetch(called(talk, empty, version)), version, "empty log")
        talk.ask(FetchRequest(max_wait_ms=0, min_bytes=0, topics=[]), version, "nothing")
        talk.ask(
            FetchRequest(max_wait_ms=0, min_bytes=0, topics=[fetch_topic(topic)]), version, "no partition"
        )


@scenario
def unknown_topics(talk: Conversation) -> None:
    for version in versions(FetchRequest):
        if version < FIRST_VERSION_WITH_IDS:
            for name in ("no-such", "a b", ""):
                talk.ask(fetch(name), version)
        else:
            for topic_id in (NOBODY, ZERO_UUID, METADATA_TOPIC_ID):
                talk.ask(fetch(topic_id), version)
                talk.ask(fetch(topic_id, isolation_level=1), version)


@scenario
def limits(talk: Conversation) -> None:
    name = filled(talk, partitions=3, batches=4)
    size = len(batch(b"0-0", b"0-0x"))
    for whole in (0, 1, size - 1, size, size + 1, 3 * size, 5 * size, 100 * size, -1):
        for each in (0, 1, size, size + 1, 2 * size, 100 * size, -1):
            request = FetchRequest(
                max_wait_ms=0,
                min_bytes=1,
                max_bytes=whole,
                topics=[fetch_topic(name, *(partition(index, 0, each) for index in range(3)))],
            )
            talk.ask(request, 12, f"at most {whole}, {each} of each partition, batches of {size}")


@scenario
def a_first_batch_that_is_too_large(talk: Conversation) -> None:
    name = talk.create_topic(partitions=2)
    talk.ask(produce(name, batch(b"x" * 1000), batch(b"y" * 1000)), 12)
    for order in ((0, 1), (1, 0)):
        request = FetchRequest(
            max_wait_ms=0,
            min_bytes=1,
            max_bytes=100,
            topics=[fetch_topic(name, *(partition(index, 0, 10) for index in order))],
        )
        talk.ask(request, 12, str(order))


@scenario
def inside_a_batch(talk: Conversation) -> None:
    for codec in (Compression.NONE, Compression.GZIP, Compression.ZSTD):
        name = talk.create_topic(codec.name.lower())
        talk.ask(produce(name, batch(b"a", b"b", b"c", compression=codec)), 12)
        talk.ask(produce(name, batch(b"d", compression=codec)), 12)
        for offset in range(5):
            talk.ask(fetch(name, offset), 12, f"{codec.name}, from {offset}")
        talk.ask(fetch(name), 9, f"{codec.name} in an old version")


@scenario
def leader_epochs(talk: Conversation) -> None:
    name = filled(talk)
    for version in (9, 11, 12, 13, 15, 16, 18):
        topic = called(talk, name, version)
        for epoch in (-2, -1, 0, 1, 99):
            talk.ask(fetch(topic, current_leader_epoch=epoch), version, f"current epoch {epoch}")
    talk.ask(fetch(name, index=5, current_leader_epoch=99), 12, "unknown partition as well")


@scenario
def diverging_epochs(talk: Conversation) -> None:
    name = filled(talk)
    for version in (12, 13, 18):
        topic = called(talk, name, version)
        for epoch in (-2, -1, 0, 1, 99):
            for offset in (0, 6, 7):
                request = fetch(topic, offset, last_fetched_epoch=epoch)
                talk.ask(request, version, f"last epoch {epoch}, from {offset}")


@scenario
def after_records_were_deleted(talk: Conversation) -> None:
    name = filled(talk)
    deletion = DeleteRecordsRequest(
        topics=[
            DeleteRecordsTopic(name=name, partitions=[DeleteRecordsPartition(partition_index=0, offset=3)])
        ],
        timeout_ms=5000,
    )
    talk.ask(deletion)
    for offset in range(7):
        talk.ask(fetch(name, offset), 12, f"from {offset}")


@scenario
def replicas(talk: Conversation) -> None:
    name = filled(talk)
    for replica in (-2, -3, 0, 1, 5):
        request = fetch(name)
        request.replica_id = replica
        talk.ask(request, 12, f"replica {replica}")
    for replica, epoch in ((-1, -1), (-1, 5), (-2, -1)):
        request = fetch(talk.topic_id(name))
        request.replica_state = ReplicaState(replica_id=replica, replica_epoch=epoch)
        talk.ask(request, 15, f"replica {replica}, epoch {epoch}")


@scenario
def named_twice(talk: Conversation) -> None:
    name = filled(talk)
    twice = [partition(0, 4), partition(0, 2)]
    talk.ask(FetchRequest(max_wait_ms=0, min_bytes=1, topics=[fetch_topic(name, *twice)]), 12)
    topics = [fetch_topic(name, each) for each in twice]
    talk.ask(FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics), 12, "as two topics")
    unknown = [partition(9), partition(9)]
    talk.ask(FetchRequest(max_wait_ms=0, min_bytes=1, topics=[fetch_topic(name, *unknown)]), 12, "unknown")


@scenario
def order_of_partitions(talk: Conversation) -> None:
    a, b = filled(talk, "a", 2), filled(talk, "b", 2)
    topics = [
        fetch_topic(a, partition(1)),
        fetch_topic("no-such", partition(0)),
        fetch_topic(b, partition(1), partition(7), partition(0)),
        fetch_topic(a, partition(0), partition(1, 2)),
    ]
    talk.ask(FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics), 12)
    talk.ask(FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics), 6)


def in_session(
    session: int, epoch: int, *topics: object, forget: list[ForgottenTopic] | None = None
) -> FetchRequest:
    return FetchRequest(
        max_wait_ms=0,
        min_bytes=1,
        session_id=session,
        session_epoch=epoch,
        topics=list(topics),  # type: ignore[arg-type]
        forgotten_topics_data=forget or [],
    )


@scenario
def sessions(talk: Conversation) -> None:
    for version in (7, 12, 13, 18):
        name = filled(talk, f"v{version}", 3)
        topic = called(talk, name, version)
        client = talk.connect()

        def ask(note: str, epoch: int, *partitions: FetchPartition, forget: tuple[int, ...] = ()) -> int:
            topics = [fetch_topic(topic, *partitions)] if partitions else []  # noqa: B023
            forgotten = [
                ForgottenTopic(
                    topic=topic if isinstance(topic, str) else "",  # noqa: B023
                    topic_id=topic if isinstance(topic, bytes) else ZERO_UUID,  # noqa: B023
                    partitions=list(forget),
                )
            ]
            request = in_session(session, epoch, *topics, forget=forgotten if forget else [])  # noqa: B023
            answer: int = client.ask(request, version, note).session_id  # noqa: B023
            return answer

        session = 0
        session = ask("new session", 0, partition(0), partition(1), partition(2, 6))
        ask("nothing changed but the data is there", 1)
        ask("read on", 2, partition(0, 6), partition(1, 6))
        talk.quietly.ask(produce(name, batch(b"new"), index=1), 12)
        ask("one has news", 3)
        ask("it still has", 4)
        ask("read on", 5, partition(1, 7))
        ask("an unknown partition joins", 6, partition(9))
        ask("its error is repeated", 7)
        ask("forget it", 8, forget=(9,))
        ask("forget what is not in it", 9, forget=(8,))
        ask("wrong epoch", 5)
        ask("right epoch", 10)
        ask("forget all", 11, forget=(0, 1, 2))
        ask("the session is over", 12)


@scenario
def sessions_that_there_are_not(talk: Conversation) -> None:
    name = filled(talk)
    for version in (7, 12):
        talk.ask(in_session(12345, 1), version, "unknown")
        talk.ask(
            in_session(12345, 0, fetch_topic(name, partition(0))),
            version,
            "unknown, to be closed, and a new one",
        )
        talk.ask(in_session(12345, -1, fetch_topic(name, partition(0))), version, "unknown, to be closed")
        talk.ask(in_session(0, 1), version, "no session, epoch 1")
        talk.ask(in_session(0, -1, fetch_topic(name, partition(0))), version, "no session wanted")
        talk.ask(in_session(0, 0), version, "nothing in it")
        talk.ask(in_session(-5, 3), version, "negative")


@scenario
def ends_of_sessions(talk: Conversation) -> None:
    name = filled(talk)
    whole = fetch_topic(name, partition(0))
    session = talk.ask(in_session(0, 0, whole), 12).session_id
    talk.ask(in_session(session, -1, whole), 12, "closed")
    talk.ask(in_session(session, 1), 12, "gone")
    session = talk.ask(in_session(0, 0, whole), 12).session_id
    renewed = talk.ask(in_session(session, 0, whole), 12, "closed for a new one").session_id
    talk.ask(in_session(session, 1), 12, "the old one")
    talk.ask(in_session(renewed, 1), 12, "the new one")
    talk.ask(in_session(renewed, 1), 12, "epoch repeated")
    talk.ask(in_session(renewed, 3), 12, "epoch skipped")
    talk.ask(in_session(renewed, 2), 12, "right epoch")


@scenario
def names_and_ids_in_one_session(talk: Conversation) -> None:
    name = filled(talk)
    topic_id = talk.topic_id(name)
    session = talk.ask(in_session(0, 0, fetch_topic(name, partition(0))), 12).session_id
    talk.ask(in_session(session, 1, fetch_topic(topic_id, partition(0, 6))), 13, "named before")
    talk.ask(in_session(session, 1), 12, "and now")
    session = talk.ask(in_session(0, 0, fetch_topic(topic_id, partition(0))), 13).session_id
    talk.ask(in_session(session, 1, fetch_topic(name, partition(0, 6))), 12, "by id before")
    talk.ask(in_session(session, 1), 13, "and now")


@scenario
def unknown_ids_in_a_session(talk: Conversation) -> None:
    name = filled(talk)
    topic_id = talk.topic_id(name)
    both = [fetch_topic(topic_id, partition(0)), fetch_topic(NOBODY, partition(0))]
    session = talk.ask(in_session(0, 0, *both), 13).session_id
    talk.ask(in_session(session, 1), 13)
    talk.ask(in_session(session, 2, fetch_topic(topic_id, partition(0, 6))), 13)
    gone = ForgottenTopic(topic_id=NOBODY, partitions=[0])
    talk.ask(in_session(session, 3, forget=[gone]), 13)


@scenario
def waiting(talk: Conversation) -> None:
    name = filled(talk, partitions=2)
    for note, request in {
        "nothing new": fetch(name, 6, max_wait_ms=200),
        "enough at once": fetch(name, 0, max_wait_ms=5000, min_bytes=10),
        "no bytes wanted": fetch(name, 6, max_wait_ms=5000, min_bytes=0),
        "more wanted than there is": fetch(name, 0, max_wait_ms=200, min_bytes=10_000),
        "more wanted than allowed": fetch(name, 0, max_wait_ms=5000, min_bytes=10_000, max_bytes=100),
        "out of range": fetch(name, 99, max_wait_ms=5000),
        "unknown partition": fetch(name, 6, max_wait_ms=5000, index=9),
        "unknown topic": fetch("no-such", 6, max_wait_ms=5000),
        "wrong epoch": fetch(name, 6, max_wait_ms=5000, current_leader_epoch=5),
        "negative wait": fetch(name, 6, max_wait_ms=-1),
    }.items():
        begin = time.monotonic()
        talk.ask(request, 12, note)
        talk.note(f"{note}: was it answered at once", time.monotonic() - begin < 0.15)


@scenario
def unknown_partitions_do_not_hurry_others(talk: Conversation) -> None:
    name = filled(talk)
    topics = [fetch_topic(name, partition(0, 6)), fetch_topic("no-such", partition(0))]
    begin = time.monotonic()
    talk.ask(FetchRequest(max_wait_ms=300, min_bytes=1, topics=topics), 12)
    talk.note("was it answered at once", time.monotonic() - begin < 0.2)


@scenario
def woken_by_a_producer(talk: Conversation) -> None:
    name = filled(talk, partitions=2)
    reader = talk.connect()
    both = [fetch_topic(name, partition(0, 6), partition(1, 6))]
    waiting = reader.begin(FetchRequest(max_wait_ms=10_000, min_bytes=1, topics=both), 12)
    time.sleep(0.1)
    talk.ask(produce(name, batch(b"news"), index=1), 12)
    reader.finish(waiting)


@scenario
def woken_when_there_is_enough(talk: Conversation) -> None:
    name = filled(talk, partitions=2)
    reader = talk.connect()
    both = [fetch_topic(name, partition(0, 6), partition(1, 6))]
    size = len(batch(b"x" * 100))
    waiting = reader.begin(FetchRequest(max_wait_ms=10_000, min_bytes=2 * size, topics=both), 12)
    for index in (0, 1):
        time.sleep(0.1)
        talk.ask(produce(name, batch(b"x" * 100), index=index), 12)
    reader.finish(waiting)


@scenario
def woken_by_deletion(talk: Conversation) -> None:
    for version in (12, 13):
        name = filled(talk, f"v{version}")
        reader = talk.connect()
        waiting = reader.begin(fetch(called(talk, name, version), 6, max_wait_ms=10_000), version)
        talk.let_it_arrive()
        talk.ask(delete(name), 5)
        reader.finish(waiting)


@scenario
def partitions_that_come_later(talk: Conversation) -> None:
    name = talk.create_topic()
    wanted = [partition(0), partition(1)]
    session = talk.ask(in_session(0, 0, fetch_topic(name, *wanted)), 12).session_id
    talk.ask(
        CreatePartitionsRequest(
            topics=[CreatePartitionsTopic(name=name, count=2, assignments=None)],
            timeout_ms=20_000,
            validate_only=False,
        )
    )
    talk.settle({name: 2})
    talk.ask(produce(name, batch(b"new"), index=1), 12)
    talk.ask(in_session(session, 1), 12)
    talk.ask(in_session(session, 2), 12)
