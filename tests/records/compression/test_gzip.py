"""gzip streams as Java's GZIPInputStream takes them."""

import gzip as standard

import pytest

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.compression import gzip

MEMBER = standard.compress(b"hello ")


def test_the_standard_library_reads_what_is_written() -> None:
    for level in (gzip.DEFAULT_LEVEL, *gzip.LEVELS):
        assert standard.decompress(gzip.compress(b"hello" * 100, level)) == b"hello" * 100


def test_members_back_to_back_are_one_stream() -> None:
    assert gzip.decompress(memoryview(MEMBER + standard.compress(b"world")), 100) == b"hello world"


def test_what_follows_the_last_member_is_ignored() -> None:
    assert gzip.decompress(memoryview(MEMBER + b"junk"), 100) == b"hello "


def test_the_checksum_is_verified() -> None:
    damaged = bytearray(MEMBER)
    damaged[-6] ^= 1
    with pytest.raises(KafkaError, match="incorrect data check"):
        gzip.decompress(memoryview(damaged), 100)


def test_the_bound_holds_over_all_members() -> None:
    with pytest.raises(KafkaError, match="more than 11 bytes"):
        gzip.decompress(memoryview(MEMBER * 2), 11)
    assert len(gzip.decompress(memoryview(MEMBER * 2), 12)) == 12
