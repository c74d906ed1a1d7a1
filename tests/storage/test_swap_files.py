"""What an interrupted deletion or compaction left is finished or undone."""

from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.names import file_name
from kafkapy.storage.swap_files import finish_interrupted_changes


def put(files: MemoryFiles, *names: str) -> None:
    for name in names:
        files.write(f"/data/{name}", b"x")


def put_log(files: MemoryFiles, base_offset: int, end_offset: int, suffix: str = "") -> str:
    records = [NewRecord(None, b"v", 0)] * (end_offset - base_offset)
    name = file_name(base_offset, f".log{suffix}")
    files.write(f"/data/{name}", build_batch(records, base_offset=base_offset))
    return name


def test_what_is_sound_stays(memory_files: MemoryFiles) -> None:
    names = [
        "00000000000000000000.log",
        "00000000000000000000.index",
        "leader-epoch-checkpoint",
        "quorum-state",
    ]
    put(memory_files, *names)
    assert finish_interrupted_changes(memory_files, "/data") == sorted(names)


def test_deleted_and_temporary_files_go(memory_files: MemoryFiles) -> None:
    kept = "00000000000000000009-0000000001.checkpoint.deleted"
    put(
        memory_files,
        "00000000000000000000.log.deleted",
        "00000000000000000000.index.deleted",
        "leader-epoch-checkpoint.tmp",
        kept,
    )
    assert finish_interrupted_changes(memory_files, "/data") == [kept]


def test_an_incomplete_compaction_is_undone(memory_files: MemoryFiles) -> None:
    put_log(memory_files, 0, 5)
    put_log(memory_files, 5, 9)
    put_log(memory_files, 0, 9, ".cleaned")
    put_log(memory_files, 5, 9, ".swap")
    put(memory_files, "00000000000000000000.index.cleaned")
    assert finish_interrupted_changes(memory_files, "/data") == [file_name(0, ".log"), file_name(5, ".log")]


def test_a_complete_compaction_replaces_the_segments_it_covers(memory_files: MemoryFiles) -> None:
    for base, end in ((0, 5), (5, 9), (9, 12)):
        put_log(memory_files, base, end)
        put(memory_files, file_name(base, ".index"), file_name(base, ".snapshot"))
    compacted = put_log(memory_files, 0, 9, ".swap")
    content = memory_files.read(f"/data/{compacted}")
    put(memory_files, "00000000000000000000.index.swap")
    assert finish_interrupted_changes(memory_files, "/data") == [
        "00000000000000000000.index",
        "00000000000000000000.log",
        "00000000000000000009.index",
        "00000000000000000009.log",
        "00000000000000000009.snapshot",
    ]
    assert memory_files.read("/data/00000000000000000000.log") == content


def test_a_compaction_that_had_replaced_the_log_file_gets_its_other_files(memory_files: MemoryFiles) -> None:
    put_log(memory_files, 0, 9)
    put(memory_files, "00000000000000000000.index.swap", "00000000000000000000.timeindex.swap")
    assert finish_interrupted_changes(memory_files, "/data") == [
        "00000000000000000000.index",
        "00000000000000000000.log",
        "00000000000000000000.timeindex",
    ]
