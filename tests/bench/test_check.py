"""The guard against slower requests sees what it is for."""

from bench.check import compare, instructions
from kafkapy.protocol.uuid import uuid_text


def test_only_what_kafkapy_executes_is_counted_and_always_the_same() -> None:
    def work() -> None:
        uuid_text(bytes(16))

    once = instructions(work)
    assert once > 0
    assert instructions(work) == once
    assert instructions(lambda: [work() for _ in range(3)]) == 3 * once
    assert instructions(lambda: sorted(range(1000), key=str)) == 0


def test_what_costs_a_tenth_more_is_named() -> None:
    baseline = {"produce": 1000, "fetch": 1000}
    assert compare({"produce": 1100, "fetch": 900}, baseline) == []
    assert compare({"produce": 1101, "fetch": 1000}, baseline) == [
        "produce: 1101 instructions instead of 1000 (+10%)"
    ]


def test_a_request_without_a_baseline_is_named() -> None:
    assert compare({"metadata": 5}, {}) == ["metadata: 5 instructions, and no baseline"]
