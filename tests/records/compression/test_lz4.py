"""LZ4 frames that Kafka's Java clients can read: they know only blocks that stand alone."""

import lz4.frame
import pytest
from kafka.codec import lz4_decode

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.compression import lz4 as codec
from tests.records.samples import golden

TEXT = b"".join(b"record %d; " % (i * i) for i in range(30_000))


@pytest.mark.parametrize("level", [1, 5, 9, 12, 17])
def test_frames_are_made_as_java_makes_them(level: int) -> None:
    frame = codec.compress(TEXT, level)
    java = golden("large-lz4.log")[61:]
    assert frame[:7] == java[:7]  # magic, independent blocks of 64 KiB, no content size, checksum
    assert lz4_decode(frame) == TEXT


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("sized", [True, False])
@pytest.mark.parametrize("checked", [True, False])
def test_frames_of_other_writers_are_read(linked: bool, sized: bool, checked: bool) -> None:
    frame = lz4.frame.compress(
        TEXT, block_linked=linked, store_size=sized, content_checksum=checked, block_checksum=checked
    )
    assert codec.decompress(memoryview(frame), len(TEXT)) == TEXT


def test_what_follows_the_frame_is_ignored() -> None:
    frame = codec.compress(b"hello", codec.DEFAULT_LEVEL)
    assert codec.decompress(memoryview(frame + b"junk"), 100) == b"hello"


def test_a_header_with_a_wrong_checksum_is_refused_and_can_be_put_right() -> None:
    for sized in (True, False):
        frame = lz4.frame.compress(TEXT, block_linked=False, store_size=sized)
        damaged = bytearray(frame)
        damaged[14 if sized else 6] ^= 0x55
        with pytest.raises(KafkaError):
            codec.decompress(memoryview(damaged), len(TEXT))
        assert codec.with_right_header_checksum(memoryview(damaged)) == frame


def test_putting_right_leaves_what_is_too_short_alone() -> None:
    assert (
        codec.with_right_header_checksum(memoryview(b"\x04\x22\x4d\x18\x60\x40"))
        == b"\x04\x22\x4d\x18\x60\x40"
    )


def test_a_frame_without_its_end_is_refused() -> None:
    frame = codec.compress(b"hello", codec.DEFAULT_LEVEL)
    with pytest.raises(KafkaError, match="cut"):
        codec.decompress(memoryview(frame)[:-4], 100)
