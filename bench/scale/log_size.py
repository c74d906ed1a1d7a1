"""One partition with much in it."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

from bench import frames
from bench.load import Connection
from bench.scale.client import framed, parsed
from bench.scale.curve import Curve, Run
from bench.scale.sparse_log import BATCH_BYTES, STEP_MS, SparseLog
from bench.scale.target import Target, both, less, running
from bench.scenarios import Number, create
from kafkapy.protocol.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)
from kafkapy.protocol.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopic,
)

TOPIC = "bench-size"
LOOKUPS = 300
EARLIEST = -2
LIST_OFFSETS, ALTER_CONFIGS, TOPIC_RESOURCE = 8, 1, 2
SETTINGS = (
    "log.retention.ms=-1",
    "log.initial.task.delay.ms=100",
    "log.retention.check.interval.ms=100",
    "log.segment.delete.delay.ms=100",
)
DELETION_SECONDS = 60.0


def measure(run: Run) -> Iterator[list[Number]]:
    for gigabytes in run.sizes:
        data_dir = run.place / f"log-size-{gigabytes}"
        with running(data_dir) as target, Connection(target.broker) as connection:
            topic_id = create(connection, TOPIC, 1)
        log = SparseLog(data_dir / f"{TOPIC}-0", gigabytes * 1_000_000_000 // BATCH_BYTES)
        log.write()
        with running(data_dir, *SETTINGS) as target:
            yield [
                less("start", "s", target.started_s),
                less("start: CPU", "s", target.cpu_s()),
                *looked_up(target, topic_id, log),
                *deleted(target, log),
                less("disk really taken", "MB", real_bytes(data_dir) / 1e6),
            ]


def looked_up(target: Target, topic_id: bytes, log: SparseLog) -> list[Number]:
    chance = random.Random(log.batches)
    wanted = [chance.randrange(log.batches) for _ in range(LOOKUPS)]
    with Connection(target.broker) as connection:
        before = target.memory()
        target.begin()
        for offset in wanted:
            found = offset_for(connection, log.first_timestamp + offset * STEP_MS)
            if found != offset:
                raise RuntimeError(f"offset {found} was found instead of {offset}")
        by_time = target.spent()
        target.begin()
        for offset in wanted:
            got = frames.fetched(connection.ask(frames.fetch(topic_id, 0, offset, max_bytes=4096)))
            if got.error_code or got.records_bytes != BATCH_BYTES:
                raise RuntimeError(f"offset {offset}: {got.records_bytes} bytes, error {got.error_code}")
        by_offset = target.spent()
        after = target.memory()
    return [
        less("offset for a timestamp", "ms", by_time.seconds / LOOKUPS * 1e3),
        less("offset for a timestamp: CPU", "ms", by_time.cpu_s / LOOKUPS * 1e3),
        less("fetch at an offset", "ms", by_offset.seconds / LOOKUPS * 1e3),
        less("fetch at an offset: CPU", "ms", by_offset.cpu_s / LOOKUPS * 1e3),
        less("memory, anonymous", "MB", after.anonymous / 1e6),
        less("memory grown by the lookups, anonymous", "MB", (after.anonymous - before.anonymous) / 1e6),
    ]


def offset_for(connection: Connection, timestamp: int) -> int:
    partition = ListOffsetsPartition(partition_index=0, timestamp=timestamp)
    request = ListOffsetsRequest(replica_id=-1, topics=[ListOffsetsTopic(name=TOPIC, partitions=[partition])])
    answer = connection.ask(framed(request, LIST_OFFSETS))
    return parsed(ListOffsetsResponse, LIST_OFFSETS, answer).topics[0].partitions[0].offset


def deleted(target: Target, log: SparseLog) -> list[Number]:
    """Half of it has to go, and its files."""
    config = AlterableConfig(
        name="retention.bytes", config_operation=0, value=str(log.batches * BATCH_BYTES // 2)
    )
    resource = AlterConfigsResource(resource_type=TOPIC_RESOURCE, resource_name=TOPIC, configs=[config])
    segments = len(list(log.directory.glob("*.log*")))
    with Connection(target.broker) as connection:
        target.begin()
        connection.ask(framed(IncrementalAlterConfigsRequest(resources=[resource], validate_only=False), 1))
        while segments > 1 and not offset_for(connection, EARLIEST):
            time.sleep(0.01)
            wait_within(target)
        while any(log.directory.glob("*.deleted")):
            time.sleep(0.01)
            wait_within(target)
        return both("retention deletes half of it", target.spent())


def wait_within(target: Target) -> None:
    if target.elapsed() > DELETION_SECONDS:
        raise RuntimeError("retention deletes nothing")


def real_bytes(data_dir: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in data_dir.rglob("*"))


CURVE = Curve(
    "log-size",
    "Size of a log",
    "GB",
    (1, 5, 10, 25, 50),
    (1, 5),
    measure,
    "One partition with segments of 256 MiB and batches of 256 kB, written into the files while the "
    f"broker is stopped; the records are zeros, which take no room on the disk. Then a start, {LOOKUPS} "
    "lookups each at random times and offsets (a fetch of 4 kB gives a whole batch, whose checksum is "
    "compared, since another process has written it), and a retention.bytes of half the size, until the"
    " files are gone; it is looked at ten times a second.",
)
