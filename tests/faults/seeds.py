"""Chance that can be repeated: every random choice of a test comes from a seed that is shown when it fails.

A test takes the fixture `seeds` and runs once for each of `seeds(short=5, long=200)`: the long form is chosen
by KAFKAPY_LONG=1. KAFKAPY_SEED=<the seed shown> runs the test with that seed alone.
"""

import os
from collections.abc import Iterator
from random import SystemRandom

LONG = bool(os.environ.get("KAFKAPY_LONG"))


def given_seed() -> int | None:
    """The one that KAFKAPY_SEED asks for."""
    text = os.environ.get("KAFKAPY_SEED")
    return int(text) if text else None


class Seeds:
    """The seeds of one test; `used` are those that it has begun with, the last one is under way."""

    def __init__(self, given: int | None = None, *, is_long: bool = LONG) -> None:
        self._given = given
        self._is_long = is_long
        self.used: list[int] = []

    def __call__(self, *, short: int, long: int) -> Iterator[int]:
        """One seed after the other, fresh ones unless one is given."""
        chance = SystemRandom()
        for _ in range(1 if self._given is not None else long if self._is_long else short):
            seed = chance.randrange(2**32) if self._given is None else self._given
            self.used.append(seed)
            yield seed

    def one(self) -> int:
        """The seed of a test that runs once."""
        return next(self(short=1, long=1))
