"""The compiled scan against the Python that it stands in for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkapy.protocol.errors import KafkaError
from kafkapy.records import scan
from kafkapy.records.record import scan_records
from kafkapy.records.scan import greatest_timestamp
from kafkapy.records.varint import varint
from tests.records.samples import NOW

pytestmark = pytest.mark.skipif(
    scan._compiled is None, reason="there was no C compiler when kafkapy was installed"
)

LEAST, MOST = -(2**63), 2**63 - 1
deltas = st.integers(-2, 300) | st.integers(-(2**31), 2**31 - 1) | st.integers(LEAST, MOST)
fields = st.none() | st.binary(max_size=150)
headers = st.lists(st.tuples(st.binary(max_size=5), fields), max_size=3).map(tuple)


def field(content: bytes | None) -> bytes:
    return varint(-1) if content is None else varint(len(content)) + content


def record(
    index: int,
    time: int = 0,
    key: bytes | None = b"k",
    value: bytes | None = b"v",
    headers: tuple[tuple[bytes, bytes | None], ...] = (),
) -> bytes:
    content = b"\x00" + varint(time) + varint(index) + field(key) + field(value) + varint(len(headers))
    content += b"".join(field(name) + field(header) for name, header in headers)
    return varint(len(content)) + content


def by_python(
    body: bytes, count: int, base_timestamp: int, oldest: int, newest: int, needs_keys: bool
) -> int | None:
    """What `greatest_timestamp` should say, by way of the Python that finds what is wrong."""
    try:
        records = list(scan_records(body, count, 0, base_timestamp, None))
    except KafkaError:
        return None
    for index, one in enumerate(records):
        in_time = one.timestamp == -1 or oldest <= one.timestamp <= newest
        if one.offset != index or not in_time or (needs_keys and one.key is None):
            return None
    return max([-1, *(one.timestamp for one in records)])


@st.composite
def bodies(draw: st.DrawFn) -> tuple[bytes, int]:
    """A records section and its count; mostly right, sometimes a little off, sometimes broken."""
    count = draw(st.integers(0, 5))
    made = [record(index, draw(deltas), draw(fields), draw(fields), draw(headers)) for index in range(count)]
    body = bytearray(b"".join(made))
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        if body:
            body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.sampled_from([0, 0, 0, 1, 5]))
    return bytes(body[: len(body) - cut]), count + draw(st.sampled_from([0, 0, 0, 1, -1]))


@given(
    bodies(),
    st.sampled_from([0, NOW, -1, MOST, LEAST]),
    st.sampled_from([(LEAST, MOST), (NOW - 100, NOW + 100), (NOW, NOW)]),
    st.booleans(),
)
def test_it_says_nothing_but_what_python_says(
    body: tuple[bytes, int], base_timestamp: int, times: tuple[int, int], needs_keys: bool
) -> None:
    records, count = body
    oldest, newest = times
    found = greatest_timestamp(
        records, count, base_timestamp, oldest=oldest, newest=newest, needs_keys=needs_keys
    )
    assert found in (None, by_python(records, count, base_timestamp, oldest, newest, needs_keys))


@given(
    st.lists(st.tuples(st.integers(-100, 100), fields, fields, headers), min_size=1, max_size=5),
    st.sampled_from([0, NOW]),
)
def test_it_leaves_nothing_that_is_well_to_python(
    content: list[tuple[int, bytes | None, bytes | None, tuple[tuple[bytes, bytes | None], ...]]],
    base_timestamp: int,
) -> None:
    body = b"".join(record(index, *one) for index, one in enumerate(content))
    times = {"oldest": base_timestamp - 100, "newest": base_timestamp + 100}
    found = greatest_timestamp(body, len(content), base_timestamp, needs_keys=False, **times)
    assert found == max([-1, *(base_timestamp + time for time, *_ in content)])


@pytest.mark.parametrize("few", [(), ((b"a", b"1"), (b"", None))])
@pytest.mark.parametrize("value", [None, b"", b"v" * 70_000])
def test_usual_records_are_well(value: bytes | None, few: tuple[tuple[bytes, bytes | None], ...]) -> None:
    body = b"".join(record(index, index % 7, b"k", value, few) for index in range(300))
    assert greatest_timestamp(body, 300, NOW, oldest=NOW, newest=NOW + 6, needs_keys=True) == NOW + 6


@pytest.mark.parametrize(
    "body",
    [
        record(1),
        record(0, key=None),
        record(0, time=-1),
        record(0, time=1),
        record(0)[:-1],
        record(0) + b"\x00",
        b"",
        b"\x01",
        b"\x00",
        b"\xff\xff\xff\xff\x0f",
        b"\xff\xff\xff\xff\xff\x00",
        b"\x10\x00\x00\x00\x02k\x02v\x02",
        b"\x10\x00\x00\x00\x02k\x04v\x00",
        b"\x14\x00\x00\x00\x02k\x02v\x02\x01\x00",
    ],
)
def test_whatever_is_not_is_left_to_python(body: bytes) -> None:
    assert greatest_timestamp(body, 1, NOW, oldest=NOW, newest=NOW, needs_keys=True) is None


def test_what_it_gets_is_checked() -> None:
    with pytest.raises(TypeError):
        greatest_timestamp("text", 1, NOW, oldest=0, newest=NOW, needs_keys=True)  # type: ignore[arg-type]
