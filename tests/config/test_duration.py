"""Durations as java.time.Duration reads them."""

import pytest

from kafkapy.config.duration import parse_duration_ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("PT1S", 1000),
        ("pt1.5s", 1500),
        ("P1D", 86_400_000),
        ("P1DT2H3M4,25S", 93_784_250),
        ("-PT1S", -1000),
        ("PT-1.5S", -1500),
        ("-PT-1S", 1000),
        ("PT0.0009S", 0),
    ],
)
def test_a_duration_is_read_in_milliseconds(text: str, ms: int) -> None:
    assert parse_duration_ms(text) == ms


@pytest.mark.parametrize("text", ["", "P", "PT", "1S", "P1Y", "P1DT", "PT1.0000000001S", "PT1"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        parse_duration_ms(text)
