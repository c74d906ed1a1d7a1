"""Building batches: the same bytes that Kafka and the Python clients make of the same records."""

import aiokafka.record.default_records as aiokafka_records
import kafka.record.default_records as kafka_records
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkapy.records.batch import check_crc, iterate_headers, raw_records_of, read_header, records_of
from kafkapy.records.builder import BatchBuilder, NewRecord, build_batch, emptied_batch
from kafkapy.records.compression import Compression
from tests.records.samples import CODECS, NOW, TWO, golden, records


@given(st.lists(records, min_size=1, max_size=8), st.sampled_from(Compression), st.integers(0, 2**40))
def test_what_is_built_is_read_back(made: list[NewRecord], codec: Compression, base_offset: int) -> None:
    batch = build_batch(made, base_offset=base_offset, compression=codec)
    [(position, header)] = iterate_headers(batch)
    assert check_crc(batch, position, header)
    found = list(records_of(batch, position, header))
    assert [NewRecord(r.key, r.value, r.timestamp, r.headers) for r in found] == made
    assert [record.offset for record in found] == list(range(base_offset, header.next_offset))
    assert header.max_timestamp == max(record.timestamp for record in made)


@given(
    st.lists(records.filter(lambda record: record.timestamp >= 0), min_size=1, max_size=5),
    st.booleans(),
    st.integers(-1, 2**62),
    st.integers(-1, 2**15 - 1),
    st.integers(-1, 2**31 - 1),
)
def test_kafka_python_and_aiokafka_build_the_same_bytes(
    made: list[NewRecord], transactional: bool, producer_id: int, epoch: int, sequence: int
) -> None:
    ours = build_batch(
        made,
        producer_id=producer_id,
        producer_epoch=epoch,
        base_sequence=sequence,
        transactional=transactional,
    )
    their_builders = (
        kafka_records.DefaultRecordBatchBuilder(2, 0, transactional, producer_id, epoch, sequence, 10**8),
        aiokafka_records.DefaultRecordBatchBuilder(
            2, 0, int(transactional), producer_id, epoch, sequence, 10**8
        ),
    )
    for builder in their_builders:
        for offset, record in enumerate(made):
            builder.append(offset, record.timestamp, record.key, record.value, list(record.headers))
        theirs = builder.build()
        assert bytes(theirs[:12]) == ours[:12]
        assert bytes(theirs[16:]) == ours[16:]  # they disagree on the leader epoch of a batch that has none


@pytest.mark.parametrize("codec", CODECS)
def test_kafkas_own_batches_are_built_again_byte_for_byte(codec: str) -> None:
    log = golden(f"small-{codec}.log")
    header = read_header(log)
    builder = BatchBuilder(
        compression=header.compression,
        producer_id=header.producer_id,
        producer_epoch=header.producer_epoch,
        base_sequence=header.base_sequence,
        partition_leader_epoch=header.partition_leader_epoch,
    )
    for record in records_of(log, 0, header):
        builder.append(NewRecord(record.key, record.value, record.timestamp, record.headers))
    built = builder.build()
    plain = codec == "none"
    assert bytes(built) == log if plain else read_header(built)[5:] == header[5:]
    assert list(records_of(built, 0, read_header(built))) == list(records_of(log, 0, header))


@pytest.mark.parametrize("codec", list(Compression))
def test_kafka_python_reads_what_is_built(codec: Compression) -> None:
    made = [NewRecord(b"k%d" % i, b"some words " * 50, NOW + i) for i in range(500)]
    theirs = kafka_records.DefaultRecordBatch(build_batch(made, compression=codec))
    assert theirs.validate_crc()
    assert [(record.key, record.value, record.timestamp) for record in theirs] == [
        record[:3] for record in made
    ]


def test_the_size_before_compression_is_known_while_building() -> None:
    builder = BatchBuilder()
    for record in TWO:
        builder.append(record)
    assert builder.record_count == 2
    assert builder.size_bytes == len(builder.build())


def test_compaction_may_leave_gaps_and_keep_the_last_offset() -> None:
    source = build_batch([*TWO, *TWO], base_offset=100, producer_id=3, producer_epoch=0, base_sequence=8)
    header = read_header(source)
    builder = BatchBuilder(base_offset=100, producer_id=3, producer_epoch=0, base_sequence=8)
    for raw in list(raw_records_of(source, 0, header))[1:3]:
        builder.append_encoded(raw.offset, raw.timestamp, raw.tail)
    kept = builder.build(last_offset=header.last_offset)
    again = read_header(kept)
    assert (again.last_offset, again.last_sequence, again.record_count) == (103, header.last_sequence, 2)
    assert list(records_of(kept, 0, again)) == list(records_of(source, 0, header))[1:3]


def test_a_delete_horizon_takes_the_place_of_the_base_timestamp() -> None:
    builder = BatchBuilder(delete_horizon_ms=NOW + 10_000)
    builder.append(TWO[0])
    batch = builder.build()
    header = read_header(batch)
    assert header.has_delete_horizon
    assert header.base_timestamp == NOW + 10_000
    assert header.max_timestamp == NOW
    assert next(records_of(batch, 0, header)).timestamp == NOW


def test_a_batch_of_log_append_time_has_one_time() -> None:
    header = read_header(build_batch(TWO, log_append_time_ms=NOW + 7))
    assert header.is_log_append_time
    assert (header.base_timestamp, header.max_timestamp) == (NOW, NOW + 7)


def test_a_batch_without_records_is_61_bytes() -> None:
    header = read_header(build_batch([]))
    assert (header.size_bytes, header.record_count, header.last_offset_delta) == (61, 0, -1)
    assert (header.base_timestamp, header.max_timestamp) == (-1, -1)


def test_an_emptied_batch_keeps_what_producers_and_readers_need() -> None:
    source = build_batch(
        TWO,
        base_offset=50,
        compression=Compression.GZIP,
        producer_id=3,
        producer_epoch=1,
        base_sequence=8,
        transactional=True,
        partition_leader_epoch=4,
    )
    before = read_header(source)
    kept = emptied_batch(before)
    after = read_header(kept)
    assert len(kept) == 61
    assert check_crc(kept, 0, after)
    assert after == before._replace(
        batch_length=49, crc=after.crc, attributes=0x10, base_timestamp=-1, record_count=0
    )
