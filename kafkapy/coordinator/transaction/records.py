"""The records of `__transaction_state`, in the versions that Kafka 4.3 writes."""

from itertools import groupby
from operator import itemgetter

from kafkapy.coordinator.decision import Record
from kafkapy.coordinator.transaction.metadata import TransactionMetadata
from kafkapy.coordinator.transaction.states import TransactionState
from kafkapy.protocol.messages.log_records.framing import CoordinatorRecords, Pair
from kafkapy.protocol.messages.log_records.transaction_log import (
    PartitionsSchema,
    TransactionLogKey,
    TransactionLogValue,
)

RECORDS = CoordinatorRecords([Pair(TransactionLogKey, TransactionLogValue)])


def transaction_record(transactional_id: str, stored: TransactionMetadata, version: int) -> Record:
    """`version` is 0 where `transaction.version` is 0, else 1. Partitions are null in state EMPTY alone."""
    by_topic = groupby(stored.partitions, itemgetter(0))
    value = TransactionLogValue(
        producer_id=stored.producer_id,
        previous_producer_id=stored.previous_producer_id if version else -1,
        next_producer_id=stored.next_producer_id if version else -1,
        producer_epoch=stored.epoch,
        transaction_timeout_ms=stored.timeout_ms,
        transaction_status=stored.state,
        transaction_partitions=None
        if stored.state is TransactionState.EMPTY
        else [
            PartitionsSchema(topic=topic, partition_ids=[index for _, index in partitions])
            for topic, partitions in by_topic
        ],
        transaction_last_update_timestamp_ms=stored.last_update_ms,
        transaction_start_timestamp_ms=stored.start_ms,
        client_transaction_version=stored.client_version if version else 0,
    )
    return Record(TransactionLogKey(transactional_id=transactional_id), value, version)


def transaction_tombstone(transactional_id: str) -> Record:
    return Record(TransactionLogKey(transactional_id=transactional_id), None)


def stored_transaction(value: TransactionLogValue) -> TransactionMetadata:
    """What a record says."""
    return TransactionMetadata(
        producer_id=value.producer_id,
        epoch=value.producer_epoch,
        timeout_ms=value.transaction_timeout_ms,
        state=TransactionState(value.transaction_status),
        last_update_ms=value.transaction_last_update_timestamp_ms,
        start_ms=value.transaction_start_timestamp_ms,
        partitions=tuple(
            (topic.topic, index)
            for topic in value.transaction_partitions or ()
            for index in topic.partition_ids
        ),
        client_version=value.client_transaction_version,
        previous_producer_id=value.previous_producer_id,
        next_producer_id=value.next_producer_id,
    )
