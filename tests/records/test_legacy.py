"""Message sets of magic 0 and 1, as kafka-python's old writer makes them."""

import lz4.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.record.legacy_records import LegacyRecordBatchBuilder

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import (
    check_crc,
    iterate_headers,
    raw_records_of,
    read_header,
    records_of,
    timestamps_of,
)
from kafkapy.records.builder import BatchBuilder, build_batch
from kafkapy.records.record import Record
from tests.records.samples import NOW, TWO

WORDS = b"the same words again and again " * 5
FORMATS = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (1, 3)]


def message_set(magic: int, codec: int, base_offset: int = 0) -> bytes:
    builder = LegacyRecordBatchBuilder(magic, codec, 10**6)
    for i in range(3):
        key = None if i == 1 else b"key-%d" % i
        builder.append(base_offset + i, NOW + i, key, None if i == 2 else WORDS)
    return bytes(builder.build())


def expected(magic: int, base_offset: int = 0) -> list[Record]:
    return [
        Record(base_offset + i, NOW + i if magic else -1, key, value)
        for i, (key, value) in enumerate([(b"key-0", WORDS), (None, WORDS), (b"key-2", None)])
    ]


def all_records(log: bytes) -> list[Record]:
    return [
        record for position, header in iterate_headers(log) for record in records_of(log, position, header)
    ]


@pytest.mark.parametrize(("magic", "codec"), FORMATS)
def test_old_messages_are_read_plain_and_compressed(magic: int, codec: int) -> None:
    log = message_set(magic, codec)
    headers = list(iterate_headers(log))
    assert len(headers) == (1 if codec else 3)
    for position, header in headers:
        assert (header.magic, header.compression) == (magic, codec)
        assert check_crc(log, position, header)
        assert header.record_count == (-1 if codec else 1)
        assert (header.producer_id, header.base_sequence, header.last_sequence) == (-1, -1, -1)
    assert all_records(log) == expected(magic)


@pytest.mark.parametrize("magic", [0, 1])
def test_a_compressed_set_shows_the_offset_of_its_last_message(magic: int) -> None:
    log = bytearray(message_set(magic, 1, 40 if magic == 0 else 0))
    log[0:8] = (42).to_bytes(8, "big")
    header = read_header(log)
    assert (header.base_offset, header.last_offset, header.next_offset) == (42, 42, 43)
    assert list(records_of(log, 0, header)) == expected(magic, 40)


def test_log_append_time_of_a_set_holds_for_its_messages() -> None:
    log = bytearray(message_set(1, 1))
    log[17] |= 0x08
    log[18:26] = (NOW + 99).to_bytes(8, "big")
    header = read_header(log)
    assert header.is_log_append_time
    assert [timestamp for _, timestamp in timestamps_of(log, 0, header)] == [NOW + 99] * 3


def test_old_and_new_formats_are_walked_in_one_loop() -> None:
    log = message_set(0, 0) + message_set(1, 1) + bytes(build_batch(TWO))
    assert [header.magic for _, header in iterate_headers(log)] == [0, 0, 0, 1, 2]
    assert len(all_records(log)) == 8


def test_raw_records_are_ready_for_a_new_batch() -> None:
    log = message_set(1, 1)
    builder = BatchBuilder()
    for raw in raw_records_of(log, 0, read_header(log)):
        builder.append_encoded(raw.offset, raw.timestamp, raw.tail)
    batch = builder.build()
    assert list(records_of(batch, 0, read_header(batch))) == expected(1)


def test_the_wrong_lz4_header_checksum_of_magic_0_is_forgiven() -> None:
    inner = message_set(0, 0)
    for sized in (False, True):
        frame = bytearray(lz4.frame.compress(inner, block_linked=False, store_size=sized))
        frame[14 if sized else 6] ^= 0xFF
        value = bytes(frame)
        content = b"\x00\x03" + b"\xff\xff\xff\xff" + len(value).to_bytes(4, "big") + value
        log = (2).to_bytes(8, "big") + (len(content) + 4).to_bytes(4, "big") + bytes(4) + content
        assert list(records_of(log, 0, read_header(log))) == expected(0)


def test_damage_is_seen() -> None:
    log = bytearray(message_set(1, 0))
    log[30] ^= 1
    assert not check_crc(log, 0, read_header(log))


@pytest.mark.parametrize("at", [26, 29])
def test_fields_that_do_not_fit_the_message_are_refused(at: int) -> None:
    log = bytearray(message_set(1, 0))
    log[at] = 7
    with pytest.raises(KafkaError) as refusal:
        list(records_of(log, 0, read_header(log)))
    assert refusal.value.code is ErrorCode.INVALID_RECORD


def test_sets_within_sets_are_refused() -> None:
    inner = message_set(1, 1)
    builder = LegacyRecordBatchBuilder(1, 0, 10**6)
    builder.append(0, NOW, None, lz4.frame.compress(inner, block_linked=False))
    log = bytearray(builder.build())
    log[17] |= 3
    with pytest.raises(KafkaError, match="is compressed, of another format, or cut"):
        list(records_of(log, 0, read_header(log)))


def test_a_set_that_holds_nothing_is_refused() -> None:
    for value in (lz4.frame.compress(b"", block_linked=False), None):
        builder = LegacyRecordBatchBuilder(1, 0, 10**6)
        builder.append(0, NOW, None, value)
        log = bytearray(builder.build())
        log[17] |= 3
        with pytest.raises(KafkaError, match="invalid compressed record set"):
            list(records_of(log, 0, read_header(log)))


@given(st.sampled_from(FORMATS), st.data())
def test_whatever_the_bytes_only_kafka_errors_come_out(shape: tuple[int, int], data: st.DataObject) -> None:
    log = bytearray(message_set(*shape))
    for _ in range(data.draw(st.integers(1, 3))):
        log[data.draw(st.integers(12, len(log) - 1))] = data.draw(st.integers(0, 255))
    outcome: int | str = 0
    try:
        for position, header in iterate_headers(log):
            check_crc(log, position, header)
            outcome = len(list(records_of(log, position, header, max_bytes=10**6)))
    except KafkaError as refusal:
        outcome = refusal.code.name
    assert outcome in (*range(4), "CORRUPT_MESSAGE", "INVALID_RECORD", "UNKNOWN_SERVER_ERROR")
