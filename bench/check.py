"""Fail when a request costs more instructions than it did: `python -m bench.check`, or `make bench-check`.

Counts the bytecode instructions that kafkapy executes for one request, from the bytes of its frame to those
of its answer, on a broker without sockets. Unlike time this is the same on every machine and in every run.
What it cannot see is what C code and system calls cost; `make bench` measures that.

`--write` makes what is counted now the baseline (bench/baselines.json, by Python version). Under a version
that has none nothing can be compared, which is said.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import kafkapy
from bench import frames
from bench.scenarios import accepted
from kafkapy.broker.internal_topics import CONSUMER_OFFSETS
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.codec import encode
from kafkapy.protocol.headers import request_header
from kafkapy.protocol.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkapy.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkapy.protocol.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from kafkapy.protocol.messages.offset_fetch import OffsetFetchRequest
from kafkapy.storage.os_files import OsFiles
from kafkapy.testing.virtual_clock import VirtualClock
from tests.harness.broker import MemoryBroker

BASELINES = Path(__file__).parent / "baselines.json"
TOLERANCE = 0.10
WARM_UP, TIMES = 50, 200
OURS = str(Path(kafkapy.__file__).parent)
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

Scenarios = dict[str, bytes]


def instructions(work: Callable[[], object]) -> int:
    """The bytecode instructions that kafkapy executes in `work`, generated codecs included."""
    count = 0

    def in_frame(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        return in_frame

    def on_call(frame: FrameType, _event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith((OURS, "<")):
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return in_frame

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


async def scenarios(broker: MemoryBroker) -> Scenarios:
    """A request frame, without its size, by what it is."""
    broker.broker.create_topics([NewTopic("t", 4), NewTopic("read", 1)])
    broker.broker.internal_topic(CONSUMER_OFFSETS)
    topics = broker.broker.metadata.image.topics
    written, read = topics["t"].topic_id, topics["read"].topic_id
    batch = frames.record_batch(100, 100)
    connection = broker.open()
    connection.send(frames.produce(read, 0, batch)[4:])
    accepted(memoryview(await connection.receive()))
    connection.disconnect()
    commit = OffsetCommitRequest(
        group_id="g",
        topics=[
            OffsetCommitRequestTopic(
                name="t",
                partitions=[
                    OffsetCommitRequestPartition(partition_index=0, committed_offset=1, committed_metadata="")
                ],
            )
        ],
    )
    latest = ListOffsetsPartition(partition_index=0, timestamp=-1)
    return {
        "produce one record": frames.produce(written, 0, frames.record_batch(100, 1))[4:],
        "produce 100 records": frames.produce(written, 1, batch)[4:],
        "fetch 100 records": frames.fetch(read, 0, 0)[4:],
        "api versions": frames.api_versions()[4:],
        "metadata of a topic": _frame(MetadataRequest(topics=[MetadataRequestTopic(name="t")]), 12),
        "list offsets": _frame(
            ListOffsetsRequest(replica_id=-1, topics=[ListOffsetsTopic(name="t", partitions=[latest])]), 7
        ),
        "commit an offset": _frame(commit, 8),
        "fetch an offset": _frame(OffsetFetchRequest(group_id="g", topics=None), 7),
    }


async def count(broker: MemoryBroker, frame: bytes) -> float:
    """Instructions for one such request, after it has been sent often enough for everything to be warm."""
    connection = broker.open()
    for _ in range(WARM_UP):
        connection.send(frame)
        await connection.receive()
    total = 0
    for _ in range(TIMES):
        total += instructions(lambda: connection.send(frame))
        await connection.receive()
    connection.disconnect()
    return total / TIMES


async def measure() -> dict[str, int]:
    """Instructions for one request of every scenario."""
    with tempfile.TemporaryDirectory(prefix="kafkapy-bench-") as directory:
        clock = VirtualClock(frames.NOW_MS)
        broker = MemoryBroker(files=OsFiles(), clock=clock, log_dirs=Path(directory).as_posix())
        await broker.start()
        requests = await scenarios(broker)
        counted = {name: round(await count(broker, frame)) for name, frame in requests.items()}
        await broker.stop()
    return counted


def compare(counted: dict[str, int], baseline: dict[str, int]) -> list[str]:
    """What got worse by more than the tolerance, or is not in the baseline."""
    problems = []
    for name, now in counted.items():
        before = baseline.get(name)
        if before is None:
            problems.append(f"{name}: {now} instructions, and no baseline")
        elif now > before * (1 + TOLERANCE):
            problems.append(f"{name}: {now} instructions instead of {before} ({now / before - 1:+.0%})")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.check", description=__doc__)
    parser.add_argument("--write", action="store_true", help="make this the baseline")
    options = parser.parse_args()
    counted = asyncio.run(measure())
    baselines = json.loads(BASELINES.read_text()) if BASELINES.exists() else {}
    if options.write:
        baselines[PYTHON] = counted
        BASELINES.write_text(json.dumps(baselines, indent=2, sort_keys=True) + "\n")
    baseline = baselines.get(PYTHON)
    for name, now in counted.items():
        print(f"{name:24}{now:8}" + (f"{now / baseline[name] - 1:+9.1%}" if name in (baseline or {}) else ""))
    if baseline is None:
        print(f"no baseline for Python {PYTHON}: nothing compared")
        return 0
    problems = compare(counted, baseline)
    for problem in problems:
        print(f"slower: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _frame(request: Any, version: int) -> bytes:
    return request_header(request.api_key, version, 1, "bench") + encode(request, version)


if __name__ == "__main__":
    sys.exit(main())
