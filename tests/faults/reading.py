"""What a broker serves, read as a client reads it; what is wrong with it in itself fails at once."""

from collections.abc import Collection, Iterator
from typing import Any

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkapy.protocol.messages.list_groups import ListGroupsRequest
from kafkapy.protocol.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkapy.protocol.messages.metadata import MetadataRequest
from kafkapy.protocol.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestGroup
from kafkapy.records.batch import BatchHeader, check_crc, iterate_headers, records_of
from tests.faults.checkers import Found, Logs
from tests.faults.history import Place, Stored
from tests.harness.broker import MemoryBroker

EARLIEST, LATEST = -2, -1
FETCH_BYTES = 1 << 22
READ_UNCOMMITTED, READ_COMMITTED = 0, 1


class Served:
    """The data that a broker serves: by partition, and which offsets hold control records."""

    def __init__(self) -> None:
        self.logs: dict[Place, Found] = {}
        self.control: dict[Place, set[int]] = {}


async def places(broker: MemoryBroker) -> list[Place]:
    """Every partition of every topic that is no internal one."""
    response = await broker.send(MetadataRequest(topics=None), 9)
    return sorted(
        (topic.name, partition.partition_index)
        for topic in response.topics
        if not topic.is_internal
        for partition in topic.partitions
    )


async def bound(broker: MemoryBroker, place: Place, which: int) -> int:
    """Where a partition begins or ends."""
    partition = ListOffsetsPartition(partition_index=place[1], timestamp=which)
    request = ListOffsetsRequest(
        replica_id=-1, topics=[ListOffsetsTopic(name=place[0], partitions=[partition])]
    )
    response = await broker.send(request, 7)
    answer = response.topics[0].partitions[0]
    assert answer.error_code == ErrorCode.NONE, f"{place}: {ErrorCode(answer.error_code)!r}"
    return int(answer.offset)


async def fetch(broker: MemoryBroker, place: Place, offset: int, isolation: int = READ_UNCOMMITTED) -> Any:
    """One answer for one partition, at once."""
    partition = FetchPartition(partition=place[1], fetch_offset=offset, partition_max_bytes=FETCH_BYTES)
    request = FetchRequest(
        max_wait_ms=0,
        min_bytes=0,
        max_bytes=FETCH_BYTES,
        isolation_level=isolation,
        topics=[FetchTopic(topic=place[0], partitions=[partition])],
    )
    response = await broker.send(request, 12)
    return response.responses[0].partitions[0]


def whole_batches(records: Any, place: Place) -> Iterator[tuple[int, BatchHeader]]:
    """The batches of an answer, whose checksums are right and whose offsets rise."""
    next_offset = -1
    for position, header in iterate_headers(records):
        assert check_crc(records, position, header), f"{place}: {header} is served with a wrong checksum"
        assert header.base_offset >= next_offset, f"{place}: {header} is served out of order"
        next_offset = header.next_offset
        yield position, header


async def read_partition(broker: MemoryBroker, place: Place, served: Served) -> None:
    """Add one partition to `served`."""
    start, end = await bound(broker, place, EARLIEST), await bound(broker, place, LATEST)
    records: list[Stored] = []
    control: set[int] = set()
    offset = start
    while offset < end:
        answer = await fetch(broker, place, offset)
        assert answer.error_code == ErrorCode.NONE, f"{place} at {offset}: {ErrorCode(answer.error_code)!r}"
        assert answer.records, f"{place}: nothing is served at {offset}, though the log ends at {end}"
        for position, header in whole_batches(answer.records, place):
            batch = [
                Stored(record.offset, record.value or b"")
                for record in records_of(answer.records, position, header)
                if record.offset >= start
            ]
            if header.is_control:
                control.update(record.offset for record in batch)
            else:
                records += batch
            offset = header.next_offset
    served.logs[place] = Found(start, end, records)
    served.control[place] = control


async def read_committed(broker: MemoryBroker, place: Place) -> set[bytes]:
    """The values that a reader of committed records gets to see, from the start of the partition on."""
    seen: set[bytes] = set()
    aborted: set[int] = set()
    offset = await bound(broker, place, EARLIEST)
    while True:
        answer = await fetch(broker, place, offset, READ_COMMITTED)
        assert answer.error_code == ErrorCode.NONE, f"{place} at {offset}: {ErrorCode(answer.error_code)!r}"
        if not answer.records:
            return seen
        coming = sorted(answer.aborted_transactions, key=lambda each: each.first_offset)
        for position, header in whole_batches(answer.records, place):
            while coming and coming[0].first_offset <= header.last_offset:
                aborted.add(coming.pop(0).producer_id)
            offset = header.next_offset
            if header.is_control:
                aborted.discard(header.producer_id)
            elif not (header.is_transactional and header.producer_id in aborted):
                records = records_of(answer.records, position, header)
                seen.update(record.value or b"" for record in records)


async def read_all(broker: MemoryBroker) -> Served:
    """Everything there is, of all topics that are no internal ones."""
    served = Served()
    for place in await places(broker):
        await read_partition(broker, place, served)
    return served


async def committed_offsets(
    broker: MemoryBroker, groups: Collection[str] | None = None
) -> dict[tuple[str, Place], int]:
    """Those of `groups`, or of all that there are."""
    if groups is None:
        listed = await broker.send(ListGroupsRequest(), 4)
        groups = [group.group_id for group in listed.groups]
    request = OffsetFetchRequest(
        groups=[OffsetFetchRequestGroup(group_id=group, topics=None) for group in groups]
    )
    response = await broker.send(request, 8)
    return {
        (group.group_id, (topic.name, partition.partition_index)): partition.committed_offset
        for group in response.groups
        for topic in group.topics
        for partition in topic.partitions
    }


def ends_of(logs: Logs) -> dict[Place, int]:
    return {place: log.end for place, log in logs.items()}
