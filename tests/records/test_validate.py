"""What a client may append. The codes, their order and the texts were observed on Apache Kafka 4.3."""

import lz4.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.record.legacy_records import LegacyRecordBatchBuilder

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import check_crc, iterate_headers, read_header, records_of
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from kafkapy.records.policy import ValidationPolicy
from kafkapy.records.validate import ValidatedRecords, validate
from tests.records.samples import CODECS, NOW, TWO, golden, patched, with_body

pytestmark = pytest.mark.usefixtures("either_scan")

PLAIN = ValidationPolicy()
FULL = ValidationPolicy(full=True)
BOTH = pytest.mark.parametrize("policy", [PLAIN, FULL], ids=["header", "full"])


def accepted(records: bytes | bytearray, policy: ValidationPolicy = PLAIN) -> ValidatedRecords:
    result = validate(records, policy, NOW, "t-0")
    assert not result.buffer.readonly
    assert [header for _, header in iterate_headers(result.buffer)] == [result.header]
    assert check_crc(result.buffer, 0, result.header)
    return result


def refused(records: bytes | bytearray, policy: ValidationPolicy = PLAIN) -> KafkaError:
    with pytest.raises(KafkaError) as refusal:
        validate(records, policy, NOW, "t-0")
    return refusal.value


def old_message(magic: int) -> bytes:
    builder = LegacyRecordBatchBuilder(magic, 0, 1000)
    builder.append(0, NOW, b"k", b"v")
    return bytes(builder.build())


@BOTH
@pytest.mark.parametrize("codec", CODECS)
def test_what_kafkas_producer_sends_is_stored_unchanged(codec: str, policy: ValidationPolicy) -> None:
    for size in ("small", "large") if codec != "none" else ("small",):
        sent = golden(f"{size}-{codec}.log")
        result = validate(sent, policy, read_header(sent).max_timestamp, "t-0")
        assert bytes(result.buffer) == sent
        assert (result.header, result.append_time_ms) == (read_header(sent), -1)


def test_a_writable_buffer_is_not_copied() -> None:
    sent = build_batch(TWO)
    assert validate(sent, PLAIN, NOW, "t-0").buffer.obj is sent
    part = memoryview(bytearray(b"frame" + sent + b"rest"))[5 : 5 + len(sent)]
    assert validate(part, PLAIN, NOW, "t-0").buffer.obj is part.obj


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"", ErrorCode.INVALID_RECORD),
        (b"hello", ErrorCode.INVALID_RECORD),
        (build_batch(TWO)[:-1], ErrorCode.INVALID_RECORD),
        (build_batch(TWO)[:40], ErrorCode.INVALID_RECORD),
        (build_batch(TWO) * 2, ErrorCode.INVALID_RECORD),
        (build_batch(TWO) + old_message(1), ErrorCode.INVALID_RECORD),
        (old_message(0), ErrorCode.INVALID_RECORD),
        (old_message(1), ErrorCode.INVALID_RECORD),
        (b"x" * 100, ErrorCode.CORRUPT_MESSAGE),
        (bytes(100), ErrorCode.CORRUPT_MESSAGE),
        (build_batch(TWO) + bytes(20), ErrorCode.CORRUPT_MESSAGE),
    ],
)
def test_exactly_one_whole_batch_of_magic_2_is_expected(sent: bytes, code: ErrorCode) -> None:
    assert refused(sent).code is code


@pytest.mark.parametrize("rest", [b"abc", build_batch(TWO)[:-1]])
def test_a_second_batch_that_is_cut_is_dropped(rest: bytes) -> None:
    sent = build_batch(TWO)
    assert bytes(accepted(bytes(sent) + rest).buffer) == sent


