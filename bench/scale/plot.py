"""One picture for each curve. Needs matplotlib, which only this module imports: kafkapy-broker[bench]."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.scale.curve import Curve, Points, last_slope, series

PANEL_INCHES = (4.2, 3.6)
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "kafkapy", "font.size": 8, "axes.grid": True}


def draw(curve: Curve, points: Points, path: Path) -> None:
    """An SVG file with a panel for each unit, logarithmic both ways: how steep a line is is its exponent."""
    sizes = list(points)
    found = {
        name: numbers
        for name, numbers in series(points).items()
        if min(number.value for number in numbers) > 0
    }
    units = list(dict.fromkeys(numbers[0].unit for numbers in found.values()))
    with mpl.rc_context(STYLE):
        width, height = PANEL_INCHES
        figure = Figure(figsize=(width * len(units), height), layout="constrained")
        panels = figure.subplots(1, len(units), squeeze=False)[0]
        for unit, panel in zip(units, panels, strict=True):
            for name, numbers in found.items():
                if numbers[0].unit == unit:
                    values = [number.value for number in numbers]
                    steepness = last_slope(sizes, values)
                    label = name if steepness is None else f"{name} ({steepness:.2f})"
                    panel.loglog(sizes, values, marker="o", markersize=3, linewidth=1, label=label)
            panel.set_xlabel(curve.axis)
            panel.set_ylabel(unit or "number")
            panel.legend(fontsize=6)
        figure.suptitle(f"{curve.title} (in brackets: slope at the end, 1 is linear)", fontsize=9)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None})
