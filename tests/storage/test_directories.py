"""Several log directories as one: identity, locks, creation and deletion of logs, checkpoints, clean stops,
broken disks.
"""

from collections.abc import Callable
from random import Random

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import read_header
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.check import check
from kafkapy.storage.directories import LogDirectories, LogDirectoryError
from kafkapy.storage.files import FileSystem
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.os_files import OsFiles
from tests.storage.conftest import Place

NOW_MS = 1_700_000_000_000
CONFIG = LogConfig(segment_bytes=1000, file_delete_delay_ms=5000)
TOPIC_ID = bytes(range(16))
UNIQUE = bytes(range(16, 32))
PATHS = ["/data/one", "/data/two"]


def new_ids() -> Callable[[], bytes]:
    chance = Random(5)
    return lambda: chance.randbytes(16)


def opened(
    files: FileSystem, paths: list[str] = PATHS, *, node_id: int = 1, cluster_id: str | None = None
) -> LogDirectories:
    directories = LogDirectories.open(
        files, paths, cluster_id=cluster_id, node_id=node_id, new_directory_id=new_ids()
    )
    directories.load_logs(lambda _: CONFIG, NOW_MS)
    return directories


def create(directories: LogDirectories, topic: str, partition: int = 0) -> Log:
    return directories.create_log(topic, partition, topic_id=TOPIC_ID, config=CONFIG, now_ms=NOW_MS)


def append(log: Log, count: int = 1) -> None:
    for _ in range(count):
        batch = build_batch([NewRecord(None, b"v" * 100, NOW_MS)])
        log.append(batch, [read_header(batch)], leader_epoch=0, origin=AppendOrigin.CLIENT, now_ms=NOW_MS)


def ends(directories: LogDirectories) -> dict[tuple[str, int], int]:
    return {key: log.log_end_offset for key, log in directories.logs.items()}


def test_new_directories_get_an_identity_and_keep_it(memory_files: MemoryFiles) -> None:
    first = opened(memory_files)
    ids = [directory.directory_id for directory in first.directories]
    first.close({})
    second = opened(memory_files)
    assert len(set(ids)) == 2
    assert [directory.directory_id for directory in second.directories] == ids
    assert (len(first.cluster_id), second.cluster_id) == (22, first.cluster_id)


def test_a_directory_of_another_node_or_cluster_is_refused(memory_files: MemoryFiles) -> None:
    opened(memory_files, cluster_id="mine").close({})
    with pytest.raises(LogDirectoryError, match="Stored node id 1 doesn't match"):
        opened(memory_files, node_id=2)
    with pytest.raises(LogDirectoryError, match=r"Invalid cluster\.id"):
        opened(memory_files, cluster_id="other")
    assert opened(memory_files, cluster_id="mine").cluster_id == "mine"


def test_an_unreadable_identity_is_refused(memory_files: MemoryFiles) -> None:
    memory_files.make_directory(PATHS[0])
    memory_files.write(f"{PATHS[0]}/meta.properties", b"version=0\n")
    with pytest.raises(LogDirectoryError, match="version 0"):
        opened(memory_files)


def test_a_second_broker_is_refused_and_the_first_goes_on(place: Place) -> None:
    paths = [f"{place.path}/logs"]
    first = opened(place.files, paths)
    other = place.files if isinstance(place.files, MemoryFiles) else OsFiles()
    with pytest.raises(LogDirectoryError, match=r"Failed to acquire lock on file \.lock in .*logs"):
        opened(other, paths)
    append(create(first, "t"))
    first.close(ends(first))
    assert ends(opened(other, paths)) == {("t", 0): 1}


def test_a_refused_start_lets_go_of_the_other_directories(memory_files: MemoryFiles) -> None:
    first = opened(memory_files, PATHS[1:])
    with pytest.raises(LogDirectoryError):
        opened(memory_files)
    first.close({})
    opened(memory_files)


def test_new_logs_go_where_the_fewest_are(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files)
    for partition in range(6):
        create(directories, "t", partition)
    assert [len(directory.logs) for directory in directories.directories] == [3, 3]
    assert directories.get("t", 4) is directories.logs["t", 4]
    assert directories.get("t", 9) is None


def test_a_log_that_is_there_is_opened_where_it_is(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files)
    for partition in range(3):
        append(create(directories, "t", partition), partition)
    directories.close(ends(directories))
    directories = LogDirectories.open(memory_files, PATHS, node_id=1, new_directory_id=new_ids())
    log = directories.open_log("t", 1, topic_id=TOPIC_ID, config=CONFIG, now_ms=NOW_MS)
    assert (log.log_end_offset, log.path) == (1, f"{PATHS[1]}/t-1")


