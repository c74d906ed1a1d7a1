"""What the broker's configuration says of consumer groups."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class GroupTiming(NamedTuple):
    """Settings that one group may have for itself, in ms; defaults are Kafka's."""

    session_timeout_ms: int = 45_000
    heartbeat_interval_ms: int = 5_000
    assignment_interval_ms: int = 1_000


DEFAULT_TIMING = GroupTiming()


@dataclass(frozen=True, slots=True)
class ConsumerGroupSettings:
    """Named after Kafka's keys `group.consumer.*`; `timing_of` gives the settings of a group as they are.

    may_upgrade, may_downgrade: whether classic groups become consumer groups, and the other way round.
    """

    enabled: bool = True
    max_size: int = 2**31 - 1
    assignors: tuple[str, ...] = ("uniform", "range")
    may_upgrade: bool = True
    may_downgrade: bool = True
    regex_refresh_interval_ms: int = 600_000
    timing_of: Callable[[str], GroupTiming] = lambda _: DEFAULT_TIMING
