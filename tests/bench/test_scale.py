"""Every curve can be measured, with sizes of almost nothing, and what is made of the numbers is right."""

import re
from pathlib import Path

import pytest

from bench.document import DOCUMENT, write
from bench.scale.__main__ import CURVES, measure
from bench.scale.curve import Curve, last_slope, slope, table
from bench.scale.section import NAME, section
from bench.scale.target import less

SIZES = {"groups": (5, 10), "log-size": (1,)}
"""Where it is not one size of 5: curves are measured point by point, each with a broker of its own."""


@pytest.mark.parametrize("name", CURVES)
def test_every_curve_has_its_numbers(name: str, tmp_path: Path) -> None:
    sizes = SIZES.get(name, (5,))
    points = measure(CURVES[name], sizes, 0.05, tmp_path)
    assert tuple(points) == sizes
    names = [[number.name for number in numbers] for numbers in points.values()]
    assert names[0]
    assert all(of_size == names[0] == list(dict.fromkeys(of_size)) for of_size in names)
    assert all(number.value >= 0 for numbers in points.values() for number in numbers)


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_sizes_rise(curve: Curve) -> None:
    assert list(curve.full) == sorted(set(curve.full))
    assert list(curve.quick) == sorted(set(curve.quick))


@pytest.mark.parametrize("exponent", [0, 0.5, 1, 2])
def test_the_slope_is_the_exponent(exponent: float) -> None:
    sizes = [10, 30, 100, 1000]
    assert slope(sizes, [7 * size**exponent for size in sizes]) == pytest.approx(exponent)


def test_the_slope_at_the_end_forgets_what_is_constant() -> None:
    sizes = [1, 10, 1000, 2000]
    values = [5.0 + size for size in sizes]
    whole, end = slope(sizes, values), last_slope(sizes, values)
    assert whole is not None
    assert end is not None
    assert whole < end
    assert end == pytest.approx(1, abs=0.01)


def test_one_size_or_nothing_measured_has_no_slope() -> None:
    assert slope([10], [1.0]) is None
    assert slope([10, 20], [0.0, 1.0]) is None


def test_a_table_has_a_row_for_each_number_and_a_column_for_each_size() -> None:
    points = {size: [less("time", "s", size / 10), less("idle", "%", 0)] for size in (10, 1000)}
    assert table("things", points) == [
        ["things", "unit", "10", "1,000", "slope", "slope at the end"],
        ["time", "s", "1", "100", "1.00", "1.00"],
        ["idle", "%", "0", "0", "-", "-"],
    ]


def test_the_document_has_a_place_for_the_curves(tmp_path: Path) -> None:
    copy = tmp_path / DOCUMENT.name
    copy.write_text(DOCUMENT.read_text())
    write(NAME, "written here", copy)
    assert "written here" in copy.read_text()


def test_each_curve_is_told_with_its_plot() -> None:
    points = {10: [less("time", "s", 1)]}
    text = section(dict.fromkeys(CURVES, points), CURVES, "note")
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == [curve.title for curve in CURVES.values()]
    assert re.findall(r"\(plots/scale-(.*)\.svg\)", text) == list(CURVES)


def test_a_plot_is_small_and_always_the_same(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="comes with the extra `bench`")
    from bench.scale.plot import draw

    points = {size: [less("time", "s", size / 10), less("memory", "MB", 5 + size)] for size in (10, 1000)}
    for name in ("one", "other"):
        draw(CURVES["groups"], points, tmp_path / f"{name}.svg")
    drawn = (tmp_path / "one.svg").read_bytes()
    assert drawn == (tmp_path / "other.svg").read_bytes()
    assert len(drawn) < 100_000
