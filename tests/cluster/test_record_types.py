import pytest

from kafkapy.cluster.image import ResourceType
from kafkapy.cluster.record_types import (
    IV_3_7_2,
    IV_4_0_1,
    IV_4_3_0,
    BrokerRegistrationChangeRecord,
    ConfigRecord,
    MetadataRecord,
    PartitionChangeRecord,
    PartitionRecord,
    RegisterBrokerRecord,
    decode_record,
    encode_record,
)
from kafkapy.records.batch import iterate_headers, records_of
from tests.cluster.kafka_files import LOG, SNAPSHOT

LATEST = IV_4_3_0


def version_of(value: bytes) -> int:
    """The third byte of the frame: all versions are below 128."""
    return value[2]


@pytest.mark.parametrize("file", [LOG, SNAPSHOT], ids=["log", "snapshot"])
def test_records_that_kafka_wrote_are_written_again_byte_for_byte(file: bytes) -> None:
    count = 0
    for position, header in iterate_headers(file):
        if not header.is_control:
            for record in records_of(file, position, header):
                assert record.value is not None
                assert encode_record(decode_record(record.value), LATEST) == record.value
                count += 1
    assert count >= 26


def partition() -> PartitionRecord:
    return PartitionRecord(
        partition_id=0,
        topic_id=bytes(16),
        replicas=[1],
        isr=[1],
        removing_replicas=[],
        adding_replicas=[],
        leader=1,
        leader_epoch=3,
        partition_epoch=4,
        directories=[bytes(16)],
        eligible_leader_replicas=[2],
    )


def registration() -> RegisterBrokerRecord:
    return RegisterBrokerRecord(
        broker_id=1,
        incarnation_id=bytes(16),
        broker_epoch=7,
        end_points=[],
        features=[],
        rack=None,
        log_dirs=[bytes(16)],
        cordoned_log_dirs=[],
    )


@pytest.mark.parametrize(
    ("metadata_version", "record", "version"),
    [
        (IV_3_7_2 - 1, partition(), 0),
        (IV_3_7_2, partition(), 1),
        (IV_4_0_1 - 1, PartitionChangeRecord(partition_id=0, topic_id=bytes(16)), 1),
        (IV_4_0_1, PartitionChangeRecord(partition_id=0, topic_id=bytes(16)), 2),
        (7, registration(), 1),
        (8, registration(), 2),
        (IV_3_7_2, registration(), 3),
        (IV_4_3_0, registration(), 4),
    ],
)
def test_the_clusters_metadata_version_decides_the_record_version(
    metadata_version: int, record: MetadataRecord, version: int
) -> None:
    assert version_of(encode_record(record, metadata_version)) == version


def test_what_an_old_version_cannot_carry_is_left_out() -> None:
    record = partition()
    written = decode_record(encode_record(record, IV_3_7_2))
    assert isinstance(written, PartitionRecord)
    assert (written.directories, written.eligible_leader_replicas) == ([bytes(16)], None)
    assert record.eligible_leader_replicas == [2], "the record itself stays as it was"


@pytest.mark.parametrize(
    ("change", "version"),
    [
        ({"fenced": 1}, 0),
        ({"in_controlled_shutdown": 1}, 1),
        ({"log_dirs": [bytes(16)]}, 2),
        ({"cordoned_log_dirs": []}, 3),
    ],
)
def test_a_registration_change_has_the_version_that_its_fields_need(
    change: dict[str, int], version: int
) -> None:
    record = BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=2, **change)
    assert version_of(encode_record(record, LATEST)) == version


def test_a_deleted_config_is_a_null_value() -> None:
    record = ConfigRecord(
        resource_type=ResourceType.TOPIC, resource_name="t", name="retention.ms", value=None
    )
    assert decode_record(encode_record(record, LATEST)) == record
