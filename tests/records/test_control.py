"""Control records, against those in Apache Kafka's own files."""

from pathlib import Path

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import iterate_headers, read_header, records_of
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.control import (
    ControlType,
    EndTransactionMarker,
    control_batch,
    control_type,
    end_transaction_batch,
    end_transaction_marker,
)
from kafkapy.records.record import Record
from tests.records.samples import NOW, golden

TRANSACTIONS = Path(__file__).parent.parent / "storage" / "golden" / "producers.log"


def test_markers_are_built_as_kafka_builds_them() -> None:
    log = TRANSACTIONS.read_bytes()
    seen = 0
    for position, header in iterate_headers(log):
        if not header.is_control:
            continue
        [record] = records_of(log, position, header)
        marker = end_transaction_marker(record)
        assert marker is not None
        ours = end_transaction_batch(header.producer_id, header.producer_epoch, marker, record.timestamp)
        theirs = log[position : position + header.size_bytes]
        assert bytes(ours)[16:] == theirs[16:]
        seen += 1
    assert seen == 11


@pytest.mark.parametrize("marker", [EndTransactionMarker(True, 7), EndTransactionMarker(False, 0)])
def test_a_marker_is_read_as_it_was_written(marker: EndTransactionMarker) -> None:
    batch = end_transaction_batch(5, 2, marker, NOW)
    header = read_header(batch)
    assert header.is_control
    assert header.is_transactional
    assert (header.producer_id, header.producer_epoch, header.base_sequence) == (5, 2, -1)
    [record] = records_of(batch, 0, header)
    assert end_transaction_marker(record) == marker


def test_the_metadata_logs_control_batches_are_built_as_kafka_builds_them() -> None:
    for name, kinds in (
        ("leader-change.log", [ControlType.LEADER_CHANGE]),
        ("bootstrap.checkpoint", [ControlType.SNAPSHOT_HEADER, ControlType.SNAPSHOT_FOOTER]),
    ):
        log = golden(name)
        found = []
        for position, header in iterate_headers(log):
            if not header.is_control:
                continue
            [record] = records_of(log, position, header)
            kind = control_type(record.key)
            found.append(kind)
            assert end_transaction_marker(record) is None
            assert record.value is not None
            ours = control_batch(
                kind,
                record.value,
                record.timestamp,
                base_offset=header.base_offset,
                leader_epoch=header.partition_leader_epoch,
            )
            assert bytes(ours) == log[position : position + header.size_bytes]
        assert found == kinds


def test_types_of_the_future_are_unknown_and_no_markers() -> None:
    assert control_type(b"\x00\x00\x00\x63") is ControlType.UNKNOWN
    assert control_type(b"\x00\x05\x00\x01later fields") is ControlType.COMMIT
    assert end_transaction_marker(Record(0, NOW, b"\x00\x00\x00\x63", None)) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b"\x00\x00\x00\x00\x00\x00"),
        (b"\x00\x00\x00", b"\x00\x00\x00\x00\x00\x00"),
        (b"\xff\xff\x00\x00", b"\x00\x00\x00\x00\x00\x00"),
        (b"\x00\x00\x00\x00", None),
        (b"\x00\x00\x00\x00", b"\x00\x00\x00"),
        (b"\x00\x00\x00\x01", b"\xff\xff\x00\x00\x00\x00"),
    ],
)
def test_damaged_markers_are_refused(key: bytes | None, value: bytes | None) -> None:
    batch = build_batch([NewRecord(key, value, NOW)], control=True)
    [record] = records_of(batch, 0, read_header(batch))
    with pytest.raises(KafkaError) as refusal:
        end_transaction_marker(record)
    assert refusal.value.code is ErrorCode.INVALID_RECORD