@pytest.mark.parametrize(
    ("sent", "code", "text"),
    [
        (
            build_batch(TWO, base_offset=5),
            87,
            "The baseOffset of the record batch in the append to t-0 should be 0",
        ),
        (patched(build_batch(TWO), record_count=0), 87, "Invalid reported count for record batch: 0"),
        (patched(build_batch(TWO), record_count=-1), 87, "Invalid reported count for record batch: -1"),
        (
            patched(build_batch(TWO), record_count=1),
            87,
            r"Inconsistent batch offset range \[0, 1\] and count of records 1",
        ),
        (patched(build_batch(TWO), record_count=3), 87, "count of records 3 in topic partition t-0"),
        (patched(build_batch(TWO), last_offset_delta=-1), 87, r"invalid offset range: \[0, -1\]"),
        (build_batch([]), 87, "invalid offset range"),
        (build_batch(TWO, control=True), 87, "Clients are not allowed to write control records"),
        (
            build_batch(TWO, producer_id=5, producer_epoch=0),
            87,
            "Invalid sequence number -1 in record batch with producerId 5",
        ),
        (patched(build_batch(TWO), attributes=5), -1, "Unknown compression type id: 5"),
        (patched(build_batch(TWO), attributes=7, record_count=9), -1, "Unknown compression type id: 7"),
    ],
)
@BOTH
def test_a_header_that_cannot_be_is_refused(
    sent: bytearray, code: int, text: str, policy: ValidationPolicy
) -> None:
    refusal = refused(sent, policy)
    assert refusal.code == code
    with pytest.raises(KafkaError, match=text):
        raise refusal


def test_a_producer_without_epoch_and_a_sequence_without_producer_are_accepted() -> None:
    accepted(build_batch(TWO, producer_id=5, producer_epoch=-1, base_sequence=0))
    accepted(build_batch(TWO, base_sequence=3))


def test_a_wrong_checksum_is_refused() -> None:
    sent = build_batch(TWO)
    sent[-1] ^= 1
    refusal = refused(sent)
    assert refusal.code is ErrorCode.CORRUPT_MESSAGE
    assert refusal.detail.startswith("Record is corrupt (stored crc = ")


def test_the_size_counts_before_the_checksum_and_the_base_offset_before_both() -> None:
    small = ValidationPolicy(max_message_bytes=80)
    sent = build_batch([NewRecord(b"k", bytes(100), NOW)])
    sent[-1] ^= 1
    assert refused(sent, small).code is ErrorCode.MESSAGE_TOO_LARGE
    sent[7] = 1
    assert refused(sent, small).code is ErrorCode.INVALID_RECORD


def test_a_batch_may_have_exactly_the_size_allowed() -> None:
    sent = build_batch(TWO)
    accepted(sent, ValidationPolicy(max_message_bytes=len(sent), segment_bytes=len(sent)))
    assert (
        refused(sent, ValidationPolicy(max_message_bytes=len(sent) - 1)).code is ErrorCode.MESSAGE_TOO_LARGE
    )
    assert (
        refused(sent, ValidationPolicy(segment_bytes=len(sent) - 1)).code is ErrorCode.RECORD_LIST_TOO_LARGE
    )


def test_the_leader_epoch_that_a_client_sends_is_let_through() -> None:
    assert accepted(build_batch(TWO, partition_leader_epoch=77)).header.partition_leader_epoch == 77


@BOTH
@pytest.mark.parametrize("claimed", [-1, 0, NOW - 1, NOW + 10**9])
@pytest.mark.parametrize("codec", list(Compression))
def test_a_greatest_timestamp_that_cannot_be_is_put_right(
    codec: Compression, claimed: int, policy: ValidationPolicy
) -> None:
    sent = patched(build_batch([TWO[1], TWO[0]], compression=codec), max_timestamp=claimed)
    assert accepted(sent, policy).header.max_timestamp == NOW + 1


def test_one_record_has_the_greatest_timestamp_itself() -> None:
    sent = patched(build_batch(TWO[:1]), max_timestamp=NOW + 5)
    assert accepted(sent).header.max_timestamp == NOW


def test_a_greatest_timestamp_that_may_be_is_believed_unless_all_records_are_looked_at() -> None:
    sent = patched(build_batch(TWO), max_timestamp=NOW + 500)
    assert accepted(bytes(sent)).header.max_timestamp == NOW + 500
    assert accepted(bytes(sent), FULL).header.max_timestamp == NOW + 1


