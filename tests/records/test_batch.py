"""Walking batches in a buffer and reading their records, on what Kafka and other clients wrote."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import (
    body_of,
    check_crc,
    iterate_headers,
    raw_records_of,
    read_header,
    records_of,
    size_of,
    timestamps_of,
)
from kafkapy.records.builder import BatchBuilder, NewRecord, build_batch
from kafkapy.records.compression import Compression
from kafkapy.records.record import Record
from tests.records.samples import CODECS, LARGE_RECORDS, NOW, SMALL_RECORDS, TWO, golden, patched, with_body


@pytest.mark.parametrize("codec", CODECS)
def test_what_kafkas_producer_sent_is_read_back(codec: str) -> None:
    log = golden(f"small-{codec}.log")
    [(position, header)] = iterate_headers(log)
    assert header.compression is Compression[codec.upper()]
    assert check_crc(log, position, header)
    found = list(records_of(log, position, header))
    assert [(record.key, record.value, record.headers) for record in found] == SMALL_RECORDS
    assert [record.offset for record in found] == [0, 1, 2, 3, 4]
    assert max(record.timestamp for record in found) == header.max_timestamp


@pytest.mark.parametrize("codec", CODECS[1:])
def test_streams_of_many_chunks_are_read(codec: str) -> None:
    log = golden(f"large-{codec}.log")
    header = read_header(log)
    assert [record[2:] for record in records_of(log, 0, header)] == LARGE_RECORDS


@pytest.mark.parametrize("codec", CODECS)
def test_the_three_ways_to_read_agree(codec: str) -> None:
    log = golden(f"small-{codec}.log")
    header = read_header(log)
    whole = list(records_of(log, 0, header))
    assert list(timestamps_of(log, 0, header)) == [(record.offset, record.timestamp) for record in whole]
    assert [raw[:4] for raw in raw_records_of(log, 0, header)] == [record[:4] for record in whole]


def test_all_records_of_a_batch_of_log_append_time_have_its_time() -> None:
    batch = build_batch(TWO, log_append_time_ms=NOW + 99)
    header = read_header(batch)
    assert [record.timestamp for record in records_of(batch, 0, header)] == [NOW + 99, NOW + 99]
    assert list(timestamps_of(batch, 0, header)) == [(0, NOW + 99), (1, NOW + 99)]


def test_headers_are_walked_from_batch_to_batch() -> None:
    first, second = build_batch(TWO, base_offset=5), build_batch(TWO[:1], base_offset=7)
    walked = list(iterate_headers(memoryview(first + second)))
    assert walked == [(0, read_header(first)), (len(first), read_header(second))]
    assert list(iterate_headers(first + second, len(first))) == walked[1:]


@given(st.integers(0, 200))
def test_a_cut_batch_at_the_end_is_passed_over(cut: int) -> None:
    batch = build_batch(TWO)
    kept = batch + batch[: min(cut, len(batch) - 1)]
    assert [position for position, _ in iterate_headers(kept)] == [0]


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (bytes(100), "Record size 0 is less than the minimum record overhead"),
        (b"x" * 100, "Invalid magic found in record: 120"),
        (b"\0" * 11 + b"\x0d", "Record size 13 is less than"),
        (b"\0" * 11 + b"\x30\0\0\0\0\x02" + bytes(60), "the size 60 is smaller than the minimum"),
    ],
)
def test_impossible_sizes_and_magics_are_refused(bad: bytes, text: str) -> None:
    for attempt in (lambda: list(iterate_headers(bad)), lambda: read_header(bad)):
        with pytest.raises(KafkaError, match=text) as refusal:
            attempt()
        assert refusal.value.code is ErrorCode.CORRUPT_MESSAGE


def test_a_header_that_is_cut_is_refused() -> None:
    with pytest.raises(KafkaError) as refusal:
        read_header(build_batch(TWO)[:30])
    assert refusal.value.code is ErrorCode.CORRUPT_MESSAGE
    assert size_of(build_batch(TWO)[:17], 0) == len(build_batch(TWO))
    assert size_of(build_batch(TWO)[:16], 0) is None


@given(st.data())
def test_every_changed_bit_behind_the_checksum_shows(data: st.DataObject) -> None:
    batch = build_batch(TWO)
    header = read_header(batch)
    batch[data.draw(st.integers(21, len(batch) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert not check_crc(batch, 0, header)


def test_base_offset_and_leader_epoch_are_outside_the_checksum() -> None:
    batch = build_batch(TWO)
    header = read_header(batch)
    batch[0:8], batch[12:16] = (77).to_bytes(8, "big"), (3).to_bytes(4, "big")
    assert check_crc(batch, 0, header)
    assert [record.offset for record in records_of(batch, 0, read_header(batch))] == [77, 78]


@pytest.mark.parametrize("codec", list(Compression))
def test_a_count_that_does_not_fit_the_records_is_refused(codec: Compression) -> None:
    for count in (1, 3, -1):
        batch = patched(build_batch(TWO, compression=codec), record_count=count)
        with pytest.raises(KafkaError) as refusal:
            list(records_of(batch, 0, read_header(batch)))
        assert refusal.value.code is ErrorCode.INVALID_RECORD


def test_an_emptied_batch_has_no_records() -> None:
    batch = patched(build_batch([]), last_offset_delta=3)
    assert list(records_of(batch, 0, read_header(batch))) == []


def test_decompression_stops_at_the_bound() -> None:
    batch = build_batch([NewRecord(b"k", bytes(10_000), NOW)], compression=Compression.GZIP)
    header = read_header(batch)
    assert len(body_of(batch, 0, header, max_bytes=11_000)) > 10_000
    with pytest.raises(KafkaError) as refusal:
        body_of(batch, 0, header, max_bytes=10_000)
    assert refusal.value.code is ErrorCode.MESSAGE_TOO_LARGE


def test_offsets_after_compaction_may_have_gaps() -> None:
    builder = BatchBuilder(base_offset=10)
    for offset in (11, 15):
        builder.append_encoded(offset, NOW, b"\x02k\x02v\x00")
    batch = builder.build(last_offset=19)
    header = read_header(batch)
    assert (header.last_offset, header.record_count) == (19, 2)
    assert list(records_of(batch, 0, header)) == [
        Record(11, NOW, b"k", b"v"),
        Record(15, NOW, b"k", b"v"),
    ]


@settings(max_examples=300)
@given(st.data())
def test_whatever_the_bytes_only_kafka_errors_come_out(data: st.DataObject) -> None:
    codec = data.draw(st.sampled_from(Compression))
    batch = build_batch(TWO, compression=codec)
    body = bytearray(batch[61:])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    broken = with_body(batch, bytes(body[: data.draw(st.integers(0, len(body)))]))
    header = read_header(broken)
    outcome: int | ErrorCode
    for read in (records_of, raw_records_of, timestamps_of):
        try:
            outcome = len(list(read(broken, 0, header, max_bytes=10_000)))
        except KafkaError as refusal:
            outcome = refusal.code
        assert outcome in (
            2,
            ErrorCode.INVALID_RECORD,
            ErrorCode.UNKNOWN_SERVER_ERROR,
            ErrorCode.MESSAGE_TOO_LARGE,
        )


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_garbage_is_walked_without_surprises(garbage: bytes) -> None:
    try:
        for position, header in iterate_headers(garbage):
            check_crc(garbage, position, header)
            list(records_of(garbage, position, header, max_bytes=10_000))
    except KafkaError:
        pass
