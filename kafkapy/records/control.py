"""Control records: what transaction coordinators and the metadata quorum write between the data.

A control batch has the control attribute, no compression, sequence -1, and (here) one record. Its key tells
the type, its value depends on the type: ABORT and COMMIT are taken apart here, the others are messages of
`kafkapy.protocol.messages.log_records`. Readers must skip types that they do not know, consumers see none
of them. Source: KIP-98, KIP-595; Kafka's `ControlRecordType` and `EndTransactionMarker`.
"""

from enum import IntEnum
from struct import Struct
from struct import error as StructError
from typing import NamedTuple

from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.record import Record, invalid_record

_KEY = Struct(">hh")
_END_TRANSACTION = Struct(">hi")
_VERSION = 0


class ControlType(IntEnum):
    """What a control record says; from LEADER_CHANGE on only in the metadata log and its snapshots."""

    UNKNOWN = -1
    ABORT = 0
    COMMIT = 1
    LEADER_CHANGE = 2
    SNAPSHOT_HEADER = 3
    SNAPSHOT_FOOTER = 4
    KRAFT_VERSION = 5
    KRAFT_VOTERS = 6


_TYPES = {kind.value: kind for kind in ControlType}


class EndTransactionMarker(NamedTuple):
    """How a transaction ends in one partition, as its coordinator in `coordinator_epoch` decided."""

    committed: bool
    coordinator_epoch: int


def control_type(key: bytes | None) -> ControlType:
    """The type that a control record's key tells; UNKNOWN for the types of the future.

    Raises KafkaError(INVALID_RECORD) if the key is none.
    """
    if key is None or len(key) < _KEY.size:
        raise invalid_record("Invalid key of a control record: it needs 4 bytes")
    version, number = _KEY.unpack_from(key)
    if version < 0:
        raise invalid_record(f"Invalid version found for control record: {version}")
    return _TYPES.get(number, ControlType.UNKNOWN)


def end_transaction_marker(record: Record) -> EndTransactionMarker | None:
    """The marker in a control record, None for other types; KafkaError(INVALID_RECORD) if malformed."""
    kind = control_type(record.key)
    if kind not in (ControlType.ABORT, ControlType.COMMIT):
        return None
    try:
        version, coordinator_epoch = _END_TRANSACTION.unpack_from(record.value or b"")
    except StructError:
        raise invalid_record("Invalid value of an end transaction marker: it needs 6 bytes") from None
    if version < 0:
        raise invalid_record(f"Invalid version found for end transaction marker: {version}")
    return EndTransactionMarker(kind is ControlType.COMMIT, coordinator_epoch)


def end_transaction_batch(
    producer_id: int, producer_epoch: int, marker: EndTransactionMarker, timestamp_ms: int
) -> bytearray:
    """The control batch that ends a producer's transaction in a partition."""
    kind = ControlType.COMMIT if marker.committed else ControlType.ABORT
    value = _END_TRANSACTION.pack(_VERSION, marker.coordinator_epoch)
    return build_batch(
        [NewRecord(_KEY.pack(_VERSION, kind), value, timestamp_ms)],
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        transactional=True,
        control=True,
    )


def control_batch(
    kind: ControlType, value: bytes, timestamp_ms: int, *, base_offset: int = 0, leader_epoch: int = -1
) -> bytearray:
    """A control batch of the metadata log: `value` is the encoded message of that type."""
    return build_batch(
        [NewRecord(_KEY.pack(_VERSION, kind), value, timestamp_ms)],
        base_offset=base_offset,
        control=True,
        partition_leader_epoch=leader_epoch,
    )
