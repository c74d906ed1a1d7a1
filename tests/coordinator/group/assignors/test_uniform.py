"""The uniform assignor: even, complete, and as it was where that is possible."""

from hypothesis import given
from hypothesis import strategies as st

from kafkapy.coordinator.group.assignors.range import assign as assign_ranges
from kafkapy.coordinator.group.assignors.spec import Assignment, Assignor, MemberSpec
from kafkapy.coordinator.group.assignors.uniform import assign

A, B, C = b"A", b"B", b"C"
COUNTS = st.fixed_dictionaries({A: st.integers(1, 9), B: st.integers(1, 9), C: st.integers(1, 9)})
WANTS = st.dictionaries(st.sampled_from("abcdef"), st.frozensets(st.sampled_from([A, B, C])), min_size=1)


def of(shares: dict[str, Assignment]) -> dict[str, set[tuple[bytes, int]]]:
    return {
        name: {(topic, partition) for topic, held in share.items() for partition in held}
        for name, share in shares.items()
    }


def run(
    wants: dict[str, frozenset[bytes]],
    counts: dict[bytes, int],
    before: dict[str, Assignment] | None = None,
    assignor: Assignor = assign,
) -> dict[str, Assignment]:
    wanted = {topic for topics in wants.values() for topic in topics}
    specs = {name: MemberSpec(None, topics, (before or {}).get(name, {})) for name, topics in wants.items()}
    return assignor(specs, {topic: count for topic, count in counts.items() if topic in wanted})


@given(WANTS, COUNTS, st.sampled_from([assign, assign_ranges]))
def test_everything_wanted_has_one_owner_who_wants_it(
    wants: dict[str, frozenset[bytes]], counts: dict[bytes, int], assignor: Assignor
) -> None:
    shares = of(run(wants, counts, assignor=assignor))
    every = sorted(partition for share in shares.values() for partition in share)
    wanted = {topic for topics in wants.values() for topic in topics}
    assert every == sorted((topic, index) for topic in wanted for index in range(counts[topic]))
    assert all(topic in wants[name] for name, share in shares.items() for topic, _ in share)


@given(st.integers(1, 6), COUNTS)
def test_members_that_want_the_same_get_the_same_number(members: int, counts: dict[bytes, int]) -> None:
    wants = dict.fromkeys("abcdef"[:members], frozenset({A, B, C}))
    sizes = [len(share) for share in of(run(wants, counts)).values()]
    assert max(sizes) - min(sizes) <= 1


@given(WANTS, COUNTS)
def test_nothing_moves_without_a_reason(wants: dict[str, frozenset[bytes]], counts: dict[bytes, int]) -> None:
    first = run(wants, counts)
    assert run(wants, counts, first) == first


@given(st.integers(2, 6), COUNTS)
def test_when_a_member_comes_the_others_only_give(members: int, counts: dict[bytes, int]) -> None:
    names = "abcdef"[:members]
    before = run(dict.fromkeys(names[:-1], frozenset({A, B, C})), counts)
    after = run(dict.fromkeys(names, frozenset({A, B, C})), counts, before)
    assert all(of(after)[name] <= of(before)[name] for name in names[:-1])


@given(st.integers(2, 6), COUNTS)
def test_when_a_member_goes_the_others_keep_what_they_have(members: int, counts: dict[bytes, int]) -> None:
    names = "abcdef"[:members]
    before = run(dict.fromkeys(names, frozenset({A, B, C})), counts)
    after = run(dict.fromkeys(names[1:], frozenset({A, B, C})), counts, before)
    assert all(of(after)[name] >= of(before)[name] for name in names[1:])


def test_different_wishes_are_balanced_where_they_overlap() -> None:
    before = {"a": {A: frozenset(range(6))}}
    shares = of(run({"a": frozenset({A}), "b": frozenset({A, B})}, {A: 6, B: 2}, before))
    assert {name: len(share) for name, share in shares.items()} == {"a": 4, "b": 4}
    assert shares["a"] <= {(A, index) for index in range(6)}
