"""Reads batches of the metadata log, or of a snapshot of it, into the image.

Records of a metadata transaction (KIP-868) are held back until it ends; aborted ones never happened.
"""

from collections.abc import Iterator

from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.record_types import (
    AbortTransactionRecord,
    BeginTransactionRecord,
    EndTransactionRecord,
    MetadataRecord,
    decode_record,
)
from kafkapy.cluster.replay import UnreplayableRecord, replay
from kafkapy.protocol.codec import decode
from kafkapy.protocol.errors import KafkaError, MalformedMessage
from kafkapy.protocol.messages.log_records.framing import UnknownRecordType
from kafkapy.protocol.messages.log_records.kraft_version_record import KRaftVersionRecord
from kafkapy.records.batch import BatchHeader, Buffer, check_crc, iterate_headers, records_of
from kafkapy.records.control import ControlType, control_type
from kafkapy.records.record import Record


class DamagedMetadata(Exception):
    """The metadata log or a snapshot of it cannot be read: bytes are wrong, or a newer Kafka wrote them."""


def data_records(batches: Buffer) -> Iterator[MetadataRecord]:
    """The records in whole batches, control records left out. DamagedMetadata."""
    for header, records in _batches(batches):
        if not header.is_control:
            for record in records:
                yield _decoded(record)


class MetadataReader:
    """Replays records in log order into one image."""

    def __init__(self, image: ClusterImage) -> None:
        self.image = image
        self.last_timestamp_ms = -1
        self.log_bytes = 0
        """How much of the log, not of snapshots, has been replayed."""
        self._transaction: list[MetadataRecord] | None = None

    @property
    def is_in_transaction(self) -> bool:
        """Whether a metadata transaction has begun and not ended."""
        return self._transaction is not None

    def read_log(self, batches: Buffer) -> None:
        """Replay whole batches of the log, skipping records that the image already has. DamagedMetadata."""
        for header, records in _batches(batches):
            if header.last_offset <= self.image.offset:
                continue
            for record in records:
                if record.offset > self.image.offset:
                    self._read(record, is_control=header.is_control)
                    self.image.offset = record.offset
            self.image.epoch = header.partition_leader_epoch
            self.log_bytes += header.size_bytes
            self.last_timestamp_ms = header.max_timestamp

    def read_snapshot(self, batches: Buffer) -> None:
        """Replay a snapshot, whose own offsets mean nothing. DamagedMetadata."""
        kinds = []
        for header, records in _batches(batches):
            for record in records:
                if header.is_control:
                    kinds.append(control_type(record.key))
                self._read(record, is_control=header.is_control)
        if kinds[:1] != [ControlType.SNAPSHOT_HEADER] or kinds[-1] is not ControlType.SNAPSHOT_FOOTER:
            raise DamagedMetadata("a metadata snapshot begins with a header and ends with a footer")

    def apply(self, record: MetadataRecord) -> None:
        """Replay one record, or hold it back until its transaction ends. UnreplayableRecord."""
        match record:
            case BeginTransactionRecord():
                self._transaction = []
            case AbortTransactionRecord():
                self._transaction = None
            case EndTransactionRecord():
                held_back, self._transaction = self._transaction or [], None
                for held in held_back:
                    replay(self.image, held)
            case _ if self._transaction is not None:
                self._transaction.append(record)
            case _:
                replay(self.image, record)

    def _read(self, record: Record, *, is_control: bool) -> None:
        try:
            if is_control:
                self._read_control(record)
            else:
                self.apply(_decoded(record))
        except (UnreplayableRecord, MalformedMessage) as error:
            raise DamagedMetadata(f"metadata record at offset {record.offset}: {error}") from error

    def _read_control(self, record: Record) -> None:
        kind = control_type(record.key)
        if kind is ControlType.KRAFT_VERSION:
            self.image.kraft_version = decode(KRaftVersionRecord, 0, record.value or b"").kraft_version
        elif kind is ControlType.KRAFT_VOTERS:
            self.image.voters = record.value or b""


def _batches(batches: Buffer) -> Iterator[tuple[BatchHeader, list[Record]]]:
    for position, header in iterate_headers(batches):
        if not check_crc(batches, position, header):
            raise DamagedMetadata(f"the metadata batch at offset {header.base_offset} has a wrong checksum")
        try:
            yield header, list(records_of(batches, position, header))
        except KafkaError as error:
            raise DamagedMetadata(
                f"the metadata batch at offset {header.base_offset} does not parse"
            ) from error


def _decoded(record: Record) -> MetadataRecord:
    try:
        return decode_record(record.value or b"")
    except (UnknownRecordType, MalformedMessage) as error:
        raise DamagedMetadata(f"metadata record at offset {record.offset}: {error}") from error
