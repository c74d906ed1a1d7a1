"""Files that wait for their removal."""

from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.removals import Removals


def test_files_and_directories_go_when_they_are_due(memory_files: MemoryFiles) -> None:
    memory_files.write("/data/a.deleted", b"x")
    memory_files.make_directory("/data/t-0.x-delete")
    memory_files.write("/data/t-0.x-delete/b", b"x")
    memory_files.write("/data/c.deleted", b"x")
    removals = Removals(memory_files)
    assert (removals.next_ms, removals.job(10_000)) == (None, None)
    removals.add(["/data/a.deleted", "/data/t-0.x-delete"], 100)
    removals.add(["/data/c.deleted", "/data/never-there"], 50)
    assert removals.next_ms == 50
    assert removals.job(49) is None
    job = removals.job(99)
    assert job is not None
    assert memory_files.list("/data") == ["a.deleted", "c.deleted", "t-0.x-delete"]
    job()
    assert memory_files.list("/data") == ["a.deleted", "t-0.x-delete"]
    assert removals.next_ms == 100
    last = removals.job(100)
    assert last is not None
    last()
    assert memory_files.list("/data") == []
    assert removals.next_ms is None
