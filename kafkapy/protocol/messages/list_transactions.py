"""ListTransactions (API key 66): the transactional ids that a broker coordinates (KIP-664).

v1: filter by duration (KIP-994).  v2: filter by pattern (KIP-1152).
"""

from kafkapy.protocol.schema import array, int16, int32, int64, message, string, struct


@message(key=66, valid="0-2", flexible="0+")
class ListTransactionsRequest:
    state_filters: list[str] = array(string)
    producer_id_filters: list[int] = array(int64)
    duration_filter: int = int64("1+", default=-1)
    transactional_id_pattern: str | None = string("2+", nullable="2+", default=None)


@struct
class TransactionState:
    transactional_id: str = string()
    producer_id: int = int64()
    transaction_state: str = string()


@message(key=66, valid="0-2", flexible="0+")
class ListTransactionsResponse:
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16(default=0)
    unknown_state_filters: list[str] = array(string)
    transaction_states: list[TransactionState] = array(TransactionState)
