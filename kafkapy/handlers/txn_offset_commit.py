"""TxnOffsetCommit (API key 28), v0-5: offsets of a group that are committed with a transaction (KIP-98).

v2: leader epoch, COORDINATOR_LOAD_IN_PROGRESS. v3: the member for which they are committed (KIP-447). v4:
TRANSACTION_ABORTABLE. v5: the group joins the transaction by itself (KIP-890).
"""

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS
from kafkapy.broker.membership import Enlisting, prove_membership
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.offsets import OffsetToCommit
from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.runtime import MAPPED_ERRORS, settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestTopic,
    TxnOffsetCommitResponse,
    TxnOffsetCommitResponsePartition,
    TxnOffsetCommitResponseTopic,
)
from kafkapy.protocol.schema import ZERO_UUID
from kafkapy.records.batch import read_header
from kafkapy.records.builder import build_batch

FIRST_VERSION_WITH_LOAD_IN_PROGRESS = 2
FIRST_VERSION_WITH_TRANSACTION_ABORTABLE = 4
FIRST_VERSION_ADDING_GROUPS = 5


def _fail(request: TxnOffsetCommitRequest, code: ErrorCode) -> TxnOffsetCommitResponse:
    return TxnOffsetCommitResponse(
        topics=[_response(topic, [code] * len(topic.partitions)) for topic in request.topics]
    )


@handles(TxnOffsetCommitRequest, "0-5", fail=_fail)
async def txn_offset_commit(ctx: RequestContext, request: TxnOffsetCommitRequest) -> TxnOffsetCommitResponse:
    """Partitions that do not exist fail alone; if none is left, there is nothing to commit."""
    checked = [_check(ctx, topic) for topic in request.topics]
    offsets = [offset for found in checked for offset in found if isinstance(offset, OffsetToCommit)]
    codes = iter(await _commit(ctx, request, offsets) if offsets else ())
    return TxnOffsetCommitResponse(
        topics=[
            _response(topic, [next(codes) if isinstance(o, OffsetToCommit) else o for o in found])
            for topic, found in zip(request.topics, checked, strict=True)
        ]
    )


def _check(ctx: RequestContext, topic: TxnOffsetCommitRequestTopic) -> list[OffsetToCommit | ErrorCode]:
    known = ctx.broker.metadata.image.topics.get(topic.name)
    count = 0 if known is None else len(known.partitions)
    return [
        OffsetToCommit(
            topic.name,
            ZERO_UUID,
            partition.partition_index,
            partition.committed_offset,
            partition.committed_leader_epoch,
            partition.committed_metadata,
        )
        if 0 <= partition.partition_index < count
        else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        for partition in topic.partitions
    ]


async def _commit(
    ctx: RequestContext, request: TxnOffsetCommitRequest, offsets: list[OffsetToCommit]
) -> list[ErrorCode]:
    groups = ctx.broker.groups
    producer = ProducerIdentity(request.producer_id, request.producer_epoch)
    identity = MemberIdentity(request.member_id, request.generation_id, request.group_instance_id)
    try:
        if not request.group_id:
            raise KafkaError(ErrorCode.INVALID_GROUP_ID)
        proof = await _prove(ctx, request, producer)
        return await settled(
            groups.commit_offsets_in_transaction(
                request.group_id, identity, offsets, producer=producer, proof=proof
            )
        )
    except KafkaError as refusal:
        code = MAPPED_ERRORS.get(refusal.code, refusal.code)
        if (
            code is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
            and ctx.api_version < FIRST_VERSION_WITH_LOAD_IN_PROGRESS
        ):
            code = ErrorCode.COORDINATOR_NOT_AVAILABLE
        return [code] * len(offsets)


async def _prove(ctx: RequestContext, request: TxnOffsetCommitRequest, producer: ProducerIdentity) -> object:
    """That the partition of the group's offsets belongs to the transaction."""
    index = ctx.broker.groups.partition_for(request.group_id)
    partition = ctx.broker.partitions.get(CONSUMER_OFFSETS, b"", index)
    if partition is None:
        raise KafkaError(ErrorCode.NOT_COORDINATOR)
    header = read_header(
        build_batch(
            [],
            producer_id=producer.producer_id,
            producer_epoch=producer.producer_epoch,
            base_sequence=0,
            transactional=True,
        )
    )
    proofs = await prove_membership(
        ctx.broker, request.transactional_id, producer, [(partition, header)], _enlisting(ctx.api_version)
    )
    proof = proofs[partition]
    if proof.refusal is not None:
        raise proof.refusal
    return proof.verification


def _enlisting(version: int) -> Enlisting:
    if version >= FIRST_VERSION_ADDING_GROUPS:
        return Enlisting.BY_BROKER
    is_abortable = version >= FIRST_VERSION_WITH_TRANSACTION_ABORTABLE
    return Enlisting.BY_CLIENT if is_abortable else Enlisting.BEFORE_ABORTABLE


def _response(topic: TxnOffsetCommitRequestTopic, codes: list[ErrorCode]) -> TxnOffsetCommitResponseTopic:
    return TxnOffsetCommitResponseTopic(
        name=topic.name,
        partitions=[
            TxnOffsetCommitResponsePartition(partition_index=partition.partition_index, error_code=code)
            for partition, code in zip(topic.partitions, codes, strict=True)
        ],
    )
