"""Varints and long lengths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.primitives import compact_string_length, read_uvarint, skip_tags, uvarint


@pytest.mark.parametrize(
    ("number", "encoded"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\1"), (300, b"\xac\2"), (2**32 - 1, b"\xff\xff\xff\xff\x0f")],
)
def test_unsigned_varints_are_groups_of_seven_bits_low_first(number: int, encoded: bytes) -> None:
    assert uvarint(number) == encoded
    assert read_uvarint(b"." + encoded, 1) == (number, 1 + len(encoded))


@given(st.integers(0, 2**35 - 1))
def test_varints_come_back(number: int) -> None:
    encoded = uvarint(number)
    assert read_uvarint(encoded, 0) == (number, len(encoded))


def test_a_varint_ends_after_five_bytes() -> None:
    with pytest.raises(MalformedMessage):
        read_uvarint(b"\x80" * 5 + b"\1", 0)


def test_a_tag_section_is_skipped_whole() -> None:
    assert skip_tags(b"\0rest", 0) == 1
    assert skip_tags(b"\2\0\1a\x90\x4e\0rest", 0) == 7


def test_a_string_length_beyond_kafkas_limit_is_refused() -> None:
    assert compact_string_length(32767) == b"\x80\x80\x02"
    with pytest.raises(ValueError, match="32768"):
        compact_string_length(32768)
