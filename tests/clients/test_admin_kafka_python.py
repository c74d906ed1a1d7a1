"""The admin client of kafka-python, above all what the other admin clients cannot ask for."""

from collections.abc import Callable, Iterator

import pytest
from kafka import KafkaAdminClient, OffsetAndMetadata, OffsetSpec, TopicPartition
from kafka.admin import (
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ConfigResource,
    ConfigResourceType,
    ResourcePattern,
    ResourceType,
    TransactionState,
)
from kafka.errors import KafkaError

from tests.clients.facade import Client, Committed, Sent, produce, settle, until


@pytest.fixture
def own(bootstrap: str) -> Iterator[KafkaAdminClient]:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    yield admin
    admin.close()


def code_of(failing: Callable[[], object]) -> int:
    with pytest.raises(KafkaError) as failed:
        failing()
    return int(failed.value.errno)


def test_topics_are_created_with_their_configs_and_deleted(own: KafkaAdminClient, unique: str) -> None:
    made = own.create_topics({unique: {"num_partitions": 2, "configs": {"retention.ms": "1000"}}})
    (topic,) = made["topics"]
    assert (topic["error_code"], topic["num_partitions"], topic["replication_factor"]) == (0, 2, 1)
    assert topic["configs"]["retention.ms"]["value"] == "1000"
    until(lambda: unique in own.list_topics(), "it is listed")
    (described,) = own.describe_topics([unique])
    assert [partition["leader_id"] for partition in described["partitions"]] == [1, 1]
    assert set(described["authorized_operations"]) >= {"READ", "WRITE", "DELETE", "ALTER_CONFIGS"}
    own.delete_topics([unique])
    until(lambda: unique not in own.list_topics(), "it is not listed")
    assert code_of(lambda: own.delete_topics([unique])) == 3  # UNKNOWN_TOPIC_OR_PARTITION


def test_without_an_authorizer_there_are_no_acls(own: KafkaAdminClient) -> None:
    wanted = ACLFilter(
        None, "*", ACLOperation.ANY, ACLPermissionType.ANY, ResourcePattern(ResourceType.TOPIC, "t")
    )
    assert code_of(lambda: own.describe_acls(wanted)) == 54  # SECURITY_DISABLED


def test_topics_without_numbers_get_the_brokers_defaults(own: KafkaAdminClient, unique: str) -> None:
    (topic,) = own.create_topics([unique])["topics"]
    assert (topic["num_partitions"], topic["replication_factor"]) == (4, 1)


def test_partitions_are_described_page_by_page(
    own: KafkaAdminClient, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, 7)
    seen: list[int] = []
    cursor = None
    while len(seen) < 7:
        page = own.describe_topic_partitions([topic], response_partition_limit=3, cursor=cursor)
        (described,) = page["topics"]
        assert len(described["partitions"]) <= 3
        assert all(partition["leader_id"] == 1 for partition in described["partitions"])
        seen += [partition["partition_index"] for partition in described["partitions"]]
        cursor = page["next_cursor"]
        assert (cursor is None) == (len(seen) == 7)
    assert seen == list(range(7))


def test_configs_are_altered_and_reset(own: KafkaAdminClient, topic: str) -> None:
    def retention() -> str | None:
        asked = ConfigResource(ConfigResourceType.TOPIC, topic, ["retention.ms"])
        found = own.describe_configs([asked], config_filter="all")
        return found["topic"][topic]["retention.ms"]["value"]

    own.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "777"})])
    until(lambda: retention() == "777", "set")
    own.reset_configs([ConfigResource(ConfigResourceType.TOPIC, topic, ["retention.ms"])])
    until(lambda: retention() == "604800000", "reset")


@pytest.mark.parametrize("incremental", [True, False])
def test_configs_are_altered_the_old_and_the_new_way(
    incremental: bool, own: KafkaAdminClient, topic: str
) -> None:
    wanted = ConfigResource(ConfigResourceType.TOPIC, topic, {"segment.bytes": "2000000"})
    own.alter_configs([wanted], incremental=incremental)

    def changed() -> bool:
        asked = ConfigResource(ConfigResourceType.TOPIC, topic, ["segment.bytes"])
        found = own.describe_configs([asked], config_filter="all")
        return bool(found["topic"][topic]["segment.bytes"]["value"] == "2000000")

    until(changed, "set")


def test_group_configs_are_set_before_the_group_exists(own: KafkaAdminClient, group: str) -> None:
    wanted = ConfigResource(ConfigResourceType.GROUP, group, {"share.auto.offset.reset": "earliest"})
    own.alter_configs([wanted], raise_on_unknown=False)

    def value() -> object:
        found = own.describe_configs([ConfigResource(ConfigResourceType.GROUP, group)], config_filter="all")
        return found["group"][group]["share.auto.offset.reset"]["value"]

    until(lambda: value() == "earliest", "set")


