"""The checks of every record, and batches that are built anew. Texts as Apache Kafka 4.3 sends them."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import check_crc, read_header, records_of
from kafkapy.records.builder import BatchBuilder, NewRecord, build_batch
from kafkapy.records.compression import Compression
from kafkapy.records.policy import InvalidRecords, ValidationPolicy
from kafkapy.records.record import encode_tail
from kafkapy.records.validate import validate
from tests.records.samples import NOW, TWO, patched, with_body

pytestmark = pytest.mark.usefixtures("either_scan")

COMPACTED = ValidationPolicy(compacted=True)
TIGHT = ValidationPolicy(before_max_ms=1000, after_max_ms=1000)
NO_KEY = "Compacted topic cannot accept message without key in topic partition t-0"
CODECS = pytest.mark.parametrize("codec", list(Compression))


def refused(sent: bytearray, policy: ValidationPolicy) -> tuple[ErrorCode, list[tuple[int, str]]]:
    with pytest.raises(InvalidRecords) as refusal:
        validate(sent, policy, NOW, "t-0")
    return refusal.value.code, [error[:2] for error in refusal.value.record_errors]


def out_of_range(timestamp: int, offset: int, oldest: int = NOW - 1000, newest: int = NOW + 1000) -> str:
    return (
        f"Timestamp {timestamp} of message with offset {offset} is out of range. "
        f"The timestamp should be within [{oldest}, {newest}]"
    )


@CODECS
def test_compacted_topics_refuse_records_without_key(codec: Compression) -> None:
    sent = build_batch([TWO[0]._replace(key=None), TWO[0], TWO[0]._replace(key=None)], compression=codec)
    assert refused(sent, COMPACTED) == (ErrorCode.INVALID_RECORD, [(0, NO_KEY), (2, NO_KEY)])
    assert validate(build_batch(TWO, compression=codec), COMPACTED, NOW, "t-0").header.record_count == 2


@CODECS
@pytest.mark.parametrize("timestamp", [-2, 0, NOW - 1001, NOW + 1001])
def test_timestamps_out_of_range_are_refused(timestamp: int, codec: Compression) -> None:
    sent = build_batch([TWO[0], NewRecord(b"k", b"v", timestamp), TWO[1]], compression=codec)
    assert refused(sent, TIGHT) == (ErrorCode.INVALID_TIMESTAMP, [(1, out_of_range(timestamp, 1))])


@pytest.mark.parametrize("timestamp", [-1, NOW - 1000, NOW + 1000])
def test_timestamps_in_range_or_missing_are_accepted(timestamp: int) -> None:
    sent = build_batch([TWO[0], NewRecord(b"k", b"v", timestamp)])
    assert validate(sent, TIGHT, NOW, "t-0").header.max_timestamp == max(NOW, timestamp)


def test_the_future_is_refused_by_default_though_headers_are_all_that_is_looked_at() -> None:
    late = NOW + 3_600_001
    sent = build_batch([TWO[0], NewRecord(b"k", b"v", late)])
    text = out_of_range(late, 1, NOW - (2**63 - 1), NOW + 3_600_000)
    assert refused(sent, ValidationPolicy()) == (ErrorCode.INVALID_TIMESTAMP, [(1, text)])


def test_a_limit_that_overflows_in_java_overflows_in_the_text() -> None:
    policy = ValidationPolicy(before_max_ms=1000, after_max_ms=2**63 - 1)
    text = out_of_range(5, 0, newest=NOW + 2**63 - 1 - 2**64)
    assert refused(build_batch([NewRecord(b"k", b"v", 5)]), policy)[1] == [(0, text)]


def test_a_record_without_key_is_not_asked_for_its_time() -> None:
    policy = ValidationPolicy(compacted=True, before_max_ms=1000, after_max_ms=1000)
    sent = build_batch([NewRecord(None, b"v", 5), NewRecord(b"k", b"v", 5), NewRecord(None, b"v", NOW)])
    assert refused(sent, policy) == (
        ErrorCode.INVALID_TIMESTAMP,
        [(0, NO_KEY), (1, out_of_range(5, 1)), (2, NO_KEY)],
    )


@pytest.mark.parametrize(
    ("codec", "kind"), [(Compression.NONE, "DefaultRecord"), (Compression.GZIP, "PartialDefaultRecord")]
)
def test_topics_of_log_append_time_refuse_batches_that_claim_it(codec: Compression, kind: str) -> None:
    sent = build_batch([TWO[1], NewRecord(None, None, NOW)], compression=codec, log_append_time_ms=NOW + 3)
    assert refused(sent, ValidationPolicy(log_append_time=True)) == (
        ErrorCode.INVALID_TIMESTAMP,
        [
            (
                index,
                f"Invalid timestamp type in message {kind}(offset={index}, timestamp={NOW + 3}, "
                f"key={size} bytes, value={size} bytes). "
                f"Producer should not set timestamp type to LogAppendTime.",
            )
            for index, size in ((0, 2), (1, 0))
        ],
    )


@CODECS
@pytest.mark.parametrize("target", list(Compression))
@pytest.mark.parametrize("append_time", [False, True])
def test_a_topics_codec_is_forced_on_batches(
    codec: Compression, target: Compression, append_time: bool
) -> None:
    made = [NewRecord(b"k", b"some words " * 50, NOW + i, (("h", b"x"),)) for i in range(20)]
    sent = build_batch(
        made, compression=codec, producer_id=7, producer_epoch=3, base_sequence=5, transactional=True
    )
    policy = ValidationPolicy(compression=target, log_append_time=append_time)
    result = validate(bytes(sent), policy, NOW, "t-0")
    header = result.header
    assert check_crc(result.buffer, 0, header)
    assert header.compression is target
    assert (header.producer_id, header.producer_epoch, header.base_sequence, header.last_sequence) == (
        7,
        3,
        5,
        24,
    )
    assert header.is_transactional
    assert header.is_log_append_time is append_time
    assert header.max_timestamp == (NOW if append_time else NOW + 19)
    assert not result.buffer.readonly
    if codec is target and not append_time:
        assert bytes(result.buffer) == sent
    expected = [record._replace(timestamp=NOW) if append_time else record for record in made]
    found = records_of(result.buffer, 0, header)
    assert [NewRecord(r.key, r.value, r.timestamp, r.headers) for r in found] == expected


def test_a_level_may_be_asked_for() -> None:
    sent = build_batch([NewRecord(b"k", b"".join(b"%d, " % (i * i) for i in range(9000)), NOW)])
    sizes = [
        validate(
            bytes(sent), ValidationPolicy(compression=Compression.GZIP, level=level), NOW, "t-0"
        ).header.size_bytes
        for level in (1, 9)
    ]
    assert sizes[1] < sizes[0] < len(sent)


def test_a_batch_that_becomes_too_large_is_refused() -> None:
    sent = build_batch([NewRecord(b"k", bytes(2000), NOW)], compression=Compression.GZIP)
    for policy in (
        ValidationPolicy(compression=Compression.NONE, max_message_bytes=1000),
        ValidationPolicy(full=True, max_decompressed_bytes=1000),
    ):
        with pytest.raises(KafkaError) as refusal:
            validate(bytes(sent), policy, NOW, "t-0")
        assert refusal.value.code is ErrorCode.MESSAGE_TOO_LARGE


@CODECS
@pytest.mark.parametrize("deltas", [(0, 2), (1, 0), (5, 6), (0, 0)])
def test_offsets_that_do_not_count_from_zero_are_counted_anew(
    deltas: tuple[int, int], codec: Compression
) -> None:
    builder = BatchBuilder(compression=codec)
    for i, delta in enumerate(deltas):
        builder.append_encoded(delta, NOW + i, encode_tail(b"k%d" % i, b"v"))
    sent = patched(builder.build(), last_offset_delta=1)
    result = validate(sent, ValidationPolicy(full=True), NOW, "t-0")
    assert [(r.offset, r.key, r.timestamp) for r in records_of(result.buffer, 0, result.header)] == [
        (0, b"k0", NOW),
        (1, b"k1", NOW + 1),
    ]
    assert result.header.compression is codec


@CODECS
@pytest.mark.parametrize("count", [1, 3])
def test_counts_that_differ_from_the_records_are_refused(count: int, codec: Compression) -> None:
    sent = patched(build_batch(TWO, compression=codec), record_count=count, last_offset_delta=count - 1)
    with pytest.raises(KafkaError) as refusal:
        validate(sent, ValidationPolicy(full=True), NOW, "t-0")
    assert refusal.value.code is ErrorCode.INVALID_RECORD
    assert not isinstance(refusal.value, InvalidRecords)


@pytest.mark.parametrize("codec", [codec for codec in Compression if codec])
def test_streams_that_do_not_decompress_are_refused(codec: Compression) -> None:
    for body in (b"garbage!garbage!garbage!", bytes(build_batch(TWO, compression=codec)[61:-3])):
        sent = with_body(build_batch(TWO), body, attributes=int(codec))
        with pytest.raises(KafkaError) as refusal:
            validate(sent, ValidationPolicy(full=True), NOW, "t-0")
        assert refusal.value.code is ErrorCode.UNKNOWN_SERVER_ERROR


def test_a_timestamp_beyond_64_bits_is_refused() -> None:
    sent = patched(build_batch(TWO), base_timestamp=2**63 - 1, max_timestamp=-1)
    with pytest.raises(KafkaError) as refusal:
        validate(sent, ValidationPolicy(after_max_ms=2**63 - 1), NOW, "t-0")
    assert refusal.value.code is ErrorCode.INVALID_RECORD
    assert read_header(sent).max_timestamp == -1
