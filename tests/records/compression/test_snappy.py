"""Snappy in Java's framing and bare, against the library and kafka-python."""

import pytest
import snappy as library
from kafka.codec import snappy_decode, snappy_encode

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.compression import snappy

TEXT = b"the same words again and again " * 3000


def refused(stream: bytes) -> ErrorCode:
    with pytest.raises(KafkaError) as refusal:
        snappy.decompress(memoryview(stream), 10**6)
    return refusal.value.code


def test_javas_framing_has_chunks_of_32_kib() -> None:
    stream = snappy.compress(TEXT, snappy.DEFAULT_LEVEL)
    assert stream == snappy_encode(TEXT, xerial_compatible=True, xerial_blocksize=32 * 1024)
    assert snappy_decode(stream) == TEXT


def test_one_bare_block_is_read() -> None:
    assert snappy.decompress(memoryview(library.compress(TEXT)), len(TEXT)) == TEXT


def test_framed_streams_back_to_back_are_one() -> None:
    stream = snappy.compress(b"hello ", 0) + snappy.compress(b"world", 0)
    assert snappy.decompress(memoryview(stream), 100) == b"hello world"


def test_empty_content_is_a_header_alone() -> None:
    assert len(snappy.compress(b"", 0)) == 16
    assert snappy.decompress(memoryview(snappy.compress(b"", 0)), 0) == b""


@pytest.mark.parametrize(
    "tail",
    [
        b"\x00\x00",
        b"\x00\x00\x00\x00",
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x05ab",
        b"\x00\x00\x00\x02\x05\xff",
    ],
)
def test_broken_chunks_are_refused(tail: bytes) -> None:
    assert refused(snappy.compress(b"hello", 0) + tail) is ErrorCode.UNKNOWN_SERVER_ERROR


def test_a_block_that_claims_too_much_is_refused_before_memory_is_taken() -> None:
    assert refused(b"\xff\xff\xff\xff\x0f" + bytes(20)) is ErrorCode.MESSAGE_TOO_LARGE
    assert refused(b"\xff\xff\x3f" + bytes(20)) is ErrorCode.MESSAGE_TOO_LARGE
    assert refused(b"\xff\xff\x0f" + bytes(20)) is ErrorCode.UNKNOWN_SERVER_ERROR
    assert refused(b"\xff" * 20) is ErrorCode.UNKNOWN_SERVER_ERROR


def test_nothing_is_no_stream() -> None:
    assert refused(b"") is ErrorCode.UNKNOWN_SERVER_ERROR
