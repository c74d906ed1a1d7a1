"""What the members of a group subscribe to, counted: a heartbeat must not have to ask all of them."""

from collections import Counter

from kafkapy.coordinator.group.consumer.profile import Profile


class Subscriptions:
    """How many members subscribe to a topic by its name, and by a pattern."""

    __slots__ = ("names", "patterns")

    def __init__(self) -> None:
        self.names: Counter[str] = Counter()
        self.patterns: Counter[str] = Counter()

    def copy(self) -> "Subscriptions":
        other = Subscriptions()
        other.names.update(self.names)
        other.patterns.update(self.patterns)
        return other

    def replace(self, old: Profile | None, new: Profile | None) -> None:
        """A member says something else, is new (`old` is None) or is gone (`new` is None)."""
        if old is not None:
            self._count(old, -1)
        if new is not None:
            self._count(new, 1)

    def _count(self, profile: Profile, by: int) -> None:
        for name in profile.names:
            _add(self.names, name, by)
        if profile.regex:
            _add(self.patterns, profile.regex, by)


def _add(counter: Counter[str], key: str, by: int) -> None:
    """Only what somebody subscribes to is kept."""
    counter[key] += by
    if not counter[key]:
        del counter[key]
