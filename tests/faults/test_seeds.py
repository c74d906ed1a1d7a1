"""Seeds are fresh, as many as the form of the tests asks for, and can be given."""

import pytest

from tests.faults.seeds import Seeds, given_seed


@pytest.mark.parametrize(("is_long", "rounds"), [(False, 3), (True, 50)])
def test_each_round_has_a_seed_of_its_own(is_long: bool, rounds: int) -> None:
    seeds = Seeds(is_long=is_long)
    drawn = list(seeds(short=3, long=50))
    assert len(set(drawn)) == rounds
    assert seeds.used == drawn


def test_a_given_seed_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKAPY_SEED", "7")
    seeds = Seeds(given_seed(), is_long=True)
    assert list(seeds(short=3, long=50)) == [7]
    assert seeds.one() == 7


def test_no_seed_is_given_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKAPY_SEED", raising=False)
    assert given_seed() is None
