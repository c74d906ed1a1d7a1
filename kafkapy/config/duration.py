"""ISO-8601 durations as java.time.Duration reads them: P2DT3H4M, PT1.5S."""

import re

_DURATION = re.compile(
    r"(?P<sign>[-+]?)P(?:(?P<days>[-+]?[0-9]+)D)?"
    r"(?P<time>T(?:(?P<hours>[-+]?[0-9]+)H)?(?:(?P<minutes>[-+]?[0-9]+)M)?"
    r"(?:(?P<seconds>[-+]?[0-9]+)(?:[.,](?P<fraction>[0-9]{0,9}))?S)?)?",
    re.IGNORECASE,
)


def parse_duration_ms(text: str) -> int:
    """Milliseconds, rounded down; negative for a negative duration. ValueError for anything else."""
    match = _DURATION.fullmatch(text)
    part = match.groupdict() if match else {}
    if not match or part["time"] in ("T", "t"):
        raise ValueError(f"no duration: {text!r}")
    if all(part[name] is None for name in ("days", "hours", "minutes", "seconds")):
        raise ValueError(f"no duration: {text!r}")
    seconds = (
        int(part["days"] or 0) * 86_400 + int(part["hours"] or 0) * 3_600 + int(part["minutes"] or 0) * 60
    )
    nanos = (seconds + int(part["seconds"] or 0)) * 1_000_000_000
    fraction = int((part["fraction"] or "").ljust(9, "0"))
    nanos += -fraction if (part["seconds"] or "").startswith("-") else fraction
    return (-nanos if part["sign"] == "-" else nanos) // 1_000_000
