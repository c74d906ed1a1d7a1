"""Reading many partitions for one Fetch, and waiting until there is enough to answer (KIP-74 limits)."""

from collections.abc import Sequence
from typing import NamedTuple

from kafkapy.broker.fetch_partition import FetchedPartition, WantedPartition
from kafkapy.broker.partition import NO_EPOCH, Partition
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
    is_follower: bool = False


class FetchRead(NamedTuple):
    """One pass over the wanted partitions."""

    fetched: list[FetchedPartition]
    size_bytes: int
    """What Kafka would have read, which may end inside a batch: to compare with `min_bytes`."""
    must_answer: bool
    """Something cannot wait: an error, a diverging epoch, or nothing readable was asked for."""


def read_partitions(
    partitions: Partitions, wanted: Sequence[WantedPartition], limits: FetchLimits
) -> FetchRead:
    """Read every wanted partition in order until the byte limit; the first that has data gives at least one
    batch. Partitions that are not here come last.
    """
    fetched: list[FetchedPartition] = []
    unknown: list[FetchedPartition] = []
    remaining = limits.max_bytes
    size_bytes = 0
    must_answer = False
    for want in wanted:
        try:
            partition = partitions.find(want.topic, want.topic_id, want.index)
        except KafkaError as error:
            unknown.append(FetchedPartition(want, error.code, aborted_transactions=[]))
            continue
        try:
            answer, read_bytes = _read(partition, want, remaining, limits, at_least_one_batch=not size_bytes)
        except KafkaError as error:
            answer, read_bytes = _refusal(partition, want, error.code, partitions.node_id), 0
        must_answer = (
            must_answer or answer.error_code is not ErrorCode.NONE or answer.diverging_epoch is not None
        )
        remaining = max(0, remaining - read_bytes)
        size_bytes += read_bytes
        fetched.append(answer)
    return FetchRead(fetched + unknown, size_bytes, must_answer or not fetched)


async def read_when_ready(
    partitions: Partitions,
    wanted: Sequence[WantedPartition],
    limits: FetchLimits,
    read: FetchRead,
    clock: Clock,
) -> FetchRead:
    """Wait for what `read` lacks, woken by appends, and read
    again; an answer is due when `max_wait_ms` has passed.
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
) -> tuple[FetchedPartition, int]:
    """The answer, and how many bytes it counts for: a read that the limit ends uses it up, as Kafka would
    have sent the start of the batch that does not fit.
    """
    partition.check_leader_epoch(max(want.current_leader_epoch, NO_EPOCH))
    if limits.is_follower:
        raise KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER)  # nobody follows a single broker
    log = partition.log
    last_stable_offset = partition.last_stable_offset
    diverging_epoch = _diverging_epoch(partition, want) if want.last_fetched_epoch >= 0 else None
    records: memoryview | bytes = b""
    read_bytes = 0
    aborted: list[tuple[int, int]] | None = [] if limits.read_committed else None
    if diverging_epoch is None:
        up_to = last_stable_offset if limits.read_committed else partition.high_watermark
        max_bytes = min(want.max_bytes, remaining)
        data = log.read(
            want.fetch_offset,
            max_bytes=max(max_bytes, 0),
            up_to=up_to,
            at_least_one_batch=at_least_one_batch,
        )
        if max_bytes < 0 and want.fetch_offset < up_to:
            raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)  # as Kafka, which stumbles over it
        records = data.records
        read_bytes = max(len(records), max_bytes) if data.is_cut else len(records)
        if aborted is not None and records:
            aborted = [
                (a.producer_id, a.first_offset) for a in log.aborted_transactions(want.fetch_offset, up_to)
            ]
    answer = FetchedPartition(
        want,
        ErrorCode.NONE,
        partition.high_watermark,
        last_stable_offset,
        log.log_start_offset,
        records,
        aborted,
        diverging_epoch,
    )
    return answer, read_bytes


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
