"""Counting what members subscribe to."""

from kafkapy.coordinator.group.consumer.profile import Profile
from kafkapy.coordinator.group.consumer.subscriptions import Subscriptions

FIRST = Profile("a", names=("one", "two"), regex="o.*")
SECOND = Profile("b", names=("two",))


def test_what_nobody_subscribes_to_any_more_is_gone() -> None:
    subscriptions = Subscriptions()
    subscriptions.replace(None, FIRST)
    subscriptions.replace(None, SECOND)
    assert subscriptions.names == {"one": 1, "two": 2}
    assert subscriptions.patterns == {"o.*": 1}
    subscriptions.replace(FIRST, None)
    assert dict(subscriptions.names) == {"two": 1}
    assert dict(subscriptions.patterns) == {}


def test_a_member_that_says_something_else_counts_once() -> None:
    subscriptions = Subscriptions()
    subscriptions.replace(None, FIRST)
    subscriptions.replace(FIRST, SECOND)
    assert dict(subscriptions.names) == {"two": 1}


def test_a_copy_goes_its_own_way() -> None:
    subscriptions = Subscriptions()
    subscriptions.replace(None, FIRST)
    copy = subscriptions.copy()
    copy.replace(FIRST, None)
    assert subscriptions.names["one"] == 1
    assert not copy.names
