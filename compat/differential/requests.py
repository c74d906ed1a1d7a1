"""Short ways to say what scenarios ask for most often."""

from collections.abc import Mapping, Sequence
from typing import Any

from kafkapy.protocol.messages.create_topics import (
    CreatableReplicaAssignment,
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
)
from kafkapy.protocol.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkapy.protocol.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.protocol.uuid import ZERO_UUID
from kafkapy.records.builder import NewRecord, build_batch

LONG_AGO_MS = 1_700_000_000_000
"""A time for records that does not depend on when the scenario runs."""
FIRST_PRODUCE_VERSION_WITH_IDS = 13


def new_topic(
    name: str,
    partitions: int = 1,
    replicas: int = 1,
    assignments: Sequence[tuple[int, Sequence[int]]] = (),
    configs: Mapping[str, str | None] | Sequence[tuple[str, str | None]] = (),
) -> CreatableTopic:
    pairs = configs.items() if isinstance(configs, Mapping) else configs
    return CreatableTopic(
        name=name,
        num_partitions=partitions,
        replication_factor=replicas,
        assignments=[
            CreatableReplicaAssignment(partition_index=index, broker_ids=list(brokers))
            for index, brokers in assignments
        ],
        configs=[CreatableTopicConfig(name=key, value=value) for key, value in pairs],
    )


def create(
    *topics: CreatableTopic, validate_only: bool = False, timeout_ms: int = 20_000
) -> CreateTopicsRequest:
    return CreateTopicsRequest(topics=list(topics), timeout_ms=timeout_ms, validate_only=validate_only)


def delete(*names: str, timeout_ms: int = 20_000) -> DeleteTopicsRequest:
    """Topics by name, in the form of v1-5."""
    return DeleteTopicsRequest(topic_names=list(names), timeout_ms=timeout_ms)


def delete_states(*topics: tuple[str | None, bytes], timeout_ms: int = 20_000) -> DeleteTopicsRequest:
    """Topics by name or id, in the form of v6."""
    states = [DeleteTopicState(name=name, topic_id=topic_id) for name, topic_id in topics]
    return DeleteTopicsRequest(topics=states, timeout_ms=timeout_ms)


def batch(*values: bytes, key: bytes | None = b"k", timestamp: int = LONG_AGO_MS, **fields: Any) -> bytearray:
    """One batch of records with these values."""
    return build_batch([NewRecord(key, value, timestamp) for value in values], **fields)


def produce(
    topic: str | bytes,
    *records: bytes | bytearray | None,
    acks: int = -1,
    index: int = 0,
    transactional_id: str | None = None,
    timeout_ms: int = 10_000,
) -> ProduceRequest:
    """`records` for partition `index` and those after it; a topic id instead of a name for v13."""
    return ProduceRequest(
        transactional_id=transactional_id,
        acks=acks,
        timeout_ms=timeout_ms,
        topic_data=[
            TopicProduceData(
                name=topic if isinstance(topic, str) else "",
                topic_id=topic if isinstance(topic, bytes) else ZERO_UUID,
                partition_data=[
                    PartitionProduceData(index=number, records=each)
                    for number, each in enumerate(records, index)
                ],
            )
        ],
    )


def fetch(
    topic: str | bytes,
    offset: int = 0,
    *,
    index: int = 0,
    max_wait_ms: int = 0,
    min_bytes: int = 1,
    max_bytes: int = 1_000_000,
    partition_max_bytes: int = 1_000_000,
    isolation_level: int = 0,
    session: tuple[int, int] = (0, -1),
    **fields: Any,
) -> FetchRequest:
    """One partition; `fields` are those of FetchPartition."""
    partition = FetchPartition(
        partition=index, fetch_offset=offset, partition_max_bytes=partition_max_bytes, **fields
    )
    return FetchRequest(
        max_wait_ms=max_wait_ms,
        min_bytes=min_bytes,
        max_bytes=max_bytes,
        isolation_level=isolation_level,
        session_id=session[0],
        session_epoch=session[1],
        topics=[fetch_topic(topic, partition)],
    )


def fetch_topic(topic: str | bytes, *partitions: FetchPartition) -> FetchTopic:
    return FetchTopic(
        topic=topic if isinstance(topic, str) else "",
        topic_id=topic if isinstance(topic, bytes) else ZERO_UUID,
        partitions=list(partitions),
    )


def list_offsets(
    topic: str,
    *timestamps: int,
    index: int = 0,
    current_leader_epoch: int = -1,
    isolation_level: int = 0,
    replica_id: int = -1,
) -> ListOffsetsRequest:
    """One partition of one topic, once per timestamp."""
    return ListOffsetsRequest(
        replica_id=replica_id,
        isolation_level=isolation_level,
        topics=[
            ListOffsetsTopic(
                name=topic,
                partitions=[
                    ListOffsetsPartition(
                        partition_index=index, current_leader_epoch=current_leader_epoch, timestamp=timestamp
                    )
                    for timestamp in timestamps
                ],
            )
        ],
    )
