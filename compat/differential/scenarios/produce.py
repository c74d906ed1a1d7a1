"""Produce: acknowledgements, broken batches, codecs, idempotence, timestamps."""

import struct
from collections.abc import Callable

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import (
    FIRST_PRODUCE_VERSION_WITH_IDS,
    LONG_AGO_MS,
    batch,
    fetch,
    list_offsets,
    produce,
)
from kafkapy.protocol.messages.metadata import MetadataRequest
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.protocol.uuid import METADATA_TOPIC_ID, ZERO_UUID
from kafkapy.records.batch import HEADER_BYTES, read_header
from kafkapy.records.compression import Compression
from kafkapy.records.header import seal

NOBODY = bytes(range(16))
Batch = bytes | bytearray


def topic_for(talk: Conversation, version: int, word: str = "t", **configs: str) -> str | bytes:
    """A new topic, named as this version of Produce does."""
    name = talk.create_topic(word, configs={key.replace("_", "."): value for key, value in configs.items()})
    return talk.topic_id(name) if version >= FIRST_PRODUCE_VERSION_WITH_IDS else name


def changed(records: Batch, **fields: int) -> bytearray:
    """The batch with other header fields and a checksum that is right again."""
    copy = bytearray(records)
    seal(copy, 0, read_header(copy)._replace(**fields))
    return copy


@scenario
def every_version(talk: Conversation) -> None:
    for version in versions(ProduceRequest):
        topic = topic_for(talk, version, f"v{version}")
        talk.ask(produce(topic, batch(b"a", b"b")), version)
        talk.ask(produce(topic, batch(b"c")), version, "after it")
        talk.ask(produce(topic, batch(b"c"), acks=1), version, "acks=1")
        talk.ask(produce(topic, batch(b"c"), acks=2), version, "acks=2")
        talk.ask(produce(topic, batch(b"c"), acks=-2), version, "acks=-2")
        talk.ask(produce(topic, batch(b"c"), index=1), version, "unknown partition")
        talk.ask(produce(topic, batch(b"c"), index=-1), version, "negative partition")
        talk.ask(produce(topic, b""), version, "empty")
        talk.ask(produce(topic), version, "no partition")
        talk.ask(ProduceRequest(acks=-1, timeout_ms=1000, topic_data=[]), version, "no topic")


@scenario
def no_records_at_all(talk: Conversation) -> None:
    name = talk.create_topic()
    client = talk.connect()
    client.finish(client.begin(produce(name, None), 12, "null"), within_seconds=1)


@scenario
def unknown_topics(talk: Conversation) -> None:
    for version in versions(ProduceRequest):
        if version < FIRST_PRODUCE_VERSION_WITH_IDS:
            for name in (talk.name("no-such"), "a b", ""):
                talk.ask(produce(name, batch(b"a")), version)
        else:
            for topic_id in (NOBODY, ZERO_UUID, METADATA_TOPIC_ID):
                talk.ask(produce(topic_id, batch(b"a")), version)


@scenario
def not_acknowledged(talk: Conversation) -> None:
    name = talk.create_topic()
    cases: dict[str, ProduceRequest] = {
        "fine": produce(name, batch(b"a"), acks=0),
        "unknown topic": produce("no-such", batch(b"a"), acks=0),
        "broken": produce(name, changed(batch(b"a"), record_count=5), acks=0),
        "nothing": produce(name, b"", acks=0),
        "one of two": produce(name, batch(b"b"), b"", acks=0),
        "no topics": ProduceRequest(acks=0, timeout_ms=1000, topic_data=[]),
    }
    for version in (3, 8, 12):
        for note, request in cases.items():
            client = talk.connect()
            client.begin(request, version, note)
            client.ask(MetadataRequest(topics=[]), 4, f"still there after: {note}")
            client.close()
    talk.ask(list_offsets(name, -1), note="what was appended")


