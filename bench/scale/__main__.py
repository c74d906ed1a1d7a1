"""How kafkapy's cost grows with what it holds: curves, slopes, tables and plots for docs/performance.md.

    python -m bench.scale [--quick] [--directory PATH] [NAME...]

The slope is the exponent of growth: 1 is linear, 0 constant. A full run of all curves takes less than ten
minutes and writes the document; --quick, or a choice of curves, only shows what it finds.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import document, report
from bench.scale import (
    connections,
    consumers,
    fairness,
    groups,
    log_size,
    messages,
    partitions,
    waiting,
)
from bench.scale.curve import Curve, Points, Run, table
from bench.scale.section import NAME, plot_path, section
from bench.scale.target import allow_many_files

CURVES: dict[str, Curve] = {
    curve.name: curve
    for curve in (
        partitions.CURVE,
        connections.CURVE,
        groups.GROUPS,
        groups.MEMBERS,
        consumers.CURVE,
        log_size.CURVE,
        messages.CURVE,
        waiting.CURVE,
        fairness.CURVE,
    )
}
SECONDS, QUICK_SECONDS = 5.0, 1.0


def measure(curve: Curve, sizes: Sequence[int], seconds: float, directory: Path | None = None) -> Points:
    """The numbers of each size. The data of all sizes is removed in the end: to remove files makes ext4
    slower at creating others.
    """
    points = {}
    with tempfile.TemporaryDirectory(prefix="kafkapy-scale-", dir=directory) as place:
        began = time.perf_counter()
        for size, numbers in zip(sizes, curve.measure(Run(Path(place), sizes, seconds)), strict=True):
            print(
                f"  {curve.name} {size:,}: {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True
            )
            points[size] = numbers
    return points


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("curves", nargs="*", metavar="NAME", help=", ".join(CURVES))
    parser.add_argument("--quick", action="store_true", help="a few small sizes")
    parser.add_argument(
        "--directory", type=Path, help="where to put the data, by default where temporary files go"
    )
    options = parser.parse_args(words)
    if unknown := set(options.curves) - set(CURVES):
        parser.error(f"unknown curves: {', '.join(sorted(unknown))}")
    return options


def main() -> None:
    options = arguments()
    allow_many_files()
    measured: dict[str, Points] = {}
    for name in options.curves or CURVES:
        curve = CURVES[name]
        sizes, seconds = (curve.quick, QUICK_SECONDS) if options.quick else (curve.full, SECONDS)
        measured[name] = measure(curve, sizes, seconds, options.directory)
        print(f"\n{curve.title}\n{report.plain(table(curve.axis, measured[name]))}", flush=True)
    if not options.quick and not options.curves:
        write(measured)


def write(measured: dict[str, Points]) -> None:
    from bench.scale import plot  # matplotlib is not needed to measure

    for name, points in measured.items():
        plot.draw(CURVES[name], points, plot_path(name))
    document.write(NAME, section(measured, CURVES, f"One run; {document.machine()}."))


if __name__ == "__main__":
    main()
