"""A transactional producer that does what a test tells it, right or wrong, and says with which code it was
answered.
"""

import copy
from collections.abc import Awaitable, Callable
from typing import Any

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.add_offsets_to_txn import AddOffsetsToTxnRequest
from kafkapy.protocol.messages.add_partitions_to_txn import (
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnTopic,
)
from kafkapy.protocol.messages.end_txn import EndTxnRequest
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkapy.protocol.messages.init_producer_id import InitProducerIdRequest
from kafkapy.protocol.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopics,
)
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.protocol.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition,
    TxnOffsetCommitRequestTopic,
)
from kafkapy.records.batch import iterate_headers, records_of
from kafkapy.records.builder import NewRecord, build_batch

Send = Callable[[Any, int], Awaitable[Any]]
NEWEST = {"init": 5, "produce": 12, "add": 3, "add_offsets": 4, "commit_offset": 5, "end": 5}
"""Request versions of a client of transaction version 2."""
OLDER = {"init": 4, "produce": 11, "add": 3, "add_offsets": 3, "commit_offset": 4, "end": 4}
"""Of a client of transaction version 1: it says itself what belongs to its transaction."""


class Transactor:
    """`versions` says as which client it speaks. What the broker gives it, it goes on with."""

    def __init__(
        self, send: Send, name: str = "id", *, topic: str = "t", versions: dict[str, int] | None = None
    ) -> None:
        self.send = send
        self.name = name
        self.topic = topic
        self.versions = NEWEST if versions is None else versions
        self.producer_id = -1
        self.epoch = -1
        self.sequences: dict[int, int] = {}
        self.base_offset = -1

    @property
    def identity(self) -> tuple[int, int]:
        return self.producer_id, self.epoch

    def twin(self) -> "Transactor":
        """One that knows what this one knows now, and learns nothing of what it does later."""
        twin = copy.copy(self)
        twin.sequences = dict(self.sequences)
        return twin

    async def init(self, *, timeout_ms: int = 60_000, resumes: bool = False) -> ErrorCode:
        """InitProducerId; `resumes`: naming the id and epoch that it has."""
        producer_id, epoch = self.identity if resumes else (-1, -1)
        response = await self.send(
            InitProducerIdRequest(
                transactional_id=self.name,
                transaction_timeout_ms=timeout_ms,
                producer_id=producer_id,
                producer_epoch=epoch,
            ),
            self.versions["init"],
        )
        if response.error_code == ErrorCode.NONE:
            self._become(response.producer_id, response.producer_epoch)
        return ErrorCode(response.error_code)

    async def start(self) -> "Transactor":
        """`init`, again and again while its last transaction is being completed."""
        while (code := await self.init()) is ErrorCode.CONCURRENT_TRANSACTIONS:
            pass
        assert code is ErrorCode.NONE
        return self

    async def add(self, *indexes: int) -> ErrorCode:
        """AddPartitionsToTxn; the code of the first partition."""
        response = await self.send(
            AddPartitionsToTxnRequest(
                v3_and_below_transactional_id=self.name,
                v3_and_below_producer_id=self.producer_id,
                v3_and_below_producer_epoch=self.epoch,
                v3_and_below_topics=[AddPartitionsToTxnTopic(name=self.topic, partitions=list(indexes))],
            ),
            self.versions["add"],
        )
        results = response.results_by_topic_v3_and_below
        return ErrorCode(results[0].results_by_partition[0].partition_error_code)

    async def produce(self, *values: bytes, index: int = 0, sequence: int | None = None) -> ErrorCode:
        """One batch. It counts up only when the batch is taken."""
        first = self.sequences.get(index, 0) if sequence is None else sequence
        records = build_batch(
            [NewRecord(None, value, -1) for value in values],
            producer_id=self.producer_id,
            producer_epoch=self.epoch,
            base_sequence=first,
            transactional=True,
        )
        partition = PartitionProduceData(index=index, records=records)
        response = await self.send(
            ProduceRequest(
                transactional_id=self.name,
                acks=-1,
                timeout_ms=1000,
                topic_data=[TopicProduceData(name=self.topic, partition_data=[partition])],
            ),
            self.versions["produce"],
        )
        (answer,) = response.responses[0].partition_responses
        self.base_offset = answer.base_offset
        if answer.error_code == ErrorCode.NONE and sequence is None:
            self.sequences[index] = first + len(values)
        return ErrorCode(answer.error_code)

    async def add_offsets(self, group: str = "group") -> ErrorCode:
        """AddOffsetsToTxn."""
        response = await self.send(
            AddOffsetsToTxnRequest(
                transactional_id=self.name,
                producer_id=self.producer_id,
                producer_epoch=self.epoch,
                group_id=group,
            ),
            self.versions["add_offsets"],
        )
        return ErrorCode(response.error_code)

    async def commit_offset(
        self, offset: int, *, group: str = "group", index: int = 0, **member: Any
    ) -> ErrorCode:
        """TxnOffsetCommit of one partition."""
        partition = TxnOffsetCommitRequestPartition(
            partition_index=index, committed_offset=offset, committed_metadata=""
        )
        response = await self.send(
            TxnOffsetCommitRequest(
                transactional_id=self.name,
                group_id=group,
                producer_id=self.producer_id,
                producer_epoch=self.epoch,
                topics=[TxnOffsetCommitRequestTopic(name=self.topic, partitions=[partition])],
                **member,
            ),
            self.versions["commit_offset"],
        )
        return ErrorCode(response.topics[0].partitions[0].error_code)

    async def end(self, *, commit: bool) -> ErrorCode:
        """EndTxn; from v5 on it goes on with the id and epoch of the answer."""
        version = self.versions["end"]
        response = await self.send(
            EndTxnRequest(
                transactional_id=self.name,
                producer_id=self.producer_id,
                producer_epoch=self.epoch,
                committed=commit,
            ),
            version,
        )
        if response.error_code == ErrorCode.NONE and version >= NEWEST["end"]:
            self._become(response.producer_id, response.producer_epoch)
        return ErrorCode(response.error_code)

    def _become(self, producer_id: int, epoch: int) -> None:
        self.producer_id, self.epoch = producer_id, epoch
        self.sequences.clear()


