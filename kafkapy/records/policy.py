"""What a topic asks of the batches that clients send, and how a refusal names the records at fault."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.compression import Compression

NO_LIMIT = 0x7FFFFFFFFFFFFFFF
_SHOWN_ERRORS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationPolicy:
    """The part of a topic's configuration that validation needs.

    `compression` None is `compression.type=producer`; otherwise every batch is stored with that codec, at
    `level` (None: the codec's default). `before_max_ms` and `after_max_ms` are
    `message.timestamp.{before,after}.max.ms`. `full` looks into every batch, as Apache Kafka does;
    otherwise records are looked at only where a batch cannot be judged or stored right without.
    `max_decompressed_bytes` bounds what a batch may grow to while it is looked at.
    """

    compacted: bool = False
    log_append_time: bool = False
    before_max_ms: int = NO_LIMIT
    after_max_ms: int = 3_600_000
    compression: Compression | None = None
    level: int | None = None
    max_message_bytes: int = 1_048_588
    segment_bytes: int = 0x7FFFFFFF
    full: bool = False
    max_decompressed_bytes: int = 1 << 29
    needs_records: bool = field(init=False)
    """Whether every batch of the topic has to be looked into: for keys, or for timestamps too old."""

    def __post_init__(self) -> None:
        too_old = self.before_max_ms < NO_LIMIT and not self.log_append_time
        object.__setattr__(self, "needs_records", self.full or self.compacted or too_old)


class RecordError(NamedTuple):
    """Why one record was refused; `batch_index` counts from 0 within its batch (KIP-467)."""

    batch_index: int
    message: str
    is_timestamp: bool = False


class InvalidRecords(KafkaError):
    """A batch refused for some of its records: INVALID_TIMESTAMP if one of them is, else INVALID_RECORD.

    `detail` and `record_errors` go to the client as they are; the detail of any other refusal of a batch
    does not.
    """

    def __init__(self, record_errors: Sequence[RecordError]) -> None:
        self.record_errors = tuple(record_errors)
        if any(error.is_timestamp for error in record_errors):
            super().__init__(
                ErrorCode.INVALID_TIMESTAMP, "One or more records have been rejected due to invalid timestamp"
            )
            return
        shown = ", ".join(
            f"RecordError(batchIndex={error.batch_index}, message='{error.message}')"
            for error in record_errors[:_SHOWN_ERRORS]
        )
        super().__init__(
            ErrorCode.INVALID_RECORD,
            f"One or more records have been rejected due to {len(record_errors)} record errors in total, and "
            f"only showing the first three errors at most: [{shown}]",
        )
