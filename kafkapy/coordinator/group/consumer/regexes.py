"""Which topics the patterns of a group match. They are looked up beside the heartbeats, not in them."""

from collections.abc import Iterator, Set

from kafkapy.coordinator.decision import Decision, SetTimer
from kafkapy.coordinator.group.consumer import records
from kafkapy.coordinator.group.consumer.group import ResolvedRegex
from kafkapy.coordinator.group.consumer.turn import Turn
from kafkapy.coordinator.pattern import compile_pattern

MIN_INTERVAL_MS = 10_000
"""The time between two lookups of a group, unless one of its patterns is new."""


def regex_effects(turn: Turn, patterns: Set[str]) -> Iterator[SetTimer]:
    """Have the patterns looked up as soon as nothing else is to do, if it is time for that."""
    if patterns and _is_due(turn, patterns):
        yield SetTimer(("regexes", turn.group_id), 0, lambda now_ms: resolve(turn.later(now_ms)))


def _is_due(turn: Turn, patterns: Set[str]) -> bool:
    known = turn.group.regexes
    if not patterns <= known.keys():
        return True
    last_ms = max(resolved.timestamp_ms for resolved in known.values())
    if turn.now_ms <= last_ms + MIN_INTERVAL_MS:
        return False
    version = min(resolved.version for resolved in known.values())
    return version < turn.topics.version or turn.now_ms > last_ms + turn.settings.regex_refresh_interval_ms


def resolve(turn: Turn) -> Decision[None]:
    """Match every pattern of the group with the topics there are; a new group epoch if that changed."""
    group = turn.group
    resolved = {
        regex: ResolvedRegex(_matches(turn, regex), turn.topics.version, turn.now_ms)
        for regex in sorted(group.subscriptions.patterns)
    }
    turn.decision.records += [
        records.regular_expression(turn.group_id, regex, *found) for regex, found in resolved.items()
    ]
    if any(found.topics != _known(turn, regex) for regex, found in resolved.items()):
        names = frozenset(group.subscriptions.names)
        turn.bump(names.union(*(found.topics for found in resolved.values())))
    return turn.decision


def _known(turn: Turn, regex: str) -> frozenset[str]:
    resolved = turn.group.regexes.get(regex)
    return frozenset() if resolved is None else resolved.topics


def _matches(turn: Turn, regex: str) -> frozenset[str]:
    matches = compile_pattern(regex)
    return frozenset(name for name in turn.topics.names() if matches(name))
