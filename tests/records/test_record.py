"""Reading records section by section: every structural check, one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.record import (
    RawRecord,
    Record,
    encode_tail,
    read_records,
    read_timestamps,
    scan_records,
)
from kafkapy.records.varint import varint

# length, attributes, timestamp delta, offset delta, key "k", value "v", no headers
PLAIN = b"\x10\x00\x04\x02\x02k\x02v\x00"


def refused(body: bytes, count: int = 1) -> str:
    with pytest.raises(KafkaError) as refusal:
        list(read_records(body, count, 0, 0, None))
    assert refusal.value.code is ErrorCode.INVALID_RECORD
    return refusal.value.detail


def record_bytes(time: int, offset: int, tail: bytes) -> bytes:
    content = b"\x00" + varint(time) + varint(offset) + tail
    return varint(len(content)) + content


def test_deltas_count_from_the_batch() -> None:
    assert list(read_records(PLAIN, 1, 100, 1000, None)) == [Record(101, 1002, b"k", b"v")]
    assert list(scan_records(PLAIN, 1, 100, 1000, None)) == [
        RawRecord(101, 1002, b"k", b"v", 4, b"\x02k\x02v\x00")
    ]
    assert list(read_timestamps(PLAIN, 1, 100, 1000, None)) == [(101, 1002)]


def test_an_append_time_replaces_the_timestamps() -> None:
    assert [record.timestamp for record in read_records(PLAIN, 1, 100, 1000, 7)] == [7]
    assert list(read_timestamps(PLAIN, 1, 100, 1000, 7)) == [(101, 7)]


def test_null_and_empty_are_different() -> None:
    body = record_bytes(0, 0, encode_tail(None, b"")) + record_bytes(0, 1, encode_tail(b"", None))
    assert [record[2:4] for record in read_records(body, 2, 0, 0, None)] == [(None, b""), (b"", None)]


def test_the_attributes_of_a_record_mean_nothing() -> None:
    assert len(list(read_records(PLAIN[:1] + b"\x55" + PLAIN[2:], 1, 0, 0, None))) == 1


def test_header_keys_that_are_no_text_are_shown_somehow() -> None:
    body = record_bytes(0, 0, b"\x01\x01\x02\x02\xff\x02x")
    assert next(read_records(body, 1, 0, 0, None)).headers == (("\N{REPLACEMENT CHARACTER}", b"x"),)


@given(
    st.integers(-(2**50), 2**50),
    st.integers(0, 2**31 - 1),
    st.none() | st.binary(max_size=300),
    st.none() | st.binary(max_size=300) | st.just(b"v" * 70_000),
    st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=5)), max_size=200).map(tuple),
)
def test_records_of_every_shape_are_read_as_written(
    time: int,
    offset: int,
    key: bytes | None,
    value: bytes | None,
    headers: tuple[tuple[str, bytes | None], ...],
) -> None:
    body = record_bytes(time, offset, encode_tail(key, value, headers)) * 2
    expected = Record(offset + 5, time + 9, key, value, headers)
    assert list(read_records(body, 2, 5, 9, None)) == [expected, expected]
    assert list(read_timestamps(body, 2, 5, 9, None)) == [expected[:2]] * 2


def test_a_length_beyond_the_end_is_refused() -> None:
    assert "expected 9 bytes in record payload, but instead the buffer has only 8" in refused(
        b"\x12" + PLAIN[1:]
    )


def test_a_length_that_its_fields_do_not_fill_is_refused() -> None:
    assert "do not fill it" in refused(b"\x0e" + PLAIN[1:])
    assert "do not fill it" in refused(b"\x12" + PLAIN[1:] + b"\x00")


def test_a_negative_length_is_refused() -> None:
    assert "expected -1 bytes" in refused(b"\x01" + PLAIN[1:])


def test_a_negative_count_is_refused() -> None:
    assert refused(PLAIN, -1) == "Found invalid record count -1 in magic v2 batch"


def test_missing_records_are_refused() -> None:
    assert refused(PLAIN, 2) == "Found invalid record structure"


def test_bytes_behind_the_last_record_are_refused() -> None:
    assert refused(PLAIN + b"\x00") == "Incorrect declared batch size, records still remaining in file"


def test_a_key_longer_than_the_record_is_refused() -> None:
    assert refused(PLAIN[:4] + b"\x7e" + PLAIN[5:]) == "Found invalid record structure"


@pytest.mark.parametrize("count", [-1, 100])
def test_an_impossible_number_of_headers_is_refused(count: int) -> None:
    assert refused(record_bytes(0, 0, b"\x01\x01" + varint(count))) == (
        f"Found invalid number of record headers {count}"
    )


def test_a_header_without_key_is_refused() -> None:
    assert refused(record_bytes(0, 0, b"\x01\x01\x02\x01\x02x")) == "Invalid negative header key size -1"


def test_a_number_that_never_ends_is_refused() -> None:
    assert "too long" in refused(b"\xff" * 20)
    assert "too long" in refused(b"\x40\x00" + b"\xff" * 31)


def test_no_records_in_no_bytes() -> None:
    assert list(read_records(b"", 0, 0, 0, None)) == []
    assert list(read_timestamps(b"", 0, 0, 0, None)) == []


def test_times_of_a_cut_section_are_refused() -> None:
    with pytest.raises(KafkaError) as refusal:
        list(read_timestamps(PLAIN[:2], 1, 0, 0, None))
    assert refusal.value.code is ErrorCode.INVALID_RECORD
