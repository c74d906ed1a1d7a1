"""Producer state as a whole: transactions, snapshots, replay; and the sequence rules against a model."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import iterate_headers
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.producer_append import DuplicateBatch
from kafkapy.storage.producer_snapshot import decode_snapshot
from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.transaction_index import ENTRY, VERSION
from tests.storage.producers import GOLDEN, NOW, Partition, header_of

DAY = 24 * 3_600_000


@pytest.fixture
def partition() -> Partition:
    return Partition()


def test_kafkas_log_is_replayed_to_kafkas_snapshot_and_transaction_index() -> None:
    log = (GOLDEN / "producers.log").read_bytes()
    states = ProducerStates("plain-0")
    aborted = []
    for position, header in iterate_headers(log):
        aborted += states.replay(header, memoryview(log)[position : position + header.size_bytes])
    content = (GOLDEN / "producers.snapshot").read_bytes()
    theirs = {entry.producer_id: entry for entry in decode_snapshot(content)}
    ours = {entry.producer_id: entry for entry in decode_snapshot(states.encode_snapshot())}
    assert ours == theirs
    index = (GOLDEN / "producers.txnindex").read_bytes()
    assert b"".join(ENTRY.pack(VERSION, *entry) for entry in aborted) == index
    states.high_watermark_advanced(43)
    assert states.first_unstable_offset == theirs[10].transaction_first_offset == 32


def test_readers_stop_at_the_earliest_open_transaction(partition: Partition) -> None:
    partition.produce(9, 0, 0, 5)
    assert partition.states.first_unstable_offset is None
    for producer in (1, 2):
        partition.produce(producer, 0, 0, 2, transactional=True)
    partition.produce(1, 0, 2, transactional=True)
    assert partition.states.first_unstable_offset == 5


def test_an_ended_transaction_is_unstable_until_the_high_watermark_passes_its_marker(
    partition: Partition,
) -> None:
    partition.produce(1, 0, 0, 2, transactional=True)
    assert partition.end_transaction(1, 0, committed=True) == 2
    assert partition.states.first_unstable_offset == 0
    partition.states.high_watermark_advanced(2)
    assert partition.states.first_unstable_offset == 0
    partition.states.high_watermark_advanced(3)
    assert partition.states.first_unstable_offset is None


def test_a_later_transaction_takes_over_when_the_first_is_stable(partition: Partition) -> None:
    partition.produce(1, 0, 0, transactional=True)
    partition.produce(2, 0, 0, transactional=True)
    partition.end_transaction(2, 0, committed=True)
    partition.end_transaction(1, 0, committed=True)
    partition.produce(2, 0, 1, transactional=True)
    assert partition.states.first_unstable_offset == 0
    partition.states.high_watermark_advanced(4)
    assert partition.states.first_unstable_offset == 4


def test_aborted_transactions_are_told_with_the_stable_offset_of_that_moment(partition: Partition) -> None:
    partition.produce(1, 0, 0, 3, transactional=True)
    partition.produce(2, 0, 0, transactional=True)
    partition.produce(3, 0, 0, transactional=True)
    partition.end_transaction(1, 0, committed=False)
    partition.end_transaction(3, 0, committed=True)
    partition.end_transaction(2, 0, committed=False)
    partition.end_transaction(2, 0, committed=False)
    assert partition.aborted == [(1, 0, 5, 3), (2, 3, 7, 8)]


def test_moving_the_log_start_makes_what_lies_below_stable(partition: Partition) -> None:
    partition.produce(1, 0, 0, transactional=True)
    partition.end_transaction(1, 0, committed=False)
    partition.states.log_start_advanced(2)
    assert partition.states.first_unstable_offset is None


def test_silent_producers_are_forgotten_and_may_come_back_anywhere(partition: Partition) -> None:
    partition.produce(1, 0, 0)
    partition.produce(2, 0, 0, timestamp=NOW + 1)
    partition.produce(3, 0, 0, transactional=True)
    partition.states.expire(NOW + DAY, DAY)
    assert sorted(partition.states.producers) == [2, 3]
    assert partition.produce(1, 0, 99) == 3


def test_a_snapshot_brings_back_producers_and_open_transactions(partition: Partition) -> None:
    partition.produce(1, 0, 0, 2)
    partition.produce(3, 1, 0, transactional=True)
    partition.produce(2, 1, 0, transactional=True)
    loaded = Partition()
    loaded.states.load_snapshot(partition.states.encode_snapshot(), NOW, DAY)
    loaded.end = partition.end
    assert loaded.states.first_unstable_offset == 2
    assert loaded.produce(1, 0, 0, 2) == DuplicateBatch(0, 1, NOW)
    assert loaded.produce(1, 0, 2) == 4
    loaded.end_transaction(3, 1, committed=False)
    loaded.states.high_watermark_advanced(6)
    assert loaded.states.first_unstable_offset == 3
    assert loaded.aborted == [(3, 2, 5, 3)]


def test_open_transactions_of_a_snapshot_are_put_in_order() -> None:
    partition = Partition()
    partition.produce(5, 0, 0)
    partition.produce(1, 0, 0, transactional=True)
    partition.produce(5, 0, 1, transactional=True)
    loaded = ProducerStates("t-0")
    loaded.load_snapshot(partition.states.encode_snapshot(), NOW, DAY)
    assert loaded.first_unstable_offset == 1


def test_expired_producers_of_a_snapshot_are_left_out(partition: Partition) -> None:
    partition.produce(1, 0, 0)
    partition.produce(2, 0, 0, transactional=True)
    loaded = ProducerStates("t-0")
    loaded.load_snapshot(partition.states.encode_snapshot(), NOW + DAY, DAY)
    assert list(loaded.producers) == [2]


def test_a_damaged_snapshot_changes_nothing(partition: Partition) -> None:
    partition.produce(1, 0, 0, transactional=True)
    before = partition.states.encode_snapshot()
    with pytest.raises(ValueError, match="corrupt"):
        partition.states.load_snapshot(before[:-1], NOW, DAY)
    assert partition.states.encode_snapshot() == before
    assert partition.states.first_unstable_offset == 0


def test_clearing_forgets_everything(partition: Partition) -> None:
    assert partition.states.is_empty
    partition.produce(1, 0, 0, transactional=True)
    assert not partition.states.is_empty
    partition.states.clear()
    assert partition.states.is_empty
    assert partition.states.first_unstable_offset is None
    assert partition.produce(1, 0, 77) == 1


def test_replay_refuses_nothing_and_ignores_batches_without_producer(partition: Partition) -> None:
    for header in (header_of(1, 5, 0), header_of(1, 5, 99), header_of(1, 3, 7), header_of(-1, -1, -1)):
        assert list(partition.states.replay(header, memoryview(b""))) == []
    entry = partition.states.producers[1]
    assert (entry.epoch, entry.last_sequence) == (3, 7)
    assert list(partition.states.producers) == [1]


@pytest.mark.parametrize("origin", [AppendOrigin.REPLICATION, AppendOrigin.RAFT_LEADER])
def test_what_a_leader_has_let_through_is_not_refused(partition: Partition, origin: AppendOrigin) -> None:
    for epoch, sequence in ((5, 0), (5, 99), (5, 99), (3, 7)):
        partition.produce(1, epoch, sequence, origin=origin)
    assert partition.end == 4
    assert partition.states.producers[1].last_sequence == 7


actions = st.lists(
    st.tuples(
        st.sampled_from(["plain", "transactional", "commit", "abort"]), st.integers(1, 3), st.integers(0, 1)
    ),
    max_size=40,
)


@given(actions, st.integers(0, 40))
def test_replaying_a_log_from_any_snapshot_rebuilds_the_state(
    plan: list[tuple[str, int, int]], snapshot_at: int
) -> None:
    partition, sequences = Partition(), dict.fromkeys((1, 2, 3), (0, 0))
    snapshot, replayed_from, aborted_before = partition.states.encode_snapshot(), 0, 0
    for step, (action, producer, bump) in enumerate(plan):
        if step == snapshot_at:
            snapshot, replayed_from = partition.states.encode_snapshot(), len(partition.appended)
            aborted_before = len(partition.aborted)
        epoch, sequence = sequences[producer]
        epoch, sequence = epoch + bump, 0 if bump else sequence
        try:
            if action in ("commit", "abort"):
                partition.end_transaction(producer, epoch, committed=action == "commit")
            else:
                partition.produce(producer, epoch, sequence, transactional=action == "transactional")
                sequence += 1
        except KafkaError:
            continue
        sequences[producer] = (epoch, sequence)
    rebuilt = ProducerStates("t-0")
    rebuilt.load_snapshot(snapshot, NOW, DAY)
    aborted = [found for batch in partition.appended[replayed_from:] for found in rebuilt.replay(*batch)]
    for states in (partition.states, rebuilt):
        states.high_watermark_advanced(partition.end)
    assert sorted(map(str, decode_snapshot(rebuilt.encode_snapshot()))) == sorted(
        map(str, decode_snapshot(partition.states.encode_snapshot()))
    )
    assert rebuilt.first_unstable_offset == partition.states.first_unstable_offset
    assert aborted == partition.aborted[aborted_before:]


class Model:
    """The rules of one producer: every batch that is in the log, as (epoch, first, last, base offset)."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, int, int, int]] = []

    def expect(self, epoch: int, first: int, last: int) -> int | str:
        newest = max((batch[0] for batch in self.batches), default=None)
        current = [batch for batch in self.batches if batch[0] == newest]
        if epoch == newest:
            for known in current[-5:]:
                if known[1:3] == (first, last):
                    return known[3]
        if newest is None:
            return "accepted"
        if epoch < newest:
            return "INVALID_PRODUCER_EPOCH"
        wanted = 0 if epoch > newest else (current[-1][2] + 1) % 2**31
        return "accepted" if first == wanted else "OUT_OF_ORDER_SEQUENCE_NUMBER"


