"""InitProducerId (API key 22): gives a producer its id and epoch, and fences older producers of its
transactional id (KIP-98).

v2: first flexible version.  v3: resuming with a known id and epoch (KIP-360).
v6: two-phase commit (KIP-939).
"""

from kafkapy.protocol.schema import boolean, int16, int32, int64, message, string


@message(key=22, valid="0-6", flexible="2+")
class InitProducerIdRequest:
    transactional_id: str | None = string(nullable="0+")
    transaction_timeout_ms: int = int32()
    producer_id: int = int64("3+", default=-1)
    producer_epoch: int = int16("3+", default=-1)
    enable_2pc: bool = boolean("6+", default=False)
    keep_prepared_txn: bool = boolean("6+", default=False)


@message(key=22, valid="0-6", flexible="2+")
class InitProducerIdResponse:
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16(default=0)
    producer_id: int = int64(default=-1)
    producer_epoch: int = int16()
    ongoing_txn_producer_id: int = int64("6+", default=-1)
    ongoing_txn_producer_epoch: int = int16("6+", default=-1)
