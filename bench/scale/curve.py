"""What a curve is: something measured at a few sizes, and how fast each number grows with the size."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log
from pathlib import Path
from statistics import linear_regression
from typing import NamedTuple

from bench.report import text
from bench.scenarios import Number

Points = Mapping[int, Sequence[Number]]
"""The numbers of every size, the same ones for each."""


class Run(NamedTuple):
    """Where data directories may be put, the sizes in rising order, and how long to watch an idle broker."""

    place: Path
    sizes: Sequence[int]
    seconds: float


class Curve(NamedTuple):
    """`axis` says what the sizes count; `quick` are a few sizes for a first look.

    `measure` gives the numbers of one size after another.
    """

    name: str
    title: str
    axis: str
    full: Sequence[int]
    quick: Sequence[int]
    measure: Callable[[Run], Iterator[list[Number]]]
    how: str
    """A sentence or two about what is measured, for the documentation."""


def slope(sizes: Sequence[float], values: Sequence[float]) -> float | None:
    """The exponent of growth: that of a power of the size, fitted by least squares between the logarithms.

    0 is constant, 1 linear. None if a value is not above 0, or there is nothing to fit.
    """
    if len(sizes) < 2 or min(values) <= 0:
        return None
    return linear_regression([log(size) for size in sizes], [log(value) for value in values]).slope


def last_slope(sizes: Sequence[float], values: Sequence[float]) -> float | None:
    """The exponent between the two largest sizes, where what is constant weighs least."""
    return slope(sizes[-2:], values[-2:])


def series(points: Points) -> dict[str, list[Number]]:
    """The values of each number, by its name, in the order of the sizes."""
    found: dict[str, list[Number]] = {}
    for numbers in points.values():
        for number in numbers:
            found.setdefault(number.name, []).append(number)
    return found


def table(axis: str, points: Points) -> list[list[str]]:
    """A header and one row for each number: name, unit, the value at each size, and the two exponents."""
    sizes = list(points)
    rows = [[axis, "unit", *(f"{size:,}" for size in sizes), "slope", "slope at the end"]]
    for name, numbers in series(points).items():
        values = [number.value for number in numbers]
        slopes = (slope(sizes, values), last_slope(sizes, values))
        exponents = ["-" if value is None else f"{value:.2f}" for value in slopes]
        rows.append([name, numbers[0].unit, *(text(value) for value in values), *exponents])
    return rows
