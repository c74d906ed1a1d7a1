"""The range assignor."""

from kafkapy.coordinator.group.assignors.range import assign
from kafkapy.coordinator.group.assignors.spec import Assignment, MemberSpec

A, B = b"A", b"B"


def member(*topics: bytes, instance: str | None = None) -> MemberSpec:
    return MemberSpec(instance, frozenset(topics), {})


def ranges(first: int, last: int, *topics: bytes) -> Assignment:
    return {topic: frozenset(range(first, last + 1)) for topic in topics}


def test_the_first_members_get_the_remainder() -> None:
    assert assign({"b": member(A), "a": member(A), "c": member(A)}, {A: 8}) == {
        "a": ranges(0, 2, A),
        "b": ranges(3, 5, A),
        "c": ranges(6, 7, A),
    }


def test_topics_of_the_same_size_are_split_alike() -> None:
    shares = assign({"a": member(A, B), "b": member(A, B)}, {A: 4, B: 4})
    assert shares == {"a": ranges(0, 1, A, B), "b": ranges(2, 3, A, B)}


def test_static_members_come_first_by_their_instance() -> None:
    members = {"a": member(A), "z": member(A, instance="1"), "y": member(A, instance="2")}
    assert assign(members, {A: 3}) == {"z": ranges(0, 0, A), "y": ranges(1, 1, A), "a": ranges(2, 2, A)}


def test_who_does_not_want_a_topic_gets_nothing_of_it() -> None:
    shares = assign({"a": member(A), "b": member(A, B), "c": member()}, {A: 2, B: 2})
    assert shares == {"a": ranges(0, 0, A), "b": {**ranges(1, 1, A), **ranges(0, 1, B)}, "c": {}}


def test_more_members_than_partitions() -> None:
    assert assign({"a": member(A), "b": member(A)}, {A: 1}) == {"a": ranges(0, 0, A), "b": {}}
