"""AddOffsetsToTxn (API key 25): a transactional producer announces the group whose offsets it will commit
(KIP-98).

v3: first flexible version.  v4: TRANSACTION_ABORTABLE (KIP-890).
"""

from kafkapy.protocol.schema import int16, int32, int64, message, string


@message(key=25, valid="0-4", flexible="3+")
class AddOffsetsToTxnRequest:
    transactional_id: str = string()
    producer_id: int = int64()
    producer_epoch: int = int16()
    group_id: str = string()


@message(key=25, valid="0-4", flexible="3+")
class AddOffsetsToTxnResponse:
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16(default=0)
