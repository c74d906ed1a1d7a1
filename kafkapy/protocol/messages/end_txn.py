"""EndTxn (API key 26): commits or aborts a transaction (KIP-98).

v3: first flexible version.  v5: every transaction bumps the epoch; the response tells it (KIP-890).
"""

from kafkapy.protocol.schema import boolean, int16, int32, int64, message, string


@message(key=26, valid="0-5", flexible="3+")
class EndTxnRequest:
    transactional_id: str = string()
    producer_id: int = int64()
    producer_epoch: int = int16()
    committed: bool = boolean()


@message(key=26, valid="0-5", flexible="3+")
class EndTxnResponse:
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16(default=0)
    producer_id: int = int64("5+", default=-1, ignorable=True)
    producer_epoch: int = int16("5+", default=-1, ignorable=True)
