"""Which snapshot files are kept."""

import pytest

from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.snapshots import Snapshots


@pytest.fixture
def snapshots(memory_files: MemoryFiles) -> Snapshots:
    """At 0, 10, 20, 30."""
    snapshots = Snapshots(memory_files, "/data", [])
    for offset in (30, 0, 20, 10):
        snapshots.write(offset, f"at {offset}".encode())
    return snapshots


def test_they_are_found_by_name_and_read(snapshots: Snapshots, memory_files: MemoryFiles) -> None:
    memory_files.write("/data/stray.snapshot", b"")
    found = Snapshots(memory_files, "/data", memory_files.list("/data"))
    assert found.offsets == [0, 10, 20, 30]
    assert found.read(20) == b"at 20"


def test_one_offset_has_one_snapshot(snapshots: Snapshots) -> None:
    snapshots.write(10, b"newer")
    assert snapshots.offsets == [0, 10, 20, 30]
    assert snapshots.read(10) == b"newer"


def test_those_at_or_below_the_start_and_above_the_end_go(
    snapshots: Snapshots, memory_files: MemoryFiles
) -> None:
    snapshots.remove_outside(10, 20)
    assert snapshots.offsets == [20]
    assert memory_files.list("/data") == ["00000000000000000020.snapshot"]


@pytest.mark.parametrize(
    ("bases", "kept"), [([0, 20], [0, 20, 30]), ([0, 30], [0, 30]), ([], [30]), ([0, 10, 40], [0, 10])]
)
def test_those_of_no_segment_go_but_the_newest_may_be_a_clean_stops(
    snapshots: Snapshots, bases: list[int], kept: list[int]
) -> None:
    snapshots.remove_strays(bases, -1)
    assert snapshots.offsets == kept


@pytest.mark.parametrize(("recovery_point", "kept"), [(9, [0, 30]), (10, [0, 10, 30]), (29, [0, 20, 30])])
def test_the_one_that_the_next_recovery_starts_from_stays(
    snapshots: Snapshots, recovery_point: int, kept: list[int]
) -> None:
    snapshots.remove_strays([0], recovery_point)
    assert snapshots.offsets == kept


def test_removing_one_that_is_not_there_is_harmless(snapshots: Snapshots) -> None:
    snapshots.remove(15)
    assert len(snapshots.offsets) == 4
