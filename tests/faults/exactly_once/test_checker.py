"""The checker finds each anomaly that is put into a history, and none in a history without."""

import pytest

from tests.faults.exactly_once.checker import Copied, Kind, check, check_copies
from tests.faults.exactly_once.history import History, Journal, Outcome, Reading, Seen, Transaction, Write

COMMITTED, ABORTED, UNKNOWN = Outcome.COMMITTED, Outcome.ABORTED, Outcome.UNKNOWN


def transaction(outcome: Outcome, *values: str, producer: str = "p", first: int | None = 0) -> Transaction:
    """Writes to one partition, acknowledged from offset `first` on."""
    offsets = [None if first is None else first + n for n in range(len(values))]
    writes = (Write("t", 0, value, offset) for value, offset in zip(values, offsets, strict=True))
    return Transaction(producer, outcome, tuple(writes))


def reading(*seen: tuple[int, str], is_complete: bool = True, reader: str = "r") -> Reading:
    return Reading(reader, tuple(Seen("t", 0, offset, value) for offset, value in seen), is_complete)


def kinds(*parts: Transaction | Reading) -> set[Kind]:
    history = History()
    for part in parts:
        if isinstance(part, Transaction):
            history.transactions.append(part)
        else:
            history.readings.append(part)
    return {anomaly.kind for anomaly in check(history)}


def test_a_history_as_it_should_be_has_no_anomalies() -> None:
    assert not kinds(
        transaction(COMMITTED, "a", "b"),
        transaction(ABORTED, "c", first=3),
        transaction(UNKNOWN, "d", "e", first=5),
        transaction(UNKNOWN, "f", first=None),
        reading((0, "a"), (1, "b"), (5, "d"), (6, "e")),
        reading((1, "b"), (5, "d"), is_complete=False, reader="late"),
    )


def test_a_committed_write_that_is_not_there_in_the_end_is_lost() -> None:
    assert kinds(transaction(COMMITTED, "a", first=None), reading()) == {Kind.LOST_WRITE}


def test_a_committed_write_that_a_reader_went_past_is_lost() -> None:
    written = transaction(COMMITTED, "a", "b", "c")
    whole = reading((0, "a"), (1, "b"), (2, "c"))
    gap = reading((0, "a"), (2, "c"), is_complete=False, reader="gap")
    assert kinds(written, whole, gap) == {Kind.LOST_WRITE}
    not_yet = reading((0, "a"), (1, "b"), is_complete=False, reader="slow")
    assert not kinds(written, whole, not_yet)


def test_an_aborted_write_that_somebody_sees_for_a_moment_is_found() -> None:
    glimpse = reading((0, "a"), is_complete=False)
    assert kinds(transaction(ABORTED, "a"), glimpse) == {Kind.ABORTED_READ}


def test_what_nobody_wrote_is_found_also_in_the_wrong_partition() -> None:
    assert kinds(reading((0, "a"))) == {Kind.UNWRITTEN}
    elsewhere = Reading("r", (Seen("t", 1, 0, "a"),))
    assert kinds(transaction(UNKNOWN, "a"), elsewhere) == {Kind.UNWRITTEN}


def test_one_write_at_two_offsets_is_a_duplicate() -> None:
    assert kinds(transaction(UNKNOWN, "a"), reading((0, "a"), (1, "a"))) == {Kind.DUPLICATE}


def test_two_values_at_one_offset_are_found() -> None:
    first, second = transaction(UNKNOWN, "a"), transaction(UNKNOWN, "b", first=None)
    readings = reading((0, "a"), is_complete=False), reading((0, "b"), is_complete=False, reader="other")
    assert kinds(first, second, *readings) == {Kind.TWO_VALUES}


def test_a_write_that_is_elsewhere_than_acknowledged_is_found() -> None:
    written = transaction(COMMITTED, "a"), transaction(UNKNOWN, "b", producer="q", first=None)
    assert kinds(*written, reading((0, "b"), (1, "a"))) == {Kind.TWO_VALUES}


def test_a_reader_whose_offsets_go_back_is_found() -> None:
    written = transaction(COMMITTED, "a", producer="p"), transaction(COMMITTED, "b", producer="q", first=1)
    assert kinds(*written, reading((1, "b"), (0, "a"))) == {Kind.OUT_OF_ORDER}
    assert kinds(*written, reading((0, "a"), (1, "b"), (1, "b"))) == {Kind.OUT_OF_ORDER}


@pytest.mark.parametrize("first", [None, 5])
def test_records_of_a_producer_that_changed_places_are_found(first: int | None) -> None:
    together = transaction(UNKNOWN, "a", "b", first=None)
    assert kinds(together, reading((0, "b"), (1, "a"))) == {Kind.OUT_OF_ORDER}
    apart = transaction(UNKNOWN, "a", first=first), transaction(UNKNOWN, "b", first=None)
    assert Kind.OUT_OF_ORDER in kinds(*apart, reading((0, "b"), (1, "a")))


@pytest.mark.parametrize("outcome", [COMMITTED, UNKNOWN])
def test_half_a_transaction_is_found(outcome: Outcome) -> None:
    assert Kind.TORN in kinds(transaction(outcome, "a", "b"), reading((0, "a")))
    assert not kinds(transaction(UNKNOWN, "a", "b"), reading())


def test_sources_that_are_copied_once_and_in_order_have_no_anomalies() -> None:
    assert check_copies({0: [3, 4], 1: []}, [Copied(0, 3), Copied(0, 4)]) == []


@pytest.mark.parametrize(
    ("copies", "kind"),
    [
        ([(0, 3)], Kind.LOST_WRITE),
        ([(0, 3), (0, 4), (0, 4)], Kind.DUPLICATE),
        ([(0, 4), (0, 3)], Kind.OUT_OF_ORDER),
        ([(0, 3), (0, 4), (0, 5)], Kind.UNWRITTEN),
        ([(0, 3), (0, 4), (7, 0)], Kind.UNWRITTEN),
    ],
)
def test_a_source_that_is_not_copied_once_and_in_order_is_found(
    copies: list[tuple[int, int]], kind: Kind
) -> None:
    assert {anomaly.kind for anomaly in check_copies({0: [3, 4]}, [Copied(*copy) for copy in copies])} == {
        kind
    }


def lines(*told: str) -> list[str]:
    return [line + "\n" for line in told]


def test_a_journal_tells_how_each_transaction_ended() -> None:
    first = [Journal.sends([("t", 0, "a")]), Journal.acknowledged([7]), Journal.commits()]
    second = [Journal.sends([("t", 0, "b")])]
    told = lines(*first, Journal.ended(COMMITTED), *second, Journal.ended(ABORTED))
    assert Journal.read("p", told) == [
        Transaction("p", COMMITTED, (Write("t", 0, "a", 7),)),
        Transaction("p", ABORTED, (Write("t", 0, "b"),)),
    ]


def test_a_journal_that_breaks_off_leaves_only_a_commit_that_was_asked_for_in_doubt() -> None:
    sent = [Journal.sends([("t", 0, "a")]), Journal.acknowledged([7])]
    assert Journal.read("p", lines(*sent))[0].outcome is ABORTED
    assert Journal.read("p", lines(*sent, Journal.commits()))[0].outcome is UNKNOWN
    assert Journal.read("p", [*lines(*sent), '{"comm'])[0].outcome is ABORTED
