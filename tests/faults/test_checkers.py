"""Each checker accepts a history that holds, and names what is wrong with one that does not."""

import pytest

from tests.faults.checkers import (
    Found,
    commits_hold,
    contiguous,
    everything_acknowledged_is_there,
    exactly_once,
    in_order,
    nothing_is_made_up,
)
from tests.faults.history import Acknowledged, History, Stored, origin_of, value_of

PLACE = ("t", 0)
VALUES = [value_of(b"p", number) for number in range(4)]


def found(*values: bytes, start: int = 0, end: int | None = None) -> dict[tuple[str, int], Found]:
    records = [Stored(start + offset, value) for offset, value in enumerate(values)]
    return {PLACE: Found(start, start + len(values) if end is None else end, records)}


@pytest.fixture
def history() -> History:
    """All four values were sent, the first three acknowledged; a group committed 1, then 2."""
    made = History()
    made.attempt(b"p", VALUES)
    made.acknowledge(b"p", [Acknowledged(PLACE, offset, VALUES[offset]) for offset in range(3)])
    made.commit("g", PLACE, 1)
    made.commit("g", PLACE, 2)
    return made


@pytest.mark.parametrize("there", [VALUES, VALUES[:3]])
def test_a_history_that_holds_has_no_violations(history: History, there: list[bytes]) -> None:
    logs = found(*there)
    assert not [
        *contiguous(logs),
        *everything_acknowledged_is_there(history, logs),
        *nothing_is_made_up(history, logs),
        *exactly_once(logs, [b"p"]),
        *in_order(history, [b"p"]),
        *commits_hold(history, {("g", PLACE): 2}, {PLACE: 3}),
    ]


def test_a_gap_is_seen() -> None:
    logs = {PLACE: Found(0, 3, [Stored(0, VALUES[0]), Stored(2, VALUES[2])])}
    assert list(contiguous(logs)) == ["t-0: offsets 0 to 3 are not contiguous, first at (2, 1)"]
    assert list(contiguous(logs, without={PLACE: {1}})) == []


def test_offsets_that_go_back_are_seen() -> None:
    assert list(contiguous({PLACE: Found(0, 2, [Stored(1, VALUES[0]), Stored(0, VALUES[1])])}))


@pytest.mark.parametrize(("start", "end"), [(0, 5), (-1, 4)])
def test_records_missing_at_an_end_are_seen(start: int, end: int) -> None:
    records = [Stored(offset, value) for offset, value in enumerate(VALUES)]
    assert list(contiguous({PLACE: Found(start, end, records)}))


def test_a_lost_record_is_seen(history: History) -> None:
    assert list(everything_acknowledged_is_there(history, found(*VALUES[:2]))) == [
        "t-0: p was told that 'p/2/' is at 2, where nothing is"
    ]
    assert len(list(everything_acknowledged_is_there(history, {}))) == 3


def test_records_that_changed_places_are_seen(history: History) -> None:
    logs = found(VALUES[1], VALUES[0], VALUES[2])
    assert len(list(everything_acknowledged_is_there(history, logs))) == 2


def test_what_retention_has_removed_is_not_lost(history: History) -> None:
    assert not list(everything_acknowledged_is_there(history, found(*VALUES[2:], start=2)))


def test_a_value_that_was_never_sent_is_seen(history: History) -> None:
    assert list(nothing_is_made_up(history, found(*VALUES, b"p/9/"))) == ["t-0: 'p/9/' at 4 was never sent"]
    assert list(nothing_is_made_up(history, found(b"\x00garbage")))


def test_a_duplicate_is_seen() -> None:
    logs = found(VALUES[0], VALUES[1], VALUES[1])
    assert list(exactly_once(logs, [b"p"])) == ["'p/1/' is twice: in t-0 at 1 and in t-0 at 2"]
    assert list(exactly_once(logs, [b"other"])) == []


def test_a_duplicate_in_another_partition_is_seen() -> None:
    logs = {("t", n): Found(0, 1, [Stored(0, VALUES[0])]) for n in range(2)}
    assert list(exactly_once(logs, [b"p"]))


def test_records_out_of_order_are_seen() -> None:
    assert list(exactly_once(found(VALUES[1], VALUES[0]), [b"p"])) == [
        "t-0: 'p/0/' at 1 is behind number 1 of the same producer"
    ]


def test_acknowledged_attempts_out_of_order_are_seen() -> None:
    history = History()
    history.acknowledge(b"p", [Acknowledged(PLACE, 5, VALUES[0]), Acknowledged(PLACE, 4, VALUES[1])])
    assert list(in_order(history, [b"p"])) == ["t-0: 'p/1/' is at 4, not behind 5"]


def test_a_commit_that_went_back_or_was_lost_is_seen(history: History) -> None:
    assert list(commits_hold(history, {("g", PLACE): 1}, {PLACE: 3})) == ["g on t-0: went back from 2 to 1"]
    assert list(commits_hold(history, {}, {PLACE: 3})) == ["g on t-0: went back from 2 to -1"]


def test_a_commit_past_the_end_is_seen(history: History) -> None:
    assert list(commits_hold(history, {("g", PLACE): 4}, {PLACE: 3})) == ["g on t-0: 4 is past the end, 3"]


def test_values_name_their_origin() -> None:
    assert origin_of(value_of(b"p", 7, padding=10)) == (b"p", 7)
    with pytest.raises(ValueError, match="not enough"):
        origin_of(b"x")


def test_a_copy_of_a_history_stands_still(history: History) -> None:
    copy = history.copy()
    history.acknowledge(b"p", [Acknowledged(PLACE, 3, VALUES[3])])
    history.commit("g", PLACE, 3)
    assert len(copy.acknowledged[b"p"]) == 3
    assert copy.committed["g", PLACE] == [1, 2]
