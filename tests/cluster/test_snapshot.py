from dataclasses import replace

import pytest

from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.reader import MetadataReader
from kafkapy.cluster.record_types import FeatureLevelRecord, encode_record
from kafkapy.cluster.snapshot import (
    RECORDS_PER_BATCH,
    SnapshotId,
    encode_bootstrap,
    encode_snapshot,
    image_records,
    parse_snapshot_name,
)
from kafkapy.records.batch import check_crc, iterate_headers, records_of
from tests.cluster.kafka_files import DYNAMIC_QUORUM_SNAPSHOT, SNAPSHOT
from tests.cluster.memory_metadata_log import create_topic, started_metadata


def image_of(snapshot: bytes) -> ClusterImage:
    reader = MetadataReader(ClusterImage())
    reader.read_snapshot(snapshot)
    return reader.image


def values_of(snapshot: bytes) -> list[bytes | None]:
    return [
        record.value
        for position, header in iterate_headers(snapshot)
        for record in records_of(snapshot, position, header)
    ]


def test_the_image_of_kafkas_snapshot_has_the_records_of_kafkas_snapshot() -> None:
    records = [encode_record(record, 30) for record in image_records(image_of(SNAPSHOT))]
    assert sorted(records) == sorted(value for value in values_of(SNAPSHOT)[1:-1] if value)


def test_a_snapshot_gives_its_image_back() -> None:
    image = image_of(SNAPSHOT)
    assert image_of(encode_snapshot(image, last_timestamp_ms=3, now_ms=4)) == image


def test_voters_in_the_log_go_into_the_snapshot_behind_the_header() -> None:
    image = image_of(DYNAMIC_QUORUM_SNAPSHOT)
    again = encode_snapshot(image, last_timestamp_ms=3, now_ms=4)
    assert values_of(again)[1:] == values_of(DYNAMIC_QUORUM_SNAPSHOT)[1:]
    assert image_of(again) == image


def test_a_large_image_is_cut_into_batches_with_consecutive_offsets() -> None:
    metadata = started_metadata()
    create_topic(metadata, "wide", partitions=3 * RECORDS_PER_BATCH)
    snapshot = encode_snapshot(metadata.image, last_timestamp_ms=3, now_ms=4)
    next_offset = 0
    for position, header in iterate_headers(snapshot):
        assert check_crc(snapshot, position, header)
        assert header.base_offset == next_offset
        assert header.record_count <= RECORDS_PER_BATCH
        next_offset = header.next_offset
    image = image_of(snapshot)
    assert replace(image, offset=metadata.image.offset, epoch=1) == metadata.image


def test_a_bootstrap_checkpoint_is_a_snapshot_of_epoch_zero() -> None:
    content = encode_bootstrap([FeatureLevelRecord(name="metadata.version", feature_level=30)], 5)
    assert image_of(content).features == {"metadata.version": 30}
    assert {header.partition_leader_epoch for _, header in iterate_headers(content)} == {0}


def test_names_of_snapshots() -> None:
    name = "00000000000000000088-0000000004.checkpoint"
    assert parse_snapshot_name(name) == SnapshotId(88, 4)
    assert SnapshotId(88, 4).file_name == name


@pytest.mark.parametrize(
    "name", ["bootstrap.checkpoint", "00000000000000000088-0000000004-1.checkpoint.part"]
)
def test_other_files_are_no_snapshots(name: str) -> None:
    assert parse_snapshot_name(name) is None