def test_a_log_of_another_topic_of_that_name_is_not_taken_for_it(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files)
    create(directories, "t")
    directories.close({})
    directories = LogDirectories.open(memory_files, PATHS, node_id=1, new_directory_id=new_ids())
    with pytest.raises(KafkaError, match=ErrorCode.INCONSISTENT_TOPIC_ID.name):
        directories.open_log("t", 0, topic_id=UNIQUE, config=CONFIG, now_ms=NOW_MS)


def test_all_logs_but_the_metadata_log_are_loaded(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files)
    for topic in ("t", "with-dash", "__cluster_metadata"):
        append(create(directories, topic))
    directories.close(ends(directories))
    memory_files.make_directory(f"{PATHS[0]}/lost+found")
    directories = opened(memory_files)
    assert ends(directories) == {("t", 0): 1, ("with-dash", 0): 1}
    log = directories.open_log("__cluster_metadata", 0, topic_id=TOPIC_ID, config=CONFIG, now_ms=NOW_MS)
    assert log.log_end_offset == 1


def test_a_partition_in_two_directories_stops_the_start(memory_files: MemoryFiles) -> None:
    for path in PATHS:
        directories = opened(memory_files, [path], cluster_id="c")
        create(directories, "t")
        directories.close({})
    with pytest.raises(LogDirectoryError, match="Duplicate log directories for t-0"):
        opened(memory_files)


def test_a_deleted_log_is_gone_at_once_and_from_the_disk_later(place: Place) -> None:
    path = f"{place.path}/logs"
    directories = opened(place.files, [path])
    log = create(directories, "t", 3)
    append(log)
    directories.delete_log(log, unique=UNIQUE, now_ms=NOW_MS)
    assert directories.logs == {}
    assert f"t-3.{UNIQUE.hex()}-delete" in place.files.list(path)
    with pytest.raises(KafkaError):
        append(log)
    assert directories.next_removal_ms == NOW_MS + 5000
    assert directories.removal_job(NOW_MS + 4999) is None
    job = directories.removal_job(NOW_MS + 5000)
    assert job is not None
    job()
    assert not [name for name in place.files.list(path) if name.startswith("t-3")]
    assert directories.next_removal_ms is None
    append(create(directories, "t", 3))
    directories.close({})


def test_what_a_stop_left_of_deleted_logs_is_removed_after_the_next_start(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files, PATHS[:1])
    directories.delete_log(create(directories, "t"), unique=UNIQUE, now_ms=NOW_MS)
    directories.close({})
    directories = opened(memory_files, PATHS[:1])
    job = directories.removal_job(NOW_MS)
    assert job is not None
    job()
    assert not [name for name in memory_files.list(PATHS[0]) if "delete" in name]


def test_a_log_set_aside_keeps_its_files_and_is_not_loaded_again(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files, PATHS[:1])
    append(create(directories, "t"))
    directories.set_aside(directories.logs["t", 0], unique=UNIQUE)
    directories.close({})
    assert opened(memory_files, PATHS[:1]).logs == {}
    assert memory_files.exists(f"{PATHS[0]}/t-0.{UNIQUE.hex()}-stray/{0:020d}.log")


def test_old_segments_leave_the_disk_after_the_delay(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files, PATHS[:1])
    log = create(directories, "t")
    append(log, 30)
    log.update_config(LogConfig(segment_bytes=1000, retention_bytes=0, file_delete_delay_ms=5000))
    size = log.size_bytes
    assert log.delete_old_segments(30, NOW_MS) == size
    assert (log.log_start_offset, log.segment_bases, log.size_bytes) == (30, [30], 0)
    names = memory_files.list(log.path)
    assert [name for name in names if name.endswith(".log")] == [f"{30:020d}.log"]
    assert sum(name.endswith(".deleted") for name in names) > 6
    job = directories.removal_job(NOW_MS + 5000)
    assert job is not None
    job()
    assert [name for name in memory_files.list(log.path) if name.endswith(".deleted")] == []
    append(log)
    directories.close(ends(directories))
    assert check(memory_files, PATHS[0]) == []


def test_retention_keeps_what_the_high_watermark_has_not_passed(memory_files: MemoryFiles) -> None:
    log = create(opened(memory_files), "t")
    append(log, 30)
    log.update_config(LogConfig(retention_ms=0))
    second = log.segment_bases[1]
    log.delete_old_segments(second, NOW_MS + 1)
    assert log.log_start_offset == second


