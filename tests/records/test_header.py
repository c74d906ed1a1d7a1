"""The header of a batch as the log, the producers and the fetchers see it."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import check_crc, read_header
from kafkapy.records.builder import build_batch
from kafkapy.records.compression import Compression
from kafkapy.records.header import HEADER_BYTES, BatchHeader, seal
from tests.records.samples import TWO, golden, patched


def test_a_header_is_61_bytes() -> None:
    assert HEADER_BYTES == 61


def test_offsets_and_sequences_follow_from_base_and_count() -> None:
    header = read_header(build_batch(TWO, base_offset=40, producer_id=7, producer_epoch=1, base_sequence=9))
    assert (header.base_offset, header.last_offset, header.next_offset) == (40, 41, 42)
    assert (header.base_sequence, header.last_sequence) == (9, 10)
    assert header.has_producer_id


def test_sequences_start_again_at_zero_after_the_greatest() -> None:
    header = read_header(build_batch(TWO * 2, producer_id=7, producer_epoch=1, base_sequence=2**31 - 2))
    assert header.last_sequence == 1


def test_a_batch_without_sequences_has_no_last_sequence() -> None:
    assert read_header(build_batch(TWO)).last_sequence == -1


def test_attributes_are_told_apart() -> None:
    plain = read_header(build_batch(TWO))
    claims = (
        plain.is_transactional,
        plain.is_control,
        plain.is_log_append_time,
        plain.has_delete_horizon,
        plain.has_producer_id,
    )
    assert claims == (False,) * 5
    assert plain.compression is Compression.NONE
    assert plain._replace(attributes=0x08).is_log_append_time
    assert plain._replace(attributes=0x10).is_transactional
    assert plain._replace(attributes=0x20).is_control
    assert plain._replace(attributes=0x40).has_delete_horizon
    assert plain._replace(attributes=0x13).compression is Compression.LZ4


def test_an_unknown_codec_is_refused_when_it_is_asked_for() -> None:
    header = read_header(patched(build_batch(TWO), attributes=6))
    with pytest.raises(KafkaError, match="Unknown compression type id: 6") as refusal:
        _ = header.compression
    assert refusal.value.code is ErrorCode.UNKNOWN_SERVER_ERROR


def test_a_sealed_batch_has_the_checksum_of_its_new_header() -> None:
    batch = build_batch(TWO)
    before = read_header(batch)
    sealed = seal(batch, 0, before._replace(max_timestamp=5))
    assert sealed == read_header(batch)
    assert sealed.crc != before.crc
    assert check_crc(batch, 0, sealed)


def test_kafkas_headers_are_read_field_by_field() -> None:
    assert read_header(golden("small-none.log")) == BatchHeader(
        base_offset=0,
        batch_length=371,
        partition_leader_epoch=0,
        magic=2,
        crc=2137970844,
        attributes=0,
        last_offset_delta=4,
        base_timestamp=1795456350942,
        max_timestamp=1795456350957,
        producer_id=0,
        producer_epoch=0,
        base_sequence=0,
        record_count=5,
    )
