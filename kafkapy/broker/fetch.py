"""Reading many partitions for one Fetch, and waiting until there is enough to answer (KIP-74 limits)."""

from collections.abc import Sequence
from typing import NamedTuple

from kafkapy.broker.fetch_partition import FetchedPartition, WantedPartition
from kafkapy.broker.partition import Partition
from kafkapy.broker.partitions import Partitions
from kafkapy.broker.waiters import Deadline, wait_for_bytes
from kafkapy.clock import Clock
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


class FetchLimits(NamedTuple):
    """When to answer and with how much; sizes in bytes."""

    max_wait_ms: int
    min_bytes: int
    max_bytes: int
    read_committed: bool


class FetchRead(NamedTuple):
    """One pass over the wanted partitions."""

    fetched: list[FetchedPartition]
    size_bytes: int
    must_answer: bool
    """Something cannot wait: an error, a diverging epoch, or nothing readable was asked for."""


def read_partitions(
    partitions: Partitions, wanted: Sequence[WantedPartition], limits: FetchLimits
) -> FetchRead:
    """Read every wanted partition in order until the byte limit; the first that has data gives at least one
    batch.
    """
    fetched: list[FetchedPartition] = []
    remaining = limits.max_bytes
    must_answer = False
    any_read = False
    for want in wanted:
        try:
            partition = partitions.find(want.topic, want.topic_id, want.index)
        except KafkaError as error:
            fetched.append(FetchedPartition(want, error.code))
            continue
        any_read = True
        try:
            answer = _read(
                partition, want, remaining, limits, at_least_one_batch=remaining == limits.max_bytes
            )
        except KafkaError as error:
            answer = _refusal(partition, want, error.code, partitions.node_id)
        must_answer = (
            must_answer or answer.error_code is not ErrorCode.NONE or answer.diverging_epoch is not None
        )
        remaining = max(0, remaining - len(answer.records))
        fetched.append(answer)
    size_bytes = sum(len(answer.records) for answer in fetched)
    return FetchRead(fetched, size_bytes, must_answer or not any_read)


async def read_when_ready(
    partitions: Partitions,
    wanted: Sequence[WantedPartition],
    limits: FetchLimits,
    read: FetchRead,
    clock: Clock,
) -> FetchRead:
    """Wait for what `read` lacks, woken by appends, and read again; an answer is due when `max_wait_ms` has
    passed.
    """
    deadline = Deadline(limits.max_wait_ms, clock)
    try:
        while not is_ready(read, limits) and not deadline.has_passed:
            watched = [
                partition
                for want in wanted
                if (partition := partitions.get(want.topic, want.topic_id, want.index)) is not None
            ]
            await wait_for_bytes(watched, limits.min_bytes - read.size_bytes, deadline)
            read = read_partitions(partitions, wanted, limits)
    finally:
        deadline.close()
    return read


def is_ready(read: FetchRead, limits: FetchLimits) -> bool:
    """Whether an answer may go out without waiting."""
    return read.must_answer or limits.max_wait_ms <= 0 or read.size_bytes >= limits.min_bytes


def _read(
    partition: Partition,
    want: WantedPartition,
    remaining: int,
    limits: FetchLimits,
    *,
    at_least_one_batch: bool,
) -> FetchedPartition:
    partition.check_leader_epoch(want.current_leader_epoch)
    log = partition.log
    last_stable_offset = partition.last_stable_offset
    diverging_epoch = _diverging_epoch(partition, want) if want.last_fetched_epoch >= 0 else None
    records: memoryview | bytes = b""
    aborted: list[tuple[int, int]] | None = [] if limits.read_committed else None
    if diverging_epoch is None:
        up_to = last_stable_offset if limits.read_committed else partition.high_watermark
        data = log.read(
            want.fetch_offset,
            max_bytes=min(want.max_bytes, remaining),
            up_to=up_to,
            at_least_one_batch=at_least_one_batch,
        )
        records = data.records
        if aborted is not None and records:
            aborted = [
                (a.producer_id, a.first_offset) for a in log.aborted_transactions(want.fetch_offset, up_to)
            ]
    return FetchedPartition(
        want,
        ErrorCode.NONE,
        partition.high_watermark,
        last_stable_offset,
        log.log_start_offset,
        records,
        aborted,
        diverging_epoch,
    )


def _diverging_epoch(partition: Partition, want: WantedPartition) -> tuple[int, int] | None:
    """Where the reader's log parts from ours, if it does (KIP-595; Kafka's `Partition.readRecords`)."""
    epoch, end_offset = partition.log.end_offset_for_epoch(want.last_fetched_epoch)
    if epoch < 0 or want.fetch_offset < partition.log.log_start_offset:
        raise KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE)
    if epoch < want.last_fetched_epoch or end_offset < want.fetch_offset:
        return epoch, end_offset
    return None


def _refusal(partition: Partition, want: WantedPartition, code: ErrorCode, node_id: int) -> FetchedPartition:
    knows_better = code in (ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH)
    return FetchedPartition(
        want, code, current_leader=(node_id, partition.leader_epoch) if knows_better else None
    )
