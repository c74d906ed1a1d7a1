"""However the bytes arrive, the same frames come out, in buffers that are no larger than needed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkapy.server.buffers import KEPT_BYTES, KEPT_TOTAL_BYTES, ReadBuffers
from kafkapy.server.frames import READ_AHEAD_BYTES, FrameReader, InvalidFrameSize, response_frame
from tests.harness.edge import content, framed

MAX_BYTES = 1_000_000


def feed(reader: FrameReader, data: bytes, at_most: int | None = None) -> list[memoryview]:
    """Let `data` arrive as a socket would deliver it: as much at a time as there is room for."""
    frames = []
    while data:
        room = reader.writable(at_most)
        count = min(len(room), len(data))
        assert count > 0
        with memoryview(room) as view:
            view[:count] = data[:count]
        del room
        reader.received(count)
        data = data[count:]
        while (frame := reader.next_frame()) is not None:
            frames.append(frame)
        reader.settle()
    return frames


@settings(max_examples=200, deadline=None)
@given(
    sizes=st.lists(st.one_of(st.integers(0, 300), st.integers(0, 400_000)), max_size=8),
    cuts=st.lists(st.integers(1, 300_000), max_size=20),
    keep=st.booleans(),
)
def test_frames_do_not_depend_on_how_the_bytes_arrive(sizes: list[int], cuts: list[int], keep: bool) -> None:
    buffers = ReadBuffers()
    reader, other = FrameReader(buffers, MAX_BYTES), FrameReader(buffers, MAX_BYTES)
    bodies = [bytes([number]) + content(size) for number, size in enumerate(sizes)]
    data = b"".join(map(framed, bodies))
    seen: list[bytes | memoryview] = []
    for cut in [*cuts, len(data) + 1]:
        frames = feed(reader, data[:cut])
        data = data[cut:]
        seen += frames if keep else map(bytes, frames)
        del frames
        feed(other, framed(b"noise" * 1000))
    assert [bytes(frame) for frame in seen] == bodies
    assert reader.unread_bytes == 0
    seen.clear()
    reader.release()
    other.release()
    assert buffers.private_bytes == 0


def test_a_frame_that_is_held_is_never_overwritten() -> None:
    buffers = ReadBuffers()
    reader = FrameReader(buffers, MAX_BYTES)
    bodies = [content(size) for size in (10, 300_000, 300_000, 5, 250_000)]
    held = [frame for body in bodies for frame in feed(reader, framed(body))]
    assert [bytes(frame) for frame in held] == bodies


def test_whole_frames_need_no_buffer_of_their_own() -> None:
    buffers = ReadBuffers()
    reader = FrameReader(buffers, MAX_BYTES)
    feed(reader, framed(b"one") + framed(b"two"))
    assert buffers.private_bytes == 0


def test_a_buffer_grows_with_what_arrived_and_not_with_what_was_announced() -> None:
    buffers = ReadBuffers()
    reader = FrameReader(buffers, 2**31 - 1)
    feed(reader, (2**31 - 1).to_bytes(4) + b"x")
    assert buffers.private_bytes == 4096
    feed(reader, bytes(100_000))
    assert buffers.private_bytes <= 2 * 100_005 + 4096


def test_a_very_large_frame_is_not_moved_again_once_a_part_of_it_is_here() -> None:
    reader = FrameReader(ReadBuffers(), 10 * KEPT_BYTES)
    frame = framed(content(3 * KEPT_BYTES))
    feed(reader, frame[: 2 * READ_AHEAD_BYTES])
    assert len(reader.writable()) == len(frame) - 2 * READ_AHEAD_BYTES
    first, second = feed(reader, frame[2 * READ_AHEAD_BYTES :] + frame)
    assert first == second == frame[4:]


def test_the_last_piece_of_a_frame_gets_exactly_the_room_it_needs() -> None:
    buffers = ReadBuffers()
    reader = FrameReader(buffers, MAX_BYTES)
    feed(reader, framed(bytes(700_000))[:-1])
    assert buffers.private_bytes == 700_004


def test_how_much_is_read_can_be_bounded() -> None:
    reader = FrameReader(ReadBuffers(), MAX_BYTES)
    assert len(reader.writable(100)) == 100
    feed(reader, framed(b"whole")[:-1])
    assert len(reader.writable(100)) == 100


def test_a_busy_connection_keeps_its_buffer_until_it_is_released() -> None:
    buffers = ReadBuffers()
    reader = FrameReader(buffers, MAX_BYTES)
    feed(reader, framed(bytes(500_000)))
    assert buffers.private_bytes == 500_004
    reader.release()
    assert buffers.private_bytes == 0


def test_a_connection_that_fills_its_buffer_reads_several_frames_at_once() -> None:
    reader = FrameReader(ReadBuffers(), MAX_BYTES)
    frame = framed(content(100_000))
    feed(reader, frame[:60_000])
    feed(reader, frame[60_000:])
    feed(reader, frame)
    assert len(reader.writable()) >= 2 * len(frame)
    for _ in range(20):
        feed(reader, frame * 5)
    assert len(reader.writable()) <= READ_AHEAD_BYTES


@pytest.mark.parametrize("size", [KEPT_BYTES, 3 * KEPT_BYTES])
def test_a_very_large_buffer_is_not_kept(size: int) -> None:
    buffers = ReadBuffers()
    feed(FrameReader(buffers, 10 * KEPT_BYTES), framed(bytes(size)))
    assert buffers.private_bytes == 0


def test_all_connections_together_keep_no_more_than_a_limit() -> None:
    buffers = ReadBuffers()
    readers = [FrameReader(buffers, MAX_BYTES) for _ in range(50)]
    for reader in readers:
        feed(reader, framed(bytes(MAX_BYTES)))
    assert KEPT_TOTAL_BYTES - MAX_BYTES <= buffers.private_bytes <= KEPT_TOTAL_BYTES


@pytest.mark.parametrize("size", [-1, -(2**31), MAX_BYTES + 1, 2**31 - 1])
def test_an_impossible_size_is_refused_before_its_bytes_are_read(size: int) -> None:
    reader = FrameReader(ReadBuffers(), MAX_BYTES)
    with pytest.raises(InvalidFrameSize, match=f"a frame of {size} bytes; allowed are 0 to {MAX_BYTES}"):
        feed(reader, size.to_bytes(4, signed=True))


@pytest.mark.parametrize(
    ("sent", "name"), [(b"GET / HTTP/1.1\r\n", "HTTP"), (b"\x16\x03\x01\x02\x00\x01", "TLS")]
)
def test_another_protocol_is_named(sent: bytes, name: str) -> None:
    with pytest.raises(InvalidFrameSize, match=f"bytes, which looks like {name}; allowed are 0 to"):
        feed(FrameReader(ReadBuffers(), 100_000_000), sent)


def test_a_small_response_is_one_piece() -> None:
    assert response_frame([b"head", memoryview(b"body")]) == framed(b"headbody")


def test_large_chunks_of_a_response_are_not_copied() -> None:
    large = memoryview(bytes(100_000))
    frame = response_frame([b"head", b"small", large, b"between", large, b"end"])
    assert isinstance(frame, list)
    assert [len(piece) for piece in frame] == [13, 100_000, 7, 100_000, 3]
    assert frame[1] is large
    assert b"".join(frame) == framed(b"headsmall" + large + b"between" + large + b"end")
