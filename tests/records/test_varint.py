"""Variable-length integers, against the definition and against kafka-python's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.record import util

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.varint import INT_BYTES, LONG_BYTES, read_varint, read_zigzag, varint


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_is_read_as_it_was_written(number: int) -> None:
    encoded = varint(number)
    assert read_varint(b"x" + encoded + b"y", 1, LONG_BYTES) == (number, 1 + len(encoded))


@given(st.integers(-(2**31), 2**31 - 1))
def test_kafka_python_writes_the_same_bytes(number: int) -> None:
    theirs = bytearray()
    util.encode_varint(number, theirs.append)
    assert varint(number) == bytes(theirs)
    assert read_varint(bytes(theirs), 0, INT_BYTES) == (number, len(theirs))


def test_zigzag_keeps_small_negative_numbers_short() -> None:
    assert [varint(number) for number in (0, -1, 1, -2, 63, -64, 64)] == [
        b"\x00", b"\x01", b"\x02", b"\x03", b"\x7e", b"\x7f", b"\x80\x01",
    ]  # fmt: skip
    assert read_zigzag(b"\x03", 0, INT_BYTES) == (3, 1)


@pytest.mark.parametrize("most_bytes", [INT_BYTES, LONG_BYTES])
def test_a_number_that_does_not_end_in_time_is_refused(most_bytes: int) -> None:
    with pytest.raises(KafkaError, match="too long") as refusal:
        read_varint(b"\xff" * most_bytes + b"\x00", 0, most_bytes)
    assert refusal.value.code is ErrorCode.INVALID_RECORD


def test_a_number_that_is_cut_runs_out_of_data() -> None:
    with pytest.raises(IndexError):
        read_varint(b"\x80", 0, INT_BYTES)


def test_bits_above_the_width_are_dropped_as_in_java() -> None:
    assert read_varint(b"\xff\xff\xff\xff\x7f", 0, INT_BYTES) == (-(2**31), 5)