@scenario
def broken_batches(talk: Conversation) -> None:
    good = batch(b"abc", b"def")
    header = read_header(good)
    cases: dict[str, Batch] = {
        "cut short": good[:-1],
        "header only": good[:HEADER_BYTES],
        "less than a header": good[:20],
        "one byte": good[:1],
        "16 bytes": good[:16],
        "17 bytes": good[:17],
        "two batches": good + good,
        "batch and a bit": good + good[:30],
        "batch and a byte": good + b"\0",
        "magic 0": with_bytes(good, 16, b"\0"),
        "magic 1": with_bytes(good, 16, b"\1"),
        "magic 3": with_bytes(good, 16, b"\3"),
        "magic -1": with_bytes(good, 16, b"\xff"),
        "length 0": with_bytes(good, 8, struct.pack(">i", 0)),
        "length 13": with_bytes(good, 8, struct.pack(">i", 13)),
        "length 14": with_bytes(good, 8, struct.pack(">i", 14)),
        "length -1": with_bytes(good, 8, struct.pack(">i", -1)),
        "length too large": with_bytes(good, 8, struct.pack(">i", header.batch_length + 1)),
        "length too small": with_bytes(good, 8, struct.pack(">i", header.batch_length - 1)),
        "wrong checksum": with_bytes(good, 17, b"\0\0\0\0"),
        "wrong body": with_bytes(good, len(good) - 1, b"\1"),
        "base offset 1": with_bytes(good, 0, struct.pack(">q", 1)),
        "base offset -1": with_bytes(good, 0, struct.pack(">q", -1)),
        "leader epoch 0": with_bytes(good, 12, struct.pack(">i", 0)),
        "leader epoch 99": with_bytes(good, 12, struct.pack(">i", 99)),
        "control": changed(good, attributes=0x20),
        "control and transactional": changed(good, attributes=0x30),
        "transactional": changed(good, attributes=0x10),
        "log append time": changed(good, attributes=0x08),
        "delete horizon": changed(good, attributes=0x40),
        "unknown attribute": changed(good, attributes=0x80),
        "other unknown attribute": changed(good, attributes=0x4000),
        "codec 5": changed(good, attributes=5),
        "codec 7": changed(good, attributes=7),
        "gzip that is none": changed(good, attributes=1),
        "snappy that is none": changed(good, attributes=2),
        "lz4 that is none": changed(good, attributes=3),
        "zstd that is none": changed(good, attributes=4),
        "no records": changed(good, record_count=0),
        "negative count": changed(good, record_count=-1),
        "count 1": changed(good, record_count=1),
        "count 3": changed(good, record_count=3),
        "last offset delta 0": changed(good, last_offset_delta=0),
        "last offset delta -1": changed(good, last_offset_delta=-1),
        "last offset delta 5": changed(good, last_offset_delta=5),
        "fewer records than counted": changed(good, record_count=3, last_offset_delta=2),
        "max timestamp too large": changed(good, max_timestamp=LONG_AGO_MS + 5),
        "max timestamp -1": changed(good, max_timestamp=-1),
        "base timestamp negative": changed(good, base_timestamp=-5),
    }
    for version in (7, 12):
        names = [talk.name(f"{version}-{number}") for number in range(len(cases))]
        talk.create_topics(dict.fromkeys(names, 1))
        for name, (note, records) in zip(names, cases.items(), strict=True):
            talk.ask(produce(name, records), version, note)
            talk.ask(list_offsets(name, -1, index=0), note=f"end after: {note}")


@scenario
def broken_producers(talk: Conversation) -> None:
    good = batch(b"a", producer_id=7, producer_epoch=0, base_sequence=0)
    cases: dict[str, Batch] = {
        "no sequence": changed(good, base_sequence=-1),
        "negative sequence": changed(good, base_sequence=-5),
        "no epoch": changed(good, producer_epoch=-1),
        "sequence without producer": changed(good, producer_id=-1, producer_epoch=-1),
        "epoch without producer": changed(good, producer_id=-1, base_sequence=-1),
        "producer -2": changed(good, producer_id=-2),
        "first sequence 5": changed(good, base_sequence=5),
        "first epoch 9": changed(good, producer_epoch=9),
    }
    for number, (note, records) in enumerate(cases.items()):
        name = talk.create_topic(str(number))
        talk.ask(produce(name, records), 12, note)
        talk.ask(list_offsets(name, -1), note=f"end after: {note}")


@scenario
def whole_request_fails(talk: Conversation) -> None:
    name = talk.create_topic(partitions=3)
    damaged = with_bytes(batch(b"a"), 16, b"\7")
    talk.ask(produce(name, batch(b"a"), damaged, b""), 12, "impossible magic in one of three")
    transactional = batch(b"a", producer_id=7, producer_epoch=0, base_sequence=0, transactional=True)
    for version in (3, 8, 12):
        talk.ask(produce(name, transactional, batch(b"b")), version, "transactional without id")
    talk.ask(list_offsets(name, -1), note="what was appended")


@scenario
def several_partitions(talk: Conversation) -> None:
    name, other = talk.create_topic("a", partitions=2), talk.create_topic("b")
    talk.ask(produce(name, batch(b"a"), b"", batch(b"c")), 12, "right, empty, unknown")
    request = ProduceRequest(
        acks=-1,
        timeout_ms=1000,
        topic_data=[
            TopicProduceData(name=each, partition_data=[PartitionProduceData(index=0, records=batch(b"x"))])
            for each in (other, "no-such", name)
        ],
    )
    talk.ask(request, 12, "two topics and an unknown one")