steps = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([-6, -5, -2, -1, 0, 0, 0, 0, 1]), st.integers(1, 3)),
    max_size=40,
)


@settings(max_examples=300)
@given(steps, st.sampled_from([0, 7, 2**31 - 3]))
def test_sequences_follow_the_model(plan: list[tuple[int, int, int]], start: int) -> None:
    """Each step sends a batch of `count` records some places before or after the one that is due."""
    partition, model = Partition(), Model()
    epoch, due = 0, start
    for bump, shift, count in plan:
        sent_epoch = epoch + (1 if bump == 2 else 0)
        first = (due + shift) % 2**31 if sent_epoch == epoch else max(shift, 0)
        expected = model.expect(sent_epoch, first, (first + count - 1) % 2**31)
        assert answer_of(partition, sent_epoch, first, count) == expected
        if expected == "accepted":
            model.batches.append((sent_epoch, first, (first + count - 1) % 2**31, partition.end - count))
            epoch, due = sent_epoch, (first + count) % 2**31


def answer_of(partition: Partition, epoch: int, first: int, count: int) -> int | str:
    try:
        answer = partition.produce(1, epoch, first, count)
    except KafkaError as refusal:
        return refusal.code.name
    return answer.first_offset if isinstance(answer, DuplicateBatch) else "accepted"
