"""The way of one member to its target, in every situation there is with three partitions."""

from itertools import chain, combinations, product

import pytest

from kafkapy.coordinator.group.consumer.reconcile import Holding, MemberState, Reconciliation
from kafkapy.protocol.errors import KafkaError

TOPIC = b"topic"
SUBSETS = [frozenset(c) for c in chain.from_iterable(combinations(range(3), n) for n in range(4))]
TARGET_EPOCH = 7


def held(partitions: frozenset[int], since: int = 5) -> dict[bytes, dict[int, int]]:
    return {TOPIC: dict.fromkeys(partitions, since)} if partitions else {}


def to(
    target: frozenset[int],
    *,
    owned: frozenset[int] | None,
    taken: frozenset[int] = frozenset(),
    subscribed: bool = True,
    epoch: int = TARGET_EPOCH,
) -> Reconciliation:
    return Reconciliation(
        epoch,
        {TOPIC: target},
        {TOPIC} if subscribed else set(),
        None if owned is None else {TOPIC: owned},
        lambda _, partition: partition not in taken,
    )


def have(holding: Holding) -> frozenset[int]:
    return frozenset(chain.from_iterable(holding.assigned.values()))


def pending(holding: Holding) -> frozenset[int]:
    return frozenset(chain.from_iterable(holding.pending.values()))


@pytest.mark.parametrize("has", SUBSETS)
def test_from_any_holding_to_any_target(has: frozenset[int]) -> None:
    for target, owned, taken in product(SUBSETS, [None, *SUBSETS], SUBSETS):
        others = taken - has
        before = Holding(6, 5, MemberState.STABLE, held(has))
        after = to(target, owned=owned, taken=others).step(before)
        lost = has - target
        still_reads = lost if owned is None else lost & owned
        assert not have(after) & others, "nothing is taken that another has"
        assert have(after) <= target, "what it shall not have it is not told to have"
        if still_reads:
            assert (after.state, after.epoch) == (MemberState.UNREVOKED_PARTITIONS, 6)
            assert (have(after), pending(after)) == (has & target, lost)
        else:
            wanted = target - others
            complete = wanted == target
            assert have(after) == wanted
            assert not pending(after)
            assert after.epoch == TARGET_EPOCH
            assert after.state is (MemberState.STABLE if complete else MemberState.UNRELEASED_PARTITIONS)
        assert after.previous_epoch == 6


def test_a_member_at_its_target_stays_as_it_is() -> None:
    holding = Holding(TARGET_EPOCH, 6, MemberState.STABLE, held(frozenset({1})))
    assert to(frozenset({1, 2}), owned=None).step(holding) is holding


@pytest.mark.parametrize("owned", [None, frozenset({2}), frozenset({0, 2})])
def test_what_has_not_been_given_up_is_waited_for(owned: frozenset[int] | None) -> None:
    holding = Holding(4, 3, MemberState.UNREVOKED_PARTITIONS, held(frozenset({0})), held(frozenset({2})))
    assert to(frozenset({0, 1}), owned=owned).step(holding) is holding


def test_after_giving_up_it_moves_on_and_gets_what_is_free() -> None:
    holding = Holding(4, 3, MemberState.UNREVOKED_PARTITIONS, held(frozenset({0})), held(frozenset({2})))
    after = to(frozenset({0, 1}), owned=frozenset({0})).step(holding)
    assert (after.epoch, after.state, have(after)) == (7, MemberState.STABLE, {0, 1})


def test_a_target_that_moved_meanwhile_takes_one_epoch_at_a_time_while_there_is_more_to_give_up() -> None:
    holding = Holding(4, 3, MemberState.UNREVOKED_PARTITIONS, held(frozenset({0, 1})), held(frozenset({2})))
    after = to(frozenset({1}), owned=frozenset({0, 1})).step(holding)
    assert (after.epoch, after.state) == (5, MemberState.UNREVOKED_PARTITIONS)
    assert (have(after), pending(after)) == ({1}, {0})


def test_what_others_still_have_is_waited_for_and_then_taken() -> None:
    waiting = to(frozenset({0, 1}), owned=frozenset(), taken=frozenset({1})).step(Holding(0, 0))
    assert (waiting.state, have(waiting)) == (MemberState.UNRELEASED_PARTITIONS, {0})
    done = to(frozenset({0, 1}), owned=frozenset({0})).step(waiting)
    assert (done.state, have(done)) == (MemberState.STABLE, {0, 1})


def test_a_partition_keeps_the_epoch_since_which_it_was_assigned() -> None:
    holding = Holding(6, 5, MemberState.STABLE, held(frozenset({0}), since=3))
    after = to(frozenset({0, 1}), owned=frozenset({0})).step(holding)
    assert after.assigned == {TOPIC: {0: 3, 1: TARGET_EPOCH}}


def test_what_is_no_longer_subscribed_is_given_up_at_once_and_at_the_same_epoch() -> None:
    holding = Holding(TARGET_EPOCH, 6, MemberState.STABLE, held(frozenset({0, 1})))
    way = to(frozenset({0, 1}), owned=None, subscribed=False)
    after = way.step(holding, subscription_changed=True)
    assert (after.epoch, after.state) == (TARGET_EPOCH, MemberState.UNREVOKED_PARTITIONS)
    assert (have(after), pending(after)) == (frozenset(), {0, 1})


def test_what_the_client_has_dropped_with_its_subscription_needs_no_waiting() -> None:
    holding = Holding(TARGET_EPOCH, 6, MemberState.STABLE, held(frozenset({0, 1})))
    way = to(frozenset({0, 1}), owned=frozenset(), subscribed=False)
    after = way.step(holding, subscription_changed=True)
    assert (after.state, have(after), pending(after)) == (MemberState.STABLE, frozenset(), frozenset())


def test_a_state_of_a_newer_broker_is_left_only_by_a_member_that_owns_nothing() -> None:
    holding = Holding(4, 3, MemberState.UNKNOWN, held(frozenset({0})))
    with pytest.raises(KafkaError, match="unknown state"):
        to(frozenset({0}), owned=frozenset({0})).step(holding)
    assert to(frozenset({0}), owned=frozenset()).step(holding).state is MemberState.STABLE