@scenario
def repeated_partitions(talk: Conversation) -> None:
    name = talk.create_topic()
    twice = [PartitionProduceData(index=0, records=batch(value)) for value in (b"one", b"two")]
    talk.ask(
        ProduceRequest(
            acks=-1, timeout_ms=1000, topic_data=[TopicProduceData(name=name, partition_data=twice)]
        ),
        12,
    )
    talk.ask(
        ProduceRequest(
            acks=-1,
            timeout_ms=1000,
            topic_data=[TopicProduceData(name=name, partition_data=[each]) for each in twice],
        ),
        12,
    )
    talk.ask(fetch(name), 12)


@scenario
def internal_topics(talk: Conversation) -> None:
    for topic in ("__consumer_offsets", "__transaction_state", "__cluster_metadata", "__share_group_state"):
        talk.ask(produce(topic, batch(b"a")), 12)


@scenario
def codecs(talk: Conversation) -> None:
    for version in (3, 6, 7, 9, 12):
        for codec in Compression:
            name = talk.create_topic(f"{version}-{codec.name.lower()}")
            talk.ask(produce(name, batch(b"a" * 200, b"b" * 200, compression=codec)), version, codec.name)
            talk.ask(list_offsets(name, -1), note=f"end after {codec.name}")


@scenario
def codecs_of_the_topic(talk: Conversation) -> None:
    for wanted in ("uncompressed", "gzip", "producer"):
        name = talk.create_topic(wanted, configs={"compression.type": wanted})
        for codec in (Compression.NONE, Compression.GZIP, Compression.ZSTD):
            talk.ask(produce(name, batch(b"a" * 200, b"b" * 200, compression=codec)), 12, codec.name)
    name = talk.create_topic("plain", configs={"compression.type": "uncompressed"})
    talk.ask(
        produce(
            name,
            batch(
                b"a" * 20,
                b"b" * 20,
                compression=Compression.GZIP,
                producer_id=7,
                producer_epoch=0,
                base_sequence=0,
            ),
        ),
        12,
    )
    talk.ask(fetch(name), 12, "what is stored")


@scenario
def sizes(talk: Conversation) -> None:
    name = talk.create_topic(configs={"max.message.bytes": "200"})
    exact = batch(b"x" * (200 - len(batch(b""))))
    talk.ask(produce(name, batch(b"x" * (199 - len(batch(b""))))), 12, "just smaller")
    talk.ask(produce(name, exact + b""), 12, "about as large as allowed")
    for size in range(198 - len(batch(b"")), 204 - len(batch(b""))):
        talk.ask(produce(name, batch(b"x" * size)), 12, f"{size} bytes")
    talk.ask(produce(name, batch(b"x" * 10_000, compression=Compression.GZIP)), 12, "small when compressed")
    none = talk.create_topic("none", configs={"max.message.bytes": "0"})
    talk.ask(produce(none, batch(b"")), 12, "nothing allowed")
    plain = talk.create_topic(
        "plain", configs={"max.message.bytes": "200", "compression.type": "uncompressed"}
    )
    talk.ask(
        produce(plain, batch(b"x" * 10_000, compression=Compression.GZIP)), 12, "small until decompressed"
    )
    small = talk.create_topic(
        "small", configs={"segment.bytes": str(1024 * 1024), "max.message.bytes": "3000000"}
    )
    talk.ask(produce(small, batch(b"x" * 1024 * 1024)), 12, "larger than a segment")


@scenario
def compacted_topics(talk: Conversation) -> None:
    for version in (3, 7, 8, 12):
        name = talk.create_topic(f"v{version}", configs={"cleanup.policy": "compact"})
        talk.ask(produce(name, batch(b"a", key=None)), version, "no key")
        talk.ask(produce(name, batch(b"a", b"b", b"c", key=None)), version, "no keys")
        talk.ask(produce(name, batch(b"a", key=b"")), version, "empty key")
        talk.ask(
            produce(name, batch(b"a", key=None, compression=Compression.GZIP)), version, "no key, compressed"
        )


@scenario
def timestamps(talk: Conversation) -> None:
    hour = 3_600_000
    limits = {"message.timestamp.before.max.ms": str(hour), "message.timestamp.after.max.ms": str(hour)}
    for version in (3, 8, 12):
        name = talk.create_topic(f"v{version}", configs=limits)
        for note, timestamp in {"long ago": 1000, "none": -1, "far ahead": 2**50, "-2": -2}.items():
            talk.ask(produce(name, batch(b"a", timestamp=timestamp)), version, note)
        own = talk.create_topic(f"own{version}", configs={"message.timestamp.type": "LogAppendTime"})
        for note, timestamp in {"long ago": 1000, "none": -1, "far ahead": 2**50}.items():
            talk.ask(produce(own, batch(b"a", timestamp=timestamp)), version, f"append time, {note}")
    talk.ask(fetch(talk.name("own12")), 12, "what is stored")