@BOTH
def test_records_without_timestamps_are_accepted(policy: ValidationPolicy) -> None:
    header = accepted(build_batch([NewRecord(b"k", b"v", -1)] * 2), policy).header
    assert (header.base_timestamp, header.max_timestamp) == (-1, -1)


@BOTH
def test_topics_of_log_append_time_stamp_the_batch(policy: ValidationPolicy) -> None:
    topic = ValidationPolicy(log_append_time=True, full=policy.full)
    for codec in Compression:
        sent = build_batch(
            [NewRecord(b"k", b"v", -1), NewRecord(b"k", b"v", NOW + 10**12)], compression=codec
        )
        result = accepted(sent, topic)
        assert result.append_time_ms == result.header.max_timestamp == NOW
        assert result.header.is_log_append_time
        assert {record.timestamp for record in records_of(result.buffer, 0, result.header)} == {NOW}
        assert result.header.compression is codec


@BOTH
def test_log_append_time_set_by_a_client_is_taken_back(policy: ValidationPolicy) -> None:
    header = accepted(build_batch(TWO, log_append_time_ms=NOW + 7), policy).header
    assert header.attributes == 0
    assert header.max_timestamp == NOW + 7


def test_unknown_attributes_stay_until_the_header_is_written_anew() -> None:
    sent = patched(build_batch(TWO), attributes=0x100)
    assert accepted(bytes(sent)).header.attributes == 0x100
    assert accepted(bytes(sent), ValidationPolicy(log_append_time=True)).header.attributes == 0x08


@BOTH
def test_lz4_blocks_that_depend_on_each_other_are_refused(policy: ValidationPolicy) -> None:
    sent = build_batch([NewRecord(b"k", b"some words" * 20_000, NOW)])
    body = bytes(sent[61:])
    alone = lz4.frame.compress(body, block_linked=False, store_size=True)
    accepted(with_body(sent, alone, attributes=3), policy)
    linked = lz4.frame.compress(body, block_linked=True)
    refusal = refused(with_body(sent, linked, attributes=3), policy)
    assert refusal.code is ErrorCode.UNKNOWN_SERVER_ERROR
    assert "Dependent block stream is unsupported" in refusal.detail


@pytest.mark.parametrize("codec", list(Compression))
def test_a_count_that_cannot_fit_is_seen_without_looking_at_all_records(codec: Compression) -> None:
    sent = patched(build_batch(TWO, compression=codec), record_count=2**31 - 1, last_offset_delta=2**31 - 2)
    assert refused(sent).code is ErrorCode.INVALID_RECORD


@pytest.mark.parametrize("codec", [Compression.GZIP, Compression.LZ4, Compression.ZSTD])
def test_a_stream_of_another_codec_is_seen_without_decompressing_all_batches(codec: Compression) -> None:
    for body in (b"", bytes(build_batch(TWO, compression=Compression.SNAPPY)[61:])):
        refusal = refused(with_body(build_batch(TWO), body, attributes=int(codec)))
        assert refusal.code is ErrorCode.UNKNOWN_SERVER_ERROR


@given(st.data())
def test_whatever_the_bytes_only_kafka_errors_come_out(data: st.DataObject) -> None:
    sent = build_batch(TWO, compression=data.draw(st.sampled_from(Compression)))
    header = read_header(sent)
    fields = {
        name: data.draw(st.integers(-(1 << bits - 1), (1 << bits - 1) - 1))
        for name, bits in (
            ("attributes", 16),
            ("base_timestamp", 64),
            ("max_timestamp", 64),
            ("base_sequence", 32),
        )
        if data.draw(st.booleans())
    }
    sent = patched(sent, **fields)
    policy = ValidationPolicy(
        compacted=data.draw(st.booleans()),
        log_append_time=data.draw(st.booleans()),
        after_max_ms=data.draw(st.sampled_from([0, 10**6, 2**63 - 1])),
        before_max_ms=data.draw(st.sampled_from([0, 10**6, 2**63 - 1])),
        compression=data.draw(st.sampled_from([None, *Compression])),
        full=data.draw(st.booleans()),
    )
    try:
        result = accepted(sent, policy)
    except KafkaError:
        return
    assert result.header.record_count == header.record_count