@pytest.mark.needs_api(26, 68, 76)  # what the features stand for: transactions, consumer and share groups
def test_features_are_described(own: KafkaAdminClient) -> None:
    features = own.describe_features()
    assert features["metadata.version"]["finalized"] == (30, 30)
    assert features["transaction.version"]["finalized"] == (2, 2)
    assert features["group.version"]["finalized"] == (1, 1)
    assert features["share.version"]["finalized"] == (1, 1)


def test_the_cluster_its_versions_and_quorum_are_described(own: KafkaAdminClient) -> None:
    cluster = own.describe_cluster()
    assert [broker["broker_id"] for broker in cluster["brokers"]] == [1]
    versions = {key.value: offered for key, offered in own.api_versions().items()}
    assert versions[0] == (0, 13)  # Produce, which does not answer below 3
    assert versions[1] == (4, 18)  # Fetch
    assert versions[3] == (0, 13)  # Metadata
    quorum = own.describe_metadata_quorum()
    (partition,) = quorum["topics"][0]["partitions"]
    assert quorum["topics"][0]["topic_name"] == "__cluster_metadata"
    assert partition["leader_id"] == 1
    assert [voter["replica_id"] for voter in partition["current_voters"]] == [1]
    assert partition["high_watermark"] > 0


def test_log_directories_tell_the_sizes_of_partitions(
    own: KafkaAdminClient, confluent: Client, topic: str
) -> None:
    produce(confluent.producer(), topic, [Sent(b"x" * 1000) for _ in range(20)])
    (broker,) = own.describe_log_dirs({topic: [0]})
    (directory,) = broker["log_dirs"]
    (described,) = directory["topics"]
    (partition,) = described["partitions"]
    assert (described["name"], partition["partition_index"], partition["offset_lag"]) == (topic, 0, 0)
    assert partition["partition_size"] >= 20_000
    assert directory["total_bytes"] > directory["usable_bytes"] > 0


def test_members_offsets_and_groups_are_managed(
    own: KafkaAdminClient, confluent: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, 2)
    member = confluent.consumer(topic, group=group)
    settle([member], lambda owned: len(owned[0]) == 2, "it owns both")
    member.commit({(topic, 0): Committed(3, "note"), (topic, 1): Committed(5, "")})
    described = own.describe_groups([group])[group]
    assert described["group_state"] == "Stable"
    assert described["protocol_type"] == "consumer"
    assert len(described["members"]) == 1
    assert group in {one["group_id"] for one in own.list_groups()}
    member.close()
    offsets = own.list_group_offsets({group: None})[group]
    assert {p: found.offset for p, found in offsets.items()} == {
        TopicPartition(topic, 0): 3,
        TopicPartition(topic, 1): 5,
    }
    own.alter_group_offsets(group, {TopicPartition(topic, 0): OffsetAndMetadata(1, "", -1)})
    own.delete_group_offsets(group, [TopicPartition(topic, 1)])
    offsets = own.list_group_offsets({group: None})[group]
    assert {p: found.offset for p, found in offsets.items()} == {TopicPartition(topic, 0): 1}
    own.reset_group_offsets(group, {TopicPartition(topic, 0): OffsetSpec.EARLIEST})
    assert own.list_group_offsets({group: None})[group][TopicPartition(topic, 0)].offset == 0
    own.delete_groups([group])
    assert group not in {one["group_id"] for one in own.list_groups()}


@pytest.mark.needs_api(
    24, 26, 61, 65, 66
)  # transactions, DescribeProducers, DescribeTransactions, ListTransactions
def test_producers_and_transactions_of_a_partition_are_described(
    own: KafkaAdminClient, confluent: Client, topic: str, unique: str
) -> None:
    producer = confluent.producer(transactional_id=unique)
    producer.begin()
    produce(producer, topic, [Sent(b"v")])
    partition = TopicPartition(topic, 0)
    (active,) = own.describe_producers([partition])[partition].active_producers
    assert active.last_sequence == 0
    assert active.current_transaction_start_offset == 0
    listed = {one.transactional_id: one for one in own.list_transactions()[1]}
    assert listed[unique].state == TransactionState.ONGOING
    assert listed[unique].producer_id == active.producer_id
    described = own.describe_transactions([unique])[unique]
    assert described.state == TransactionState.ONGOING
    assert described.topic_partitions == {partition}
    producer.commit()
    ended = {TransactionState.COMPLETE_COMMIT}
    until(lambda: own.describe_transactions([unique])[unique].state in ended, "the transaction is complete")


def test_records_are_deleted_and_offsets_listed(own: KafkaAdminClient, confluent: Client, topic: str) -> None:
    produce(confluent.producer(), topic, [Sent(b"%d" % n) for n in range(10)])
    partition = TopicPartition(topic, 0)
    own.delete_records({partition: 4})
    earliest = own.list_partition_offsets({partition: OffsetSpec.EARLIEST})
    assert earliest[partition].offset == 4


def test_nothing_is_being_reassigned(own: KafkaAdminClient) -> None:
    assert not own.list_partition_reassignments()
