"""Tables: medians, ratios, and what is missing; and where they are written."""

from pathlib import Path

import pytest

from bench import document, report
from bench.scenarios import Number


def speed(value: float) -> Number:
    return Number("speed", "MB/s", value, "more")


def delay(value: float) -> Number:
    return Number("delay", "us", value, "less")


def test_a_row_has_medians_and_how_many_times_better_the_first_broker_is() -> None:
    measured = {
        "a": [[speed(30), delay(2)], [speed(10), delay(2)], [speed(20), delay(2)]],
        "b": [[speed(10), delay(1)]],
        "c": [[speed(40)]],
        "floor": [[speed(200), delay(0.5)]],
    }
    assert report.rows(measured, alone={"floor"}) == [
        ["", "a", "b", "c", "floor", "unit", "better than b by", "better than c by"],
        ["speed", "20", "10", "40", "200", "MB/s", "2x", "0.5x"],
        ["delay", "2", "1", "-", "0.5", "us", "0.5x", "-"],
    ]


def test_a_broker_that_was_measured_alone_is_compared_with_nothing() -> None:
    assert report.rows({"a": [[speed(1234.5)]]}) == [["", "a", "unit"], ["speed", "1,234", "MB/s"]]


def test_a_section_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "text.md"
    path.write_text("before\n<!-- x: begin -->\nold\n<!-- x: end -->\nafter\n")
    document.write("x", "new", path)
    assert path.read_text() == "before\n<!-- x: begin -->\nnew\n<!-- x: end -->\nafter\n"


def test_a_section_that_is_not_there_is_not_lost_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "text.md"
    path.write_text("<!-- y: begin -->\n<!-- y: end -->\n")
    with pytest.raises(ValueError, match="no section between <!-- x: begin -->"):
        document.write("x", "new", path)


@pytest.mark.parametrize("section", ["measured", "durability"])
def test_the_document_has_the_sections_that_are_measured(section: str) -> None:
    text = document.DOCUMENT.read_text()
    assert text.index(f"<!-- {section}: begin -->") < text.index(f"<!-- {section}: end -->")
