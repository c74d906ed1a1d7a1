"""AddPartitionsToTxn (API key 24), v0-5: a transaction will write to these partitions (KIP-98).

v2: PRODUCER_FENCED. v4: many transactions at once, and asking without adding; for brokers (KIP-890). v5:
TRANSACTION_ABORTABLE to clients.
"""

from kafkapy.cluster.image import INTERNAL_TOPICS
from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.runtime import settled
from kafkapy.coordinator.transaction.metadata import EPOCH_BUMPED, TopicPartition
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.add_partitions_to_txn import (
    AddPartitionsToTxnPartitionResult,
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnResponse,
    AddPartitionsToTxnResult,
    AddPartitionsToTxnTopic,
    AddPartitionsToTxnTopicResult,
    AddPartitionsToTxnTransaction,
)

FIRST_VERSION_WITH_PRODUCER_FENCED = 2
FIRST_VERSION_WITH_BATCHES = 4

Codes = dict[TopicPartition, ErrorCode]


def _fail(request: AddPartitionsToTxnRequest, code: ErrorCode) -> AddPartitionsToTxnResponse:
    topics = request.v3_and_below_topics
    return AddPartitionsToTxnResponse(
        error_code=code,
        results_by_topic_v3_and_below=_results(topics, dict.fromkeys(_named(topics), code)),
    )


@handles(AddPartitionsToTxnRequest, "0-5", fail=_fail)
async def add_partitions_to_txn(
    ctx: RequestContext, request: AddPartitionsToTxnRequest
) -> AddPartitionsToTxnResponse:
    if ctx.api_version >= FIRST_VERSION_WITH_BATCHES:
        return AddPartitionsToTxnResponse(
            results_by_transaction=[
                AddPartitionsToTxnResult(
                    transactional_id=transaction.transactional_id,
                    topic_results=_results(transaction.topics, await _add(ctx, transaction)),
                )
                for transaction in request.transactions
            ]
        )
    transaction = AddPartitionsToTxnTransaction(
        transactional_id=request.v3_and_below_transactional_id,
        producer_id=request.v3_and_below_producer_id,
        producer_epoch=request.v3_and_below_producer_epoch,
        topics=request.v3_and_below_topics,
    )
    return AddPartitionsToTxnResponse(
        results_by_topic_v3_and_below=_results(transaction.topics, await _add(ctx, transaction))
    )


async def _add(ctx: RequestContext, transaction: AddPartitionsToTxnTransaction) -> Codes:
    """All of them or none."""
    is_from_broker = ctx.api_version >= FIRST_VERSION_WITH_BATCHES
    partitions = _named(transaction.topics)
    refused = {each: code for each in partitions if (code := _unfit(ctx, each, is_from_broker))}
    if refused:
        return {each: refused.get(each, ErrorCode.OPERATION_NOT_ATTEMPTED) for each in partitions}
    producer = ProducerIdentity(transaction.producer_id, transaction.producer_epoch)
    transactional_id = transaction.transactional_id
    transactions = ctx.broker.transactions
    try:
        if transaction.verify_only:
            codes = await settled(transactions.verify_partitions(transactional_id, producer, partitions))
            return dict(zip(partitions, codes, strict=True))
        await settled(
            transactions.add_partitions(
                transactional_id, producer, partitions, client_version=EPOCH_BUMPED if is_from_broker else 0
            )
        )
    except KafkaError as refusal:
        code = refusal.code
        if code is ErrorCode.PRODUCER_FENCED and ctx.api_version < FIRST_VERSION_WITH_PRODUCER_FENCED:
            code = ErrorCode.INVALID_PRODUCER_EPOCH
        return dict.fromkeys(partitions, code)
    return dict.fromkeys(partitions, ErrorCode.NONE)


def _unfit(ctx: RequestContext, partition: TopicPartition, is_from_broker: bool) -> ErrorCode | None:
    """Why no client may write to the partition in a transaction."""
    topic, index = partition
    if topic in INTERNAL_TOPICS and not is_from_broker:
        return ErrorCode.TOPIC_AUTHORIZATION_FAILED
    if ctx.broker.partitions.get(topic, b"", index) is None:
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return None


def _named(topics: list[AddPartitionsToTxnTopic]) -> list[TopicPartition]:
    return [(topic.name, index) for topic in topics for index in topic.partitions]


def _results(topics: list[AddPartitionsToTxnTopic], codes: Codes) -> list[AddPartitionsToTxnTopicResult]:
    return [
        AddPartitionsToTxnTopicResult(
            name=topic.name,
            results_by_partition=[
                AddPartitionsToTxnPartitionResult(
                    partition_index=index, partition_error_code=codes[topic.name, index]
                )
                for index in topic.partitions
            ],
        )
        for topic in topics
    ]
