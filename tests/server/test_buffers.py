"""A buffer is written again only when nobody looks at it any more."""

from kafkapy.server.buffers import ReadBuffers, is_unshared


def test_whether_a_buffer_is_held_is_seen_without_changing_it() -> None:
    buffer = bytearray(b"content")
    assert is_unshared(buffer)
    view = memoryview(buffer)[2:3]
    assert not is_unshared(buffer)
    view.release()
    assert is_unshared(buffer)
    assert buffer == b"content"


def test_the_shared_buffer_is_the_same_until_somebody_holds_a_part_of_it() -> None:
    buffers = ReadBuffers()
    first = buffers.shared()
    assert buffers.shared() is first
    held = memoryview(first)[:10]
    assert buffers.shared() is not first
    assert len(held) == 10
