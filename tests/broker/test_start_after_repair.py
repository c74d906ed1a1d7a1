"""Whatever is damaged in a data directory: after a repair a broker starts on it, with what was left."""

from random import Random

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.check import check
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.repair import repair
from tests.harness.broker import MemoryBroker

KEPT = (".lock", "meta.properties", ".kafka_cleanshutdown")


def append(broker: MemoryBroker, topic: str) -> None:
    for number in range(8):
        batch = build_batch([NewRecord(b"k", b"%d" % number * 30, broker.clock.now_ms())])
        broker.broker.partitions.named(topic, 0).append(memoryview(batch), broker.clock.now_ms())


def every_file(files: MemoryFiles, path: str = "/data") -> list[str]:
    found = []
    for name in files.list(path):
        if files.is_directory(f"{path}/{name}"):
            found += every_file(files, f"{path}/{name}")
        elif name not in KEPT:
            found.append(f"{path}/{name}")
    return found


def damage(content: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return chance.choice((content[:at], content[:at] + b"?" + content[at + 1 :], b"", chance.randbytes(70)))


@pytest.mark.parametrize("seed", range(25))
async def test_a_broker_starts_after_a_repair(seed: int) -> None:
    chance = Random(seed)
    broker = MemoryBroker(
        metadata_log_max_record_bytes_between_snapshots=2000 if seed % 2 else 1 << 20,
        metadata_log_segment_bytes=8 << 20,
    )
    await broker.start()
    for name in ("a", "b", "c"):
        broker.broker.create_topics([NewTopic(name)])
        append(broker, name)
    broker.broker.internal_topic("__consumer_offsets")
    await broker.restart()
    await broker.stop()
    files = broker.files
    candidates = [path for path in every_file(files) if "__consumer_offsets" not in path]
    for path in chance.sample(candidates, 3):
        files.write(path, damage(files.read(path), chance))
    for action in repair(files, "/data"):
        action.run()
    assert check(files, "/data") == []
    broker._make()
    await broker.start()
    if "a" not in broker.broker.metadata.image.topics:
        broker.broker.create_topics([NewTopic("a")])
    append(broker, "a")
    await broker.stop()
    assert check(files, "/data") == []
