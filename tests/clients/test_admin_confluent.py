"""The admin client of confluent-kafka: topics, partitions, configs, groups, offsets, records, ACLs, users."""

import time
from collections.abc import Callable

import pytest
from confluent_kafka import (
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    ConsumerGroupType,
    ElectionType,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from tests.clients.facade import Client, Committed, Sent, produce, read, settle, until

SECONDS = 15.0


def code_of(failing: Callable[[], object]) -> str:
    """The name of the error that the call ends with."""
    with pytest.raises(KafkaException) as failed:
        failing()
    return failed.value.args[0].name()


def create(admin: AdminClient, topic: NewTopic, **options: object) -> None:
    admin.create_topics([topic], **options)[topic.topic].result(SECONDS)


def topic_config(admin: AdminClient, topic: str) -> dict[str, ConfigEntry]:
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    return admin.describe_configs([resource])[resource].result(SECONDS)


def alter(admin: AdminClient, topic: str, key: str, value: str | None, kind: AlterConfigOpType) -> None:
    entry = ConfigEntry(key, value, incremental_operation=kind)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    admin.incremental_alter_configs([resource])[resource].result(SECONDS)


def test_a_topic_is_created_described_and_deleted(admin: AdminClient, unique: str) -> None:
    create(admin, NewTopic(unique, 3, 1))
    until(lambda: unique in admin.list_topics().topics, "it is listed")
    described = admin.describe_topics(TopicCollection([unique]))[unique].result(SECONDS)
    assert described.name == unique
    assert not described.is_internal
    assert [partition.id for partition in described.partitions] == [0, 1, 2]
    assert all(partition.leader.id == 1 for partition in described.partitions)
    assert all([node.id for node in partition.isr] == [1] for partition in described.partitions)
    assert described.topic_id.get_most_significant_bits() != 0
    admin.delete_topics([unique])[unique].result(SECONDS)
    until(lambda: unique not in admin.list_topics().topics, "it is not listed")


@pytest.mark.parametrize(
    ("topic", "error"),
    [
        (NewTopic("bad name!", 1, 1), "TOPIC_EXCEPTION"),
        (NewTopic("x" * 250, 1, 1), "TOPIC_EXCEPTION"),
        (NewTopic("too-many-replicas", 1, 3), "INVALID_REPLICATION_FACTOR"),
        (NewTopic("unknown-config", 1, 1, config={"no.such.key": "1"}), "INVALID_CONFIG"),
        (NewTopic("bad-config", 1, 1, config={"retention.ms": "soon"}), "INVALID_CONFIG"),
        (NewTopic("unknown-broker", 1, replica_assignment=[[77]]), "INVALID_REPLICA_ASSIGNMENT"),
    ],
    ids=lambda value: value.topic[:20] if isinstance(value, NewTopic) else value,
)
def test_a_topic_that_cannot_be_is_refused(topic: NewTopic, error: str, admin: AdminClient) -> None:
    assert code_of(lambda: create(admin, topic)) == error
    assert topic.topic not in admin.list_topics().topics


def test_one_bad_topic_does_not_fail_the_others(admin: AdminClient, unique: str) -> None:
    results = admin.create_topics(
        [NewTopic(f"{unique}-a", 1, 1), NewTopic("b!", 1, 1), NewTopic(f"{unique}-c", 1, 1)]
    )
    results[f"{unique}-a"].result(SECONDS)
    results[f"{unique}-c"].result(SECONDS)
    assert code_of(lambda: results["b!"].result(SECONDS)) == "TOPIC_EXCEPTION"


def test_creating_it_twice_and_deleting_it_twice_are_errors(admin: AdminClient, topic: str) -> None:
    assert code_of(lambda: create(admin, NewTopic(topic, 1, 1))) == "TOPIC_ALREADY_EXISTS"
    admin.delete_topics([topic])[topic].result(SECONDS)
    gone = admin.delete_topics([topic])[topic]
    assert code_of(lambda: gone.result(SECONDS)) == "UNKNOWN_TOPIC_OR_PART"


def test_validation_alone_creates_nothing(admin: AdminClient, unique: str, topic: str) -> None:
    never = f"{unique}-never"
    create(admin, NewTopic(never, 1, 1), validate_only=True)
    assert never not in admin.list_topics().topics
    again = NewTopic(topic, 1, 1)
    assert code_of(lambda: create(admin, again, validate_only=True)) == "TOPIC_ALREADY_EXISTS"


def test_partitions_are_added_and_never_taken_away(admin: AdminClient, topic: str) -> None:
    def count() -> int:
        return len(admin.list_topics(topic).topics[topic].partitions)

    admin.create_partitions([NewPartitions(topic, 5)])[topic].result(SECONDS)
    until(lambda: count() == 5, "five partitions")
    for wrong in (5, 2):
        result = admin.create_partitions([NewPartitions(topic, wrong)])[topic]
        assert code_of(lambda result=result: result.result(SECONDS)) == "INVALID_PARTITIONS"
    missing = admin.create_partitions([NewPartitions("no-such-topic", 2)])["no-such-topic"]
    assert code_of(lambda: missing.result(SECONDS)) == "UNKNOWN_TOPIC_OR_PART"


def test_configs_say_where_they_come_from(admin: AdminClient, unique: str) -> None:
    create(admin, NewTopic(unique, 1, 1, config={"retention.ms": "1000", "cleanup.policy": "compact,delete"}))
    until(lambda: unique in admin.list_topics().topics, "it is listed")
    config = topic_config(admin, unique)
    assert config["retention.ms"].value == "1000"
    assert config["retention.ms"].source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    assert config["cleanup.policy"].value == "compact,delete"
    assert config["segment.bytes"].value == "1073741824"
    assert config["segment.bytes"].source == ConfigSource.DEFAULT_CONFIG.value
    assert config["segment.bytes"].is_default
    assert not config["segment.bytes"].is_read_only
    assert "log.segment.bytes" in config["segment.bytes"].synonyms
    assert len(config) >= 30


def test_configs_are_set_appended_to_subtracted_from_and_deleted(admin: AdminClient, topic: str) -> None:
    def value(key: str) -> str:
        return topic_config(admin, topic)[key].value

    alter(admin, topic, "retention.ms", "5000", AlterConfigOpType.SET)
    until(lambda: value("retention.ms") == "5000", "set")
    alter(admin, topic, "cleanup.policy", "compact", AlterConfigOpType.APPEND)
    until(lambda: value("cleanup.policy") == "delete,compact", "appended")
    alter(admin, topic, "cleanup.policy", "delete", AlterConfigOpType.SUBTRACT)
    until(lambda: value("cleanup.policy") == "compact", "subtracted")
    alter(admin, topic, "retention.ms", None, AlterConfigOpType.DELETE)
    until(lambda: value("retention.ms") == "604800000", "back to the default")


@pytest.mark.parametrize(
    ("key", "value", "kind", "error"),
    [
        ("no.such.key", "1", AlterConfigOpType.SET, "INVALID_CONFIG"),
        ("retention.ms", "soon", AlterConfigOpType.SET, "INVALID_CONFIG"),
        ("retention.ms", "-2", AlterConfigOpType.SET, "INVALID_CONFIG"),
        ("cleanup.policy", "burn", AlterConfigOpType.SET, "INVALID_CONFIG"),
        ("retention.ms", "1", AlterConfigOpType.APPEND, "INVALID_CONFIG"),
    ],
)
def test_a_config_that_cannot_be_is_refused(
    key: str, value: str, kind: AlterConfigOpType, error: str, admin: AdminClient, topic: str
) -> None:
    assert code_of(lambda: alter(admin, topic, key, value, kind)) == error
    assert topic_config(admin, topic)["retention.ms"].value == "604800000"


def test_configs_of_an_unknown_topic_are_an_error(admin: AdminClient) -> None:
    assert code_of(lambda: topic_config(admin, "no-such-topic")) == "UNKNOWN_TOPIC_OR_PART"


def test_the_brokers_configs_are_told_and_some_can_be_changed(admin: AdminClient) -> None:
    resource = ConfigResource(ConfigResource.Type.BROKER, "1")
    config = admin.describe_configs([resource])[resource].result(SECONDS)
    assert config["num.partitions"].value == "4"
    assert config["num.partitions"].source == ConfigSource.STATIC_BROKER_CONFIG.value
    assert config["node.id"].is_read_only
    for key, value, error in (("log.cleaner.threads", "2", None), ("node.id", "5", "INVALID_REQUEST")):
        entry = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        change = ConfigResource(ConfigResource.Type.BROKER, "1", incremental_configs=[entry])
        changed = admin.incremental_alter_configs([change])[change]
        if error:
            assert code_of(lambda changed=changed: changed.result(SECONDS)) == error
        else:
            changed.result(SECONDS)

    def threads() -> str:
        return admin.describe_configs([resource])[resource].result(SECONDS)["log.cleaner.threads"].value

    until(lambda: threads() == "2", "the broker has the new value")


def test_the_cluster_is_described(admin: AdminClient, bootstrap: str) -> None:
    cluster = admin.describe_cluster(include_authorized_operations=True).result(SECONDS)
    assert [(node.id, f"{node.host}:{node.port}") for node in cluster.nodes] == [(1, bootstrap)]
    assert cluster.controller.id == 1
    assert len(cluster.cluster_id) == 22
    assert cluster.authorized_operations


def test_records_are_deleted_up_to_an_offset(admin: AdminClient, confluent: Client, topic: str) -> None:
    produce(confluent.producer(), topic, [Sent(b"%d" % n) for n in range(10)])

    def delete(before: int) -> int:
        asked = TopicPartition(topic, 0, before)
        return int(admin.delete_records([asked])[asked].result(SECONDS).low_watermark)

    assert delete(4) == 4
    assert delete(2) == 4
    assert [record.offset for record in read(confluent, topic, 6)] == [4, 5, 6, 7, 8, 9]
    assert code_of(lambda: delete(11)) == "OFFSET_OUT_OF_RANGE"
    assert delete(-1) == 10  # everything


def test_records_of_a_compacted_topic_cannot_be_deleted(
    admin: AdminClient, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = TopicPartition(new_topic(unique, cleanup_policy="compact"), 0, 0)
    assert code_of(lambda: admin.delete_records([topic])[topic].result(SECONDS)) == "POLICY_VIOLATION"


def test_offsets_are_listed_by_bound_and_by_time(admin: AdminClient, confluent: Client, topic: str) -> None:
    now = int(time.time() * 1000)
    times = [now, now + 500, now + 200]
    produce(confluent.producer(), topic, [Sent(b"v", timestamp_ms=at) for at in times])

    def offset(spec: OffsetSpec) -> tuple[int, int]:
        asked = TopicPartition(topic, 0)
        found = admin.list_offsets({asked: spec})[asked].result(SECONDS)
        return found.offset, found.timestamp

    assert offset(OffsetSpec.earliest()) == (0, -1)
    assert offset(OffsetSpec.latest()) == (3, -1)
    assert offset(OffsetSpec.max_timestamp()) == (1, times[1])
    assert offset(OffsetSpec.for_timestamp(times[0] + 100)) == (1, times[1])
    assert offset(OffsetSpec.for_timestamp(times[1] + 1)) == (-1, -1)


def test_groups_are_listed_and_described(
    admin: AdminClient, confluent: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, 2)
    member = confluent.consumer(topic, group=group, client_id="me", group_instance_id="static")
    settle([member], lambda owned: len(owned[0]) == 2, "it owns both")
    listed = {one.group_id: one for one in admin.list_consumer_groups().result(SECONDS).valid}
    assert listed[group].state == ConsumerGroupState.STABLE
    assert listed[group].type == ConsumerGroupType.CLASSIC
    assert not listed[group].is_simple_consumer_group
    described = admin.describe_consumer_groups([group])[group].result(SECONDS)
    assert described.state == ConsumerGroupState.STABLE
    assert described.partition_assignor == "range"
    assert described.coordinator.id == 1
    (one,) = described.members
    assert (one.client_id, one.host, one.group_instance_id) == ("me", "/127.0.0.1", "static")
    assert {(p.topic, p.partition) for p in one.assignment.topic_partitions} == {(topic, 0), (topic, 1)}
    stable = admin.list_consumer_groups(states={ConsumerGroupState.STABLE}).result(SECONDS).valid
    assert group in {one.group_id for one in stable}
    empty = admin.list_consumer_groups(states={ConsumerGroupState.EMPTY}).result(SECONDS).valid
    assert group not in {one.group_id for one in empty}


@pytest.mark.needs_api(68, 69)  # ConsumerGroupHeartbeat, ConsumerGroupDescribe
def test_a_group_of_the_consumer_protocol_is_described(
    admin: AdminClient, confluent: Client, topic: str, group: str
) -> None:
    member = confluent.consumer(topic, group=group, group_protocol="consumer")
    settle([member], lambda owned: len(owned[0]) == 1, "it owns the partition")
    described = until(
        lambda: described_when_stable(admin, group), "the group is stable for its description as well"
    )
    assert described.type == ConsumerGroupType.CONSUMER
    assert described.partition_assignor == "uniform"
    (one,) = described.members
    assert [(p.topic, p.partition) for p in one.assignment.topic_partitions] == [(topic, 0)]
    assert [(p.topic, p.partition) for p in one.target_assignment.topic_partitions] == [(topic, 0)]


def described_when_stable(admin: AdminClient, group: str) -> object:
    described = admin.describe_consumer_groups([group])[group].result(SECONDS)
    return described if described.state == ConsumerGroupState.STABLE else None


def test_a_group_that_is_not_there_is_dead_and_cannot_be_deleted(admin: AdminClient, group: str) -> None:
    described = admin.describe_consumer_groups([group])[group].result(SECONDS)
    assert described.state == ConsumerGroupState.DEAD
    deleted = admin.delete_consumer_groups([group])[group]
    assert code_of(lambda: deleted.result(SECONDS)) == "GROUP_ID_NOT_FOUND"
    assert offsets_of(admin, group) == {}


def offsets_of(admin: AdminClient, group: str) -> dict[tuple[str, int], int]:
    asked = ConsumerGroupTopicPartitions(group)
    found = admin.list_consumer_group_offsets([asked])[group].result(SECONDS)
    return {(p.topic, p.partition): p.offset for p in found.topic_partitions}


def test_offsets_of_a_group_are_listed_altered_and_deleted_with_it(
    admin: AdminClient, confluent: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, 2)
    member = confluent.consumer(topic, group=group)
    settle([member], lambda owned: len(owned[0]) == 2, "it owns both")
    member.commit({(topic, 0): Committed(3, ""), (topic, 1): Committed(5, "")})
    assert offsets_of(admin, group) == {(topic, 0): 3, (topic, 1): 5}
    change = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 1, 1)])
    (active,) = admin.alter_consumer_group_offsets([change])[group].result(SECONDS).topic_partitions
    assert active.error.name() == "UNKNOWN_MEMBER_ID"
    in_use = admin.delete_consumer_groups([group])[group]
    assert code_of(lambda: in_use.result(SECONDS)) == "NON_EMPTY_GROUP"
    member.close()
    admin.alter_consumer_group_offsets([change])[group].result(SECONDS)
    assert offsets_of(admin, group) == {(topic, 0): 3, (topic, 1): 1}
    admin.delete_consumer_groups([group])[group].result(SECONDS)
    assert group not in {one.group_id for one in admin.list_consumer_groups().result(SECONDS).valid}


