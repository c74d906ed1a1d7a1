"""Replicas move between log directories while they are written; nothing is lost wherever the power fails."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from kafkapy.broker.log_moves import SMALL_BYTES, LogMoves
from kafkapy.broker.partition import Partition
from kafkapy.broker.partitions import Partitions
from kafkapy.config.broker import BrokerConfig
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import iterate_headers, read_header, records_of
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.control import EndTransactionMarker, end_transaction_batch
from kafkapy.records.policy import ValidationPolicy
from kafkapy.storage.check import check
from kafkapy.storage.directories import LogDirectories
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from kafkapy.storage.memory_files import MemoryFiles, PowerCut
from kafkapy.testing.virtual_clock import VirtualClock

TOPIC_ID = bytes(range(16))
CONFIG = LogConfig(segment_bytes=200_000, index_interval_bytes=4096, file_delete_delay_ms=1000)
A, B, C = "/data/a", "/data/b", "/data/c"


class World:
    """A broker's logs in three directories, and its moves, whose jobs are done at once or when told to."""

    def __init__(self, files: MemoryFiles | None = None) -> None:
        self.files = files or MemoryFiles()
        self.clock = VirtualClock()
        self.waiting: list[Callable[[], None]] = []
        self.is_held = False
        self.moved: list[str] = []
        self.appended = 0
        self.compacting: set[Log] = set()
        self._chance = Random(len(self.files.list("/")))
        self.open()

    def open(self) -> None:
        """Start as a broker does."""
        self.directories = LogDirectories.open(
            self.files, [A, B, C], node_id=1, new_directory_id=lambda: self._chance.randbytes(16)
        )
        self.directories.promote_futures(lambda topic, index: bytes(16))
        self.directories.load_logs(lambda _: CONFIG, self.clock.now_ms())
        log = self.directories.get("t", 0) or self.directories.create_log(
            "t", 0, topic_id=TOPIC_ID, config=CONFIG, now_ms=self.clock.now_ms()
        )
        self.epoch = max(log.leader_epochs.latest, 0) + 1
        log.assign_leader_epoch(self.epoch)
        policy = ValidationPolicy()
        self.partition = Partition(log, TOPIC_ID, self.epoch, policy, sync=lambda _: None)
        self.partitions = Partitions(1)
        self.partitions.add(self.partition)
        jobs: Any = self
        self.moves = LogMoves(
            BrokerConfig.load({}), self.directories, self.partitions, self.clock, jobs, self
        )
        self.moves.resume()

    def stop(self) -> None:
        self.moves.stop()
        self.work()
        self.moves.close()
        self.directories.close({("t", 0): self.partition.high_watermark})

    # What moves ask for

    def run(self, job: Callable[[], Any], install: Callable[[Any], object]) -> None:
        def go() -> None:
            install(job())

        if self.is_held:
            self.waiting.append(go)
        else:
            go()

    def work(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()

    def new_uuid(self) -> bytes:
        return self._chance.randbytes(16)

    def is_compacting(self, log: Log) -> bool:
        return log in self.compacting

    def log_moved(self, partition: Partition) -> None:
        self.moved.append(self.directories.directory_of(partition.log).path)

    # What tests do

    def move(self, path: str) -> None:
        self.moves.move("t", 0, path, is_known=True)

    def append(self, value: bytes, **producer: Any) -> None:
        batch = build_batch([NewRecord(b"k", value, self.clock.now_ms())], **producer)
        self.partition.append(memoryview(batch), self.clock.now_ms())
        self.appended += 1

    def fill(self, count: int = 40, size_bytes: int = 20_000) -> None:
        for number in range(count):
            self.clock.advance(1)
            self.append(b"%d " % number * (size_bytes // 4))

    def abort(self, producer_id: int) -> None:
        marker = end_transaction_batch(producer_id, 0, EndTransactionMarker(False, 1), self.clock.now_ms())
        self.partition.append_own(marker, self.clock.now_ms())

    def records(self) -> list[tuple[int, bytes | None]]:
        log, found = self.partition.log, []
        position = log.log_start_offset
        while position < log.log_end_offset:
            data = log.read(position, max_bytes=1 << 20, up_to=log.log_end_offset, at_least_one_batch=True)
            for at, header in iterate_headers(data.records):
                found += [(record.offset, record.value) for record in records_of(data.records, at, header)]
                position = header.next_offset
        return [record for record in found if record[0] >= log.log_start_offset]

    def at(self) -> str:
        return self.directories.directory_of(self.partition.log).path

    def names(self, path: str) -> list[str]:
        return [name for name in self.files.list(path) if name.startswith("t-0")]


@pytest.fixture
def world() -> World:
    return World()


def test_a_replica_moves_with_all_that_is_known_of_it(world: World) -> None:
    world.fill()
    world.append(b"in a transaction", producer_id=7, producer_epoch=0, base_sequence=0, transactional=True)
    world.abort(7)
    world.append(b"idempotent", producer_id=8, producer_epoch=0, base_sequence=0)
    world.partition.delete_records_before(3)
    before, aborted = world.records(), world.partition.log.aborted_transactions(0, 100)
    assert world.at() == A
    world.move(B)
    log = world.partition.log
    assert (world.at(), world.moved, world.moves.moves) == (B, [B], {})
    assert world.records() == before
    assert log.log_start_offset == 3
    assert log.aborted_transactions(0, 100) == aborted != []
    assert log.producers.producers[8].last_sequence == 0
    assert log.topic_id == TOPIC_ID
    assert world.names(B) == ["t-0"]
    assert [name[-7:] for name in world.names(A)] == ["-delete"]
    world.append(b"goes on")
    world.clock.advance(1000)
    job = world.directories.removal_job(world.clock.now_ms())
    assert job is not None
    job()
    assert world.names(A) == []
    expected = world.records()
    world.stop()
    assert [check(world.files, path) for path in (A, B, C)] == [[], [], []]
    assert World(world.files).records() == expected


def test_who_reads_and_writes_notices_nothing(world: World) -> None:
    world.fill()
    woken: list[int] = []
    world.partition.waiters[woken.append] = None
    world.is_held = True
    world.move(B)
    number = 0
    while world.moves.moves:
        world.append(b"meanwhile %d" % number)
        assert world.records()[-1][1] == b"meanwhile %d" % number
        number += 1
        world.waiting.pop(0)()
    assert world.at() == B
    assert [value for _, value in world.records()[40:]] == [b"meanwhile %d" % n for n in range(number)]
    assert number > 2
    assert woken
    assert world.partition.high_watermark == world.partition.log.log_end_offset


def test_what_waits_for_the_disk_is_promised_with_the_move(world: World) -> None:
    """The log is on disk in its new place."""
    world.fill()
    log = world.partition.log
    policy = ValidationPolicy()
    world.partition = Partition(log, TOPIC_ID, world.epoch, policy, sync=lambda _: None, is_synced_first=True)
    world.partitions.add(world.partition)
    end_offset = log.log_end_offset
    answered: list[KafkaError | None] = []
    world.append(b"waits")
    world.partition.when_committed(end_offset + 1, answered.append)
    assert answered == []
    world.move(B)
    assert (world.partition.high_watermark, answered) == (end_offset + 1, [None])
    assert world.partition.log.synced_offset == end_offset + 1


def test_what_is_on_its_way_can_be_seen(world: World) -> None:
    world.fill()
    world.is_held = True
    world.move(B)
    (move,) = world.moves.moves.values()
    assert (move.target.path, move.offset_lag, move.future.size_bytes) == (B, 40, 0)
    world.waiting.pop(0)()
    world.waiting.pop(0)()
    assert move.offset_lag < 40
    assert move.future.size_bytes > SMALL_BYTES
    world.work()
    assert world.at() == B


def test_a_move_back_is_the_end_of_it(world: World) -> None:
    world.fill()
    world.is_held = True
    world.move(B)
    world.waiting.pop(0)()
    assert world.names(B)[0].endswith("-future")
    world.move(A)
    assert world.moves.moves == {}
    world.work()
    assert (world.at(), world.moved) == (A, [])
    assert [name[-7:] for name in world.names(B)] == ["-delete"]
    assert world.partition.is_moving is False


def test_a_move_elsewhere_begins_anew(world: World) -> None:
    world.fill()
    world.is_held = True
    world.move(B)
    world.waiting.pop(0)()
    world.move(C)
    world.move(C)
    world.work()
    assert (world.at(), world.moved) == (C, [C])
    assert not any(name.endswith("-future") for path in (A, B, C) for name in world.names(path))


def test_records_that_are_deleted_meanwhile_are_not_missed(world: World) -> None:
    world.fill(10)
    world.is_held = True
    world.move(B)
    world.partition.log.delete_records_before(8, LogStartOffsetIncrementReason.CLIENT_RECORD_DELETION)
    world.work()
    assert world.at() == B
    assert [offset for offset, _ in world.records()] == [8, 9]


def test_a_log_that_is_being_compacted_waits_for_the_end_of_it(world: World) -> None:
    world.fill(3)
    world.compacting.add(world.partition.log)
    world.move(B)
    world.clock.advance(1000)
    assert world.at() == A
    world.compacting.clear()
    world.clock.advance(1000)
    assert world.at() == B


def test_what_cannot_be_moved_is_refused(world: World) -> None:
    def refused(topic: str, path: str, *, is_known: bool = True) -> ErrorCode:
        with pytest.raises(KafkaError) as error:
            world.moves.move(topic, 0, path, is_known=is_known)
        return error.value.code

    assert refused("t", "/data/z") is ErrorCode.LOG_DIR_NOT_FOUND
    assert refused("u", B) is ErrorCode.REPLICA_NOT_AVAILABLE
    assert refused("u", B, is_known=False) is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert refused("t" * 240, B) is ErrorCode.INVALID_TOPIC_EXCEPTION
    world.directories.directories[2].unusable(OSError(5, "broken"))
    assert refused("t", C) is ErrorCode.KAFKA_STORAGE_ERROR
    assert refused("t", B) is ErrorCode.KAFKA_STORAGE_ERROR, (
        "another replica might be in the one that is gone"
    )
    world.move(A)
    log = world.directories.create_log("u", 0, topic_id=None, config=CONFIG, now_ms=0)
    assert world.directories.directory_of(log).path == B, "where it was wanted"


def test_a_target_that_fails_goes_offline_and_the_replica_stays(world: World) -> None:
    world.fill()
    world.is_held = True
    world.move(B)
    world.waiting.pop(0)()
    world.files.fail("write", path=B)
    world.work()
    assert world.directories.directories[1].is_offline
    assert (world.at(), world.moves.moves) == (A, {})
    world.append(b"goes on")


def test_a_move_goes_on_after_a_restart(world: World) -> None:
    world.fill(300)
    world.is_held = True
    world.move(B)
    world.waiting.pop(0)()
    world.waiting.pop(0)()
    copied = next(iter(world.moves.moves.values())).future.end_offset
    assert 0 < copied < 300
    expected = world.records()
    world.stop()
    again = World(world.files)
    assert (again.at(), again.records()) == (B, expected)


def test_a_future_log_that_is_ahead_of_what_survived_is_cut(world: World) -> None:
    """The present log has lost its end in a power failure and has grown differently since."""
    world.fill(30)
    world.is_held = True
    world.move(B)
    for _ in range(2):
        world.waiting.pop(0)()
    assert world.at() == A
    world.moves.stop()
    path = f"{A}/t-0/{0:020d}.log"
    content = world.files.read(path)
    world.directories.abandon()
    world.files.write(path, content[: read_header(content).size_bytes * 4])
    world.files.rename(f"{B}/{world.names(B)[0]}", f"{B}/hidden")
    changed = World(world.files)
    changed.append(b"another history")
    expected = changed.records()
    changed.stop()
    world.files.rename(f"{B}/hidden", f"{B}/t-0.{'0' * 32}-future")
    again = World(world.files)
    assert (again.at(), again.records()) == (B, expected)


def lose_everything(files: MemoryFiles, _: int) -> None:
    files.crash()


def lose_something(files: MemoryFiles, call: int) -> None:
    files.crash(Random(call))


def lose_nothing(files: MemoryFiles, _: int) -> None:
    files.kill()


def on_disk() -> World:
    """A world in which a log of several segments is on disk; what comes later need not be."""
    world = World()
    world.fill(12, 30_000)
    world.partition.log.flush()
    world.directories.checkpoint_job()()
    return world


def moving(world: World) -> None:
    """Records come in while the replica moves; `promised` is what is on disk."""
    world.is_held = True
    world.move(B)
    while world.moves.moves:
        world.append(b"meanwhile")
        world.waiting.pop(0)()
    world.append(b"later")
    world.clock.advance(2000)
    job = world.directories.removal_job(world.clock.now_ms())
    if job is not None:
        job()


def calls_of_a_move() -> int:
    world = on_disk()
    before = world.files.calls
    moving(world)
    return world.files.calls - before


@pytest.mark.parametrize("come_back", [lose_everything, lose_something, lose_nothing])
def test_nothing_is_lost_wherever_the_power_fails(come_back: Callable[[MemoryFiles, int], None]) -> None:
    for call in range(calls_of_a_move()):
        world = on_disk()
        promised = world.records()
        world.files.cut_at = world.files.calls + call + 1
        with pytest.raises(PowerCut):
            moving(world)
        come_back(world.files, call)
        again = World(world.files)
        found = again.records()
        assert found[: len(promised)] == promised, call
        if come_back is lose_nothing:
            assert len(found) >= world.appended, call
        assert [offset for offset, _ in found] == list(range(len(found))), call
        again.append(b"goes on")
        again.move(C)
        assert again.at() == C, call
        assert again.records()[:-1] == found, call
        again.stop()
        problems = [problem for path in (A, B, C) for problem in check(again.files, path)]
        assert problems == [], call


def test_the_origin_of_copied_batches_is_no_client() -> None:
    """Sequences of producers that are known no more are taken as they are."""
    world = World()
    for sequence in (0, 1):
        world.append(b"v" * 30_000, producer_id=3, producer_epoch=0, base_sequence=sequence)
    world.fill(20)
    world.partition.delete_records_before(1)
    world.move(B)
    assert world.at() == B
    assert world.records()[0][0] == 1