async def read_committed(send: Send, topic: str = "t", index: int = 0) -> list[bytes]:
    """What a reader of committed records gets to see of a partition, aborted ones left out."""
    partition = FetchPartition(partition=index, fetch_offset=0, partition_max_bytes=1 << 24)
    response = await send(
        FetchRequest(
            topics=[FetchTopic(topic=topic, partitions=[partition])],
            max_wait_ms=0,
            min_bytes=0,
            max_bytes=1 << 24,
            isolation_level=1,
            forgotten_topics_data=[],
        ),
        12,
    )
    (answer,) = response.responses[0].partitions
    assert answer.error_code == ErrorCode.NONE
    aborted = sorted(answer.aborted_transactions, key=lambda each: each.first_offset)
    ended: set[int] = set()
    values = []
    for position, header in iterate_headers(answer.records):
        while aborted and aborted[0].first_offset <= header.last_offset:
            ended.add(aborted.pop(0).producer_id)
        records = list(records_of(answer.records, position, header))
        if header.is_control:
            if records[0].key == bytes(4):
                ended.discard(header.producer_id)
        elif not (header.is_transactional and header.producer_id in ended):
            values += [record.value or b"" for record in records]
    return values


async def committed_offset(
    send: Send, group: str = "group", *, topic: str = "t", index: int = 0, require_stable: bool = True
) -> tuple[ErrorCode, int]:
    """OffsetFetch of one partition: its code, and the offset (-1 if there is none)."""
    topics = [OffsetFetchRequestTopics(name=topic, partition_indexes=[index])]
    response = await send(
        OffsetFetchRequest(
            groups=[OffsetFetchRequestGroup(group_id=group, topics=topics)], require_stable=require_stable
        ),
        9,
    )
    (partition,) = response.groups[0].topics[0].partitions
    return ErrorCode(partition.error_code), partition.committed_offset
