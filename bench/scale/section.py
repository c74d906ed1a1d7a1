"""What the curves become in docs/performance.md."""

from collections.abc import Mapping
from pathlib import Path

from bench import report
from bench.document import DOCUMENT
from bench.scale.curve import Curve, Points, table

NAME = "scale"
PLOTS = "plots"


def section(measured: Mapping[str, Points], curves: Mapping[str, Curve], note: str) -> str:
    """A chapter for each curve: what was measured, a table, and its plot."""
    parts = [note]
    for name, points in measured.items():
        curve = curves[name]
        rows = report.markdown(table(curve.axis, points))
        plot = f"![{curve.title}: growth]({PLOTS}/{plot_path(name).name})"
        parts += [f"### {curve.title}", curve.how, rows, plot]
    return "\n\n".join(parts)


def plot_path(curve: str) -> Path:
    return DOCUMENT.parent / PLOTS / f"{NAME}-{curve}.svg"