def test_the_preferred_leader_is_in_place_already(admin: AdminClient, topic: str) -> None:
    elected = admin.elect_leaders(ElectionType.PREFERRED, [TopicPartition(topic, 0)]).result(SECONDS)
    assert elected[TopicPartition(topic, 0)].name() == "ELECTION_NOT_NEEDED"


@pytest.mark.needs_api(29, 30, 31)  # DescribeAcls, CreateAcls, DeleteAcls
def test_without_an_authorizer_there_are_no_acls(admin: AdminClient, unique: str) -> None:
    user = f"User:{unique}"
    acl = AclBinding(
        ResourceType.TOPIC,
        unique,
        ResourcePatternType.LITERAL,
        user,
        "*",
        AclOperation.READ,
        AclPermissionType.ALLOW,
    )
    every_acl = AclBindingFilter(
        ResourceType.ANY,
        None,
        ResourcePatternType.ANY,
        user,
        None,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    assert admin.describe_acls(every_acl).result(SECONDS) == []  # the client does not look at the error
    for future in (admin.create_acls([acl])[acl], admin.delete_acls([every_acl])[every_acl]):
        with pytest.raises(KafkaException) as refused:
            future.result(SECONDS)
        assert refused.value.args[0].name() == "SECURITY_DISABLED"


@pytest.mark.needs_api(50, 51)  # DescribeUserScramCredentials, AlterUserScramCredentials
def test_scram_credentials_are_made_described_and_deleted(admin: AdminClient, unique: str) -> None:
    kind = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    made = UserScramCredentialUpsertion(unique, kind, b"secret", b"salt")
    admin.alter_user_scram_credentials([made])[unique].result(SECONDS)

    def described() -> bool:
        try:
            found = admin.describe_user_scram_credentials([unique])[unique].result(SECONDS)
        except KafkaException as missing:
            if missing.args[0].name() != "RESOURCE_NOT_FOUND":
                raise
            return False
        (info,) = found.scram_credential_infos
        return (info.mechanism, info.iterations) == (ScramMechanism.SCRAM_SHA_256, 4096)

    until(described, "it is there")
    gone = UserScramCredentialDeletion(unique, ScramMechanism.SCRAM_SHA_256)
    admin.alter_user_scram_credentials([gone])[unique].result(SECONDS)
    until(lambda: not described(), "it is gone")