def test_checkpoints_say_what_the_logs_are_and_keep_what_is_not_loaded(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files, PATHS[:1])
    for topic in ("a", "b"):
        append(create(directories, topic), 3)
    directories.close({("a", 0): 2, ("b", 0): 3})
    directories = LogDirectories.open(memory_files, PATHS[:1], node_id=1, new_directory_id=new_ids())
    log = directories.open_log("a", 0, topic_id=None, config=CONFIG, now_ms=NOW_MS)
    append(log)
    log.flush()
    directories.checkpoint_job(high_watermarks={("a", 0): 4})()
    read = memory_files.read
    assert read(f"{PATHS[0]}/recovery-point-offset-checkpoint") == b"0\n2\na 0 4\nb 0 3\n"
    assert read(f"{PATHS[0]}/replication-offset-checkpoint") == b"0\n2\na 0 4\nb 0 3\n"
    assert directories.high_watermarks == {("a", 0): 2, ("b", 0): 3}


def test_the_log_start_is_checkpointed_only_where_the_first_segment_does_not_tell(
    memory_files: MemoryFiles,
) -> None:
    directories = opened(memory_files, PATHS[:1])
    for topic in ("a", "b"):
        append(create(directories, topic), 3)
    directories.logs["a", 0].truncate_fully_and_start_at(7, NOW_MS)
    directories.logs["b", 0].log_start_offset = 2
    directories.checkpoint_job()()
    assert memory_files.read(f"{PATHS[0]}/log-start-offset-checkpoint") == b"0\n1\nb 0 2\n"


def test_a_clean_stop_is_marked_and_the_mark_goes_with_the_next_start(memory_files: MemoryFiles) -> None:
    mark = f"{PATHS[0]}/.kafka_cleanshutdown"
    directories = opened(memory_files)
    append(create(directories, "t"))
    assert not directories.directories[0].had_clean_shutdown
    directories.close(ends(directories), broker_epoch=12)
    assert memory_files.read(mark) == b'{"version":0,"brokerEpoch":12}'
    directories = opened(memory_files)
    assert directories.directories[0].had_clean_shutdown
    assert not memory_files.exists(mark)
    directories.abandon()
    assert not opened(memory_files).directories[0].had_clean_shutdown


def test_a_directory_that_its_disk_refuses_is_offline_and_the_other_serves(memory_files: MemoryFiles) -> None:
    memory_files.fail("create", path="/one/")
    directories = opened(memory_files)
    assert [directory.is_offline for directory in directories.directories] == [True, False]
    assert create(directories, "t").path == f"{PATHS[1]}/t-0"
    directories.close({})
    assert not memory_files.exists(f"{PATHS[0]}/.kafka_cleanshutdown")


def test_without_any_usable_directory_there_is_no_start(memory_files: MemoryFiles) -> None:
    memory_files.fail("create", times=2)
    with pytest.raises(LogDirectoryError, match="None of the specified log dirs"):
        opened(memory_files)


def test_a_broken_disk_takes_all_its_logs_offline_and_says_so_once(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files)
    logs = [create(directories, "t", partition) for partition in range(4)]
    told: list[str] = []
    for directory in directories.directories:
        directory.on_offline = lambda broken: told.append(broken.path)
    memory_files.fail("write", path="/one/")
    with pytest.raises(KafkaError, match=ErrorCode.KAFKA_STORAGE_ERROR.name):
        append(logs[0])
    with pytest.raises(KafkaError, match=ErrorCode.KAFKA_STORAGE_ERROR.name):
        append(logs[2])
    append(logs[1])
    assert [log.is_offline for log in logs] == [True, False, True, False]
    assert told == [PATHS[0]]
    directories.close(ends(directories))
    assert [memory_files.exists(f"{path}/.kafka_cleanshutdown") for path in PATHS] == [False, True]


def test_a_failing_job_names_its_directory(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files)
    memory_files.fail("sync", path="/two/")
    with pytest.raises(OSError, match="Input/output") as failure:
        directories.checkpoint_job()()
    directories.failed(failure.value)
    assert [directory.is_offline for directory in directories.directories] == [False, True]


def test_a_stop_that_fails_is_no_clean_one(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files, PATHS[:1])
    append(create(directories, "t"))
    memory_files.fail("sync", path=".log")
    directories.close(ends(directories))
    assert not memory_files.exists(f"{PATHS[0]}/.kafka_cleanshutdown")
    assert ends(opened(memory_files, PATHS[:1])) == {("t", 0): 1}


def test_logs_that_want_a_flush_are_listed(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files)
    log, other = create(directories, "t"), create(directories, "u")
    append(log)
    append(other)
    log.roll(NOW_MS)
    assert directories.flushes_due(NOW_MS) == [log]
    log.flushed(log.flush_job()())
    assert directories.flushes_due(NOW_MS) == []


def test_the_directory_of_a_log_is_known(memory_files: MemoryFiles) -> None:
    directories = opened(memory_files)
    logs = [create(directories, "t", partition) for partition in range(2)]
    assert [directories.directory_of(log).path for log in logs] == PATHS
    assert directories.directories[0].space() == (-1, -1)
