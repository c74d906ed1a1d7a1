"""Functions written as source."""

import traceback

from kafkapy.protocol.source import Source


def test_blocks_are_indented_and_constants_are_bound() -> None:
    source = Source(double=lambda number: number * 2)
    items = source.constant("items", (1, 2))
    with source.block("def total():"):
        source.line("result = 0")
        with source.block(f"for item in {items}:"):
            source.line("result += double(item)")
        source.line("return result")
    assert source.build("total", "<total>")() == 6


def test_small_constants_are_literals_and_structs_are_shared() -> None:
    source = Source()
    assert source.constant("any", None) == "None"
    assert source.constant("any", b"\0") == "b'\\x00'"
    assert source.packer("iq") == source.packer("iq") != source.packer("qi")


def test_a_traceback_shows_the_generated_line() -> None:
    source = Source()
    with source.block("def fail():"):
        source.line("return 1 / 0  # the line that fails")
    fail = source.build("fail", "<a generated function>")
    try:
        fail()
    except ZeroDivisionError:
        assert "the line that fails" in traceback.format_exc()
    assert "the line that fails" in fail.source
