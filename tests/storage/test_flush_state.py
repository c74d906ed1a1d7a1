"""The recovery point moves when everything below is on disk, names and small files included."""

import pytest

from kafkapy.storage.flush_state import FlushState
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.segment import Segment
from kafkapy.storage.segments import Segments

PATH = "/data/t-0"


@pytest.fixture
def segments(memory_files: MemoryFiles) -> Segments:
    """Two segments, at 0 and at 10, each with some bytes and an index entry that is not written yet."""
    memory_files.make_directory(PATH)
    segments = Segments()
    for base_offset in (0, 10):
        segment = Segment.create(memory_files, PATH, base_offset, 0)
        segment.log.append(b"some bytes")
        segment.offset_index.append(base_offset + 1, 0)
        segments.add(segment)
    return segments


def test_what_a_job_covered_survives_a_power_failure(memory_files: MemoryFiles, segments: Segments) -> None:
    state = FlushState(memory_files, PATH, 0)
    memory_files.write(f"{PATH}/leader-epoch-checkpoint", b"epochs", sync=False)
    state.small_file_written(f"{PATH}/leader-epoch-checkpoint")
    assert state.job(segments, 20)() == 20
    state.done(20)
    memory_files.crash()
    assert state.recovery_point == 20
    assert memory_files.read(f"{PATH}/leader-epoch-checkpoint") == b"epochs"
    assert (
        memory_files.read(f"{PATH}/{0:020d}.log")
        == memory_files.read(f"{PATH}/{10:020d}.log")
        == b"some bytes"
    )
    assert memory_files.size(f"{PATH}/{0:020d}.index") == 8


def test_a_job_up_to_the_active_segment_leaves_that_alone(
    memory_files: MemoryFiles, segments: Segments
) -> None:
    FlushState(memory_files, PATH, 0).job(segments, 10)()
    memory_files.crash()
    assert memory_files.read(f"{PATH}/{0:020d}.log") == b"some bytes"
    assert memory_files.read(f"{PATH}/{10:020d}.log") == b""


def test_the_active_segment_is_synced_with_its_indexes(memory_files: MemoryFiles, segments: Segments) -> None:
    FlushState(memory_files, PATH, 0).job(segments, 20)()
    memory_files.crash()
    assert memory_files.read(f"{PATH}/{10:020d}.log") == b"some bytes"
    assert memory_files.size(f"{PATH}/{10:020d}.index") == 8


@pytest.mark.parametrize("with_active", [False, True])
def test_the_active_segment_is_left_alone_if_its_batches_are_on_disk_unless_it_is_asked_for(
    memory_files: MemoryFiles, segments: Segments, with_active: bool
) -> None:
    state = FlushState(memory_files, PATH, 0)
    state.done(state.job(segments, 20)())
    segments.active.offset_index.append(15, 10)
    state.job(segments, 20, with_active=with_active)()
    memory_files.crash()
    assert memory_files.size(f"{PATH}/{10:020d}.index") == (16 if with_active else 8)


def test_names_and_small_files_are_synced_once(memory_files: MemoryFiles, segments: Segments) -> None:
    state = FlushState(memory_files, PATH, 0)
    state.small_file_written(f"{PATH}/leader-epoch-checkpoint")
    state.done(state.job(segments, 20)())
    before = memory_files.calls
    state.done(state.job(segments, 20)())
    assert memory_files.calls == before
    state.names_changed()
    state.job(segments, 20)()
    assert memory_files.calls == before + 1


def test_a_change_during_a_job_waits_for_the_next_one(memory_files: MemoryFiles, segments: Segments) -> None:
    state = FlushState(memory_files, PATH, 0)
    job = state.job(segments, 20)
    state.names_changed()
    state.done(job())
    before = memory_files.calls
    state.job(segments, 21)()
    assert memory_files.calls > before


def test_a_lowered_recovery_point_stays_down_until_a_new_job(
    memory_files: MemoryFiles, segments: Segments
) -> None:
    state = FlushState(memory_files, PATH, 0)
    late = state.job(segments, 20)
    state.done(state.job(segments, 15)())
    state.lower(12)
    state.done(late())
    assert state.recovery_point == 12
    state.done(state.job(segments, 18)())
    assert state.recovery_point == 18


def test_a_settled_log_has_nothing_to_sync(memory_files: MemoryFiles, segments: Segments) -> None:
    state = FlushState(memory_files, PATH, 20, is_settled=True)
    before = memory_files.calls
    assert state.job(segments, 20)() == 20
    assert memory_files.calls == before
