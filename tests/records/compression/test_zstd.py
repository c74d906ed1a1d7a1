"""Zstandard frames, with and without a content size."""

import pytest
import zstandard
from kafka.codec import zstd_decode

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.compression import zstd

TEXT = b"".join(b"record %d; " % (i * i) for i in range(30_000))


@pytest.mark.parametrize("level", [-100, 1, 3, 19])
def test_kafka_python_reads_what_is_written(level: int) -> None:
    assert zstd_decode(zstd.compress(TEXT, level)) == TEXT


@pytest.mark.parametrize("sized", [True, False])
def test_frames_with_and_without_size_are_read(sized: bool) -> None:
    frame = zstandard.ZstdCompressor(write_content_size=sized, write_checksum=True).compress(TEXT)
    assert zstd.decompress(memoryview(frame), len(TEXT)) == TEXT


def test_frames_back_to_back_are_one_stream() -> None:
    stream = zstd.compress(b"hello ", 3) + zstd.compress(b"world", 3)
    assert zstd.decompress(memoryview(stream), 100) == b"hello world"


@pytest.mark.parametrize("keep", [-1, -2, 5])
def test_a_frame_that_is_cut_is_refused(keep: int) -> None:
    frame = zstandard.ZstdCompressor(write_checksum=True).compress(TEXT)
    with pytest.raises(KafkaError, match="cut"):
        zstd.decompress(memoryview(frame)[:keep], len(TEXT))


def test_junk_behind_a_frame_is_refused_as_in_kafka() -> None:
    with pytest.raises(KafkaError):
        zstd.decompress(memoryview(zstd.compress(b"hello", 3) + b"junk"), 100)


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(200_000_000))
    assert len(bomb) < 20_000
    with pytest.raises(KafkaError) as refusal:
        zstd.decompress(memoryview(bomb), 1_000_000)
    assert refusal.value.code is ErrorCode.MESSAGE_TOO_LARGE
