from kafkapy.cluster.bootstrap import first_records, new_bootstrap
from kafkapy.cluster.record_types import (
    BeginTransactionRecord,
    ConfigRecord,
    EndTransactionRecord,
    FeatureLevelRecord,
    UserScramCredentialRecord,
)
from kafkapy.cluster.snapshot import encode_bootstrap


def level(name: str, feature_level: int) -> FeatureLevelRecord:
    return FeatureLevelRecord(name=name, feature_level=feature_level)


def test_a_new_cluster_gets_its_levels_and_a_minimum_in_one_transaction() -> None:
    records = first_records(new_bootstrap(5), min_insync_replicas=2)
    assert records[0] == BeginTransactionRecord(name="Bootstrap records")
    assert records[1] == level("metadata.version", 30)
    assert isinstance(records[-1], EndTransactionRecord)
    minimum = records[-2]
    assert isinstance(minimum, ConfigRecord)
    assert (minimum.name, minimum.value, minimum.resource_name) == ("min.insync.replicas", "2", "")


def test_what_else_the_directory_was_formatted_with_is_kept() -> None:
    user = UserScramCredentialRecord(
        name="alice", mechanism=1, salt=b"s", stored_key=b"k", server_key=b"v", iterations=4096
    )
    checkpoint = encode_bootstrap([level("metadata.version", 25), user], 5)
    assert user in first_records(checkpoint, min_insync_replicas=1)


def test_clusters_older_than_metadata_transactions_go_without() -> None:
    checkpoint = encode_bootstrap([level("metadata.version", 12)], 5)
    assert first_records(checkpoint, min_insync_replicas=1) == [level("metadata.version", 12)]
