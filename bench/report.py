"""Tables of measured numbers: for the terminal, and in Markdown for the documentation."""

from collections.abc import Mapping, Sequence, Set
from statistics import median

from bench.scenarios import Number

Rounds = Mapping[str, Sequence[Sequence[Number]]]  # broker name -> rounds -> numbers


def text(value: float) -> str:
    """Three significant digits, no exponent."""
    if value != value:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def medians(rounds: Sequence[Sequence[Number]]) -> dict[str, Number]:
    """The median of every number over the rounds, by name."""
    values: dict[str, list[Number]] = {}
    for numbers in rounds:
        for number in numbers:
            values.setdefault(number.name, []).append(number)
    return {
        name: numbers[0]._replace(value=median(number.value for number in numbers))
        for name, numbers in values.items()
    }


def rows(measured: Rounds, alone: Set[str] = frozenset()) -> list[list[str]]:
    """A header and one row for each number: name, one value for each broker, and the unit; then, for each
    broker but the first and those that stand `alone`, how many times better the first one is.
    """
    brokers = {broker: medians(rounds) for broker, rounds in measured.items()}
    names = list(dict.fromkeys(name for numbers in brokers.values() for name in numbers))
    first = next(iter(brokers.values()))
    rivals = [broker for broker in list(brokers)[1:] if broker not in alone]
    table = [["", *brokers, "unit", *(f"better than {rival} by" for rival in rivals)]]
    for name in names:
        found = [numbers.get(name) for numbers in brokers.values()]
        one = next(number for number in found if number is not None)
        row = [name, *(text(number.value) if number else "-" for number in found), one.unit]
        row += [ratio(first.get(name), brokers[rival].get(name)) for rival in rivals]
        table.append(row)
    return table


def ratio(first: Number | None, second: Number | None) -> str:
    """How many times better the first is."""
    if first is None or second is None or min(first.value, second.value) <= 0:
        return "-"
    better = first.value / second.value if first.better == "more" else second.value / first.value
    return f"{better:.2g}x"


def plain(table: Sequence[Sequence[str]]) -> str:
    """Columns with spaces between them."""
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for row in table:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join([row[0].ljust(len(first)), *others]))
    return "\n".join(lines)


def markdown(table: Sequence[Sequence[str]]) -> str:
    header, *body = table
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in body]
    return "\n".join(lines)
