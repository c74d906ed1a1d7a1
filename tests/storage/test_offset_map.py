"""From keys to offsets, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from kafkapy.storage.offset_map import OffsetMap


@given(st.lists(st.tuples(st.binary(max_size=2), st.integers(0, 2**40)), max_size=200))
def test_it_is_a_dictionary(pairs: list[tuple[bytes, int]]) -> None:
    offsets = OffsetMap(1 << 16, 0.9, len(pairs))
    for key, offset in pairs:
        offsets.put(key, offset)
    expected = dict(pairs)
    assert {key: offsets.get(key) for key in expected} == expected
    assert offsets.size == len(expected)
    assert offsets.get(b"never seen") == -1


def test_it_is_full_at_its_load_factor() -> None:
    offsets = OffsetMap(24 * 1000, 0.5, 10**9)
    for number in range(500):
        assert not offsets.is_full
        offsets.put(b"%d" % number, number)
    assert offsets.is_full
    assert [offsets.get(b"%d" % number) for number in range(500)] == list(range(500))


def test_even_the_smallest_one_takes_a_key() -> None:
    offsets = OffsetMap(1, 0.01, 0)
    assert not offsets.is_full
    offsets.put(b"key", 7)
    assert (offsets.get(b"key"), offsets.get(b"other"), offsets.latest_offset) == (7, -1, 7)


def test_it_is_never_quite_full_so_that_a_search_ends() -> None:
    offsets = OffsetMap(24 * 100, 1.0, 10**9)
    number = 0
    while not offsets.is_full:
        offsets.put(b"%d" % number, number)
        number += 1
    assert offsets.get(b"not there") == -1
