"""Offsets that a producer commits with its transaction: TxnOffsetCommit (KIP-98, KIP-447)."""

from collections.abc import Sequence

from kafkapy.coordinator.decision import Decision
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.offsets import OffsetToCommit, commit_record
from kafkapy.coordinator.group.shard import GroupShard
from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


def commit_in_transaction(
    shard: GroupShard,
    group_id: str,
    identity: MemberIdentity,
    wanted: Sequence[OffsetToCommit],
    producer: ProducerIdentity,
    proof: object,
    now_ms: int,
) -> Decision[list[ErrorCode]]:
    """One code per offset. A member's session is none of the producer's business."""
    group = shard.groups.get(group_id)
    if group is not None:
        group.check_transactional_commit(identity)
    elif identity.generation_id >= 0:
        raise KafkaError(ErrorCode.ILLEGAL_GENERATION)
    decision: Decision[list[ErrorCode]] = Decision(producer=producer, proof=proof)
    codes = decision.reply = []
    for offset in wanted:
        if offset.metadata is not None and len(offset.metadata) > shard.settings.offset_metadata_max_bytes:
            codes.append(ErrorCode.OFFSET_METADATA_TOO_LARGE)
        else:
            codes.append(ErrorCode.NONE)
            decision.records.append(commit_record(group_id, offset, now_ms=now_ms, retention_ms=-1))
    return decision