@scenario
def log_append_time_and_codecs(talk: Conversation) -> None:
    name = talk.create_topic(configs={"message.timestamp.type": "LogAppendTime", "compression.type": "gzip"})
    talk.ask(produce(name, batch(b"a", b"b")), 12)
    talk.ask(produce(name, batch(b"a", b"b", compression=Compression.GZIP)), 12)
    talk.ask(produce(name, changed(batch(b"a", b"b"), attributes=8)), 12, "says it is append time already")


@scenario
def retries(talk: Conversation) -> None:
    for version in (3, 5, 8, 12):
        name = talk.create_topic(f"v{version}")
        for sequence in range(7):
            talk.ask(produce(name, of_producer(sequence)), version, f"batch {sequence}")
        for sequence in (6, 5, 3, 2, 1, 0):
            talk.ask(produce(name, of_producer(sequence)), version, f"batch {sequence} again")
        talk.ask(produce(name, of_producer(9)), version, "a gap")
        talk.ask(produce(name, of_producer(7)), version, "the next one")


@scenario
def epochs_of_producers(talk: Conversation) -> None:
    name = talk.create_topic()
    steps: list[tuple[int, int]] = [
        (0, 1),
        (1, 1),
        (0, 0),
        (2, 1),
        (5, 2),
        (0, 2),
        (0, 2),
        (1, 2),
        (3, 1),
        (0, 3),
    ]
    for sequence, epoch in steps:
        talk.ask(produce(name, of_producer(sequence, epoch)), 12, f"sequence {sequence}, epoch {epoch}")


@scenario
def part_of_a_retry(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.ask(produce(name, batch(b"a", b"b", b"c", producer_id=7, producer_epoch=0, base_sequence=0)), 12)
    talk.ask(
        produce(name, batch(b"b", b"c", producer_id=7, producer_epoch=0, base_sequence=1)), 12, "its end"
    )
    talk.ask(
        produce(name, batch(b"a", b"b", producer_id=7, producer_epoch=0, base_sequence=0)), 12, "its start"
    )
    talk.ask(
        produce(name, batch(b"c", b"d", producer_id=7, producer_epoch=0, base_sequence=2)), 12, "overlap"
    )


@scenario
def the_last_sequence(talk: Conversation) -> None:
    name = talk.create_topic()
    for sequence in (2**31 - 2, 2**31 - 1, 0, 1):
        talk.ask(produce(name, of_producer(sequence)), 12, str(sequence))


@scenario
def what_is_stored(talk: Conversation) -> None:
    cases: dict[str, Callable[[], Batch]] = {
        "plain": lambda: batch(b"a", b"b"),
        "max timestamp too large": lambda: changed(batch(b"a", b"b"), max_timestamp=LONG_AGO_MS + 5),
        "leader epoch 99": lambda: with_bytes(batch(b"a"), 12, struct.pack(">i", 99)),
        "null value": lambda: batch(b"a", key=None),
        "unknown attribute": lambda: changed(batch(b"a"), attributes=0x80),
        "producer": lambda: of_producer(0),
        "gzip": lambda: batch(b"a" * 100, b"b" * 100, compression=Compression.GZIP),
        "no timestamp": lambda: batch(b"a", timestamp=-1),
    }
    for number, (note, records) in enumerate(cases.items()):
        name = talk.create_topic(str(number))
        talk.ask(produce(name, records()), 12, note)
        talk.ask(produce(name, records()), 12, f"{note}, again")
        talk.ask(fetch(name), 12, note)


def of_producer(sequence: int, epoch: int = 0) -> bytearray:
    return batch(b"%d" % sequence, producer_id=7, producer_epoch=epoch, base_sequence=sequence)


def with_bytes(records: Batch, position: int, new: bytes) -> bytearray:
    """The batch with some bytes overwritten; the checksum stays as it was."""
    copy = bytearray(records)
    copy[position : position + len(new)] = new
    return copy


@scenario
def in_sync_replicas(talk: Conversation) -> None:
    name = talk.create_topic(configs={"min.insync.replicas": "2"})
    for acks in (-1, 1):
        talk.ask(produce(name, batch(b"a"), acks=acks), 12, f"acks={acks}")


@scenario
def no_time_to_wait(talk: Conversation) -> None:
    name = talk.create_topic()
    for timeout_ms in (0, -1):
        talk.ask(produce(name, batch(b"a"), timeout_ms=timeout_ms), 12, f"{timeout_ms} ms")
