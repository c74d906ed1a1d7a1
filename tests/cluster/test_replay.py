import pytest

from kafkapy.cluster.image import ClusterImage, ResourceType
from kafkapy.cluster.record_types import (
    AccessControlEntryRecord,
    BrokerRegistrationChangeRecord,
    ClearElrRecord,
    ClientQuotaRecord,
    ConfigRecord,
    DelegationTokenRecord,
    FenceBrokerRecord,
    MetadataRecord,
    PartitionChangeRecord,
    PartitionRecord,
    RegisterBrokerRecord,
    RemoveAccessControlEntryRecord,
    RemoveDelegationTokenRecord,
    RemoveUserScramCredentialRecord,
    TopicRecord,
    UnfenceBrokerRecord,
    UserScramCredentialRecord,
)
from kafkapy.cluster.replay import REPLAY, UnreplayableRecord, replay
from kafkapy.protocol.messages.log_records.client_quota_record import EntityData
from kafkapy.protocol.messages.log_records.tables import METADATA_RECORDS
from tests.cluster.memory_metadata_log import topic_id


def image_of(*records: MetadataRecord) -> ClusterImage:
    image = ClusterImage()
    for record in records:
        replay(image, record)
    return image


def partition(index: int, **fields: list[int]) -> PartitionRecord:
    return PartitionRecord(
        partition_id=index,
        topic_id=topic_id(1),
        replicas=[1],
        isr=[1],
        removing_replicas=[],
        adding_replicas=[],
        leader=1,
        leader_epoch=5,
        partition_epoch=6,
        **fields,
    )


def change(**fields: int | list[int]) -> PartitionChangeRecord:
    record = PartitionChangeRecord(partition_id=0, topic_id=topic_id(1))
    for name, value in fields.items():
        setattr(record, name, value)
    return record


TOPIC = TopicRecord(name="t", topic_id=topic_id(1))
BROKER = RegisterBrokerRecord(
    broker_id=1, incarnation_id=bytes(16), broker_epoch=7, end_points=[], features=[], rack=None
)


def test_every_record_kafka_may_write_is_understood() -> None:
    handled_by_the_reader = {"BeginTransactionRecord", "EndTransactionRecord", "AbortTransactionRecord"}
    known = {cls.__name__ for cls in METADATA_RECORDS.types.values()}
    assert {cls.__name__ for cls in REPLAY} == known - handled_by_the_reader


def test_any_mention_of_a_leader_is_a_new_leader_epoch() -> None:
    image = image_of(TOPIC, partition(0), change(isr=[1]), change(leader=1))
    after = image.topics["t"].partitions[0]
    assert (after.leader, after.leader_epoch, after.partition_epoch) == (1, 6, 8)


def test_partitions_that_were_handed_out_do_not_change() -> None:
    image = image_of(TOPIC, partition(0))
    before = image.topics["t"].partitions[0]
    replay(image, change(leader=-1, isr=[]))
    assert (before.leader, before.isr) == (1, [1])


def test_cleared_eligible_leaders_are_gone_from_one_topic_or_from_all() -> None:
    elr = {"eligible_leader_replicas": [2], "last_known_elr": [3]}
    image = image_of(TOPIC, partition(0, **elr), partition(1))
    untouched = image.topics["t"].partitions[1]
    replay(image, ClearElrRecord(topic_name="t"))
    cleared = image.topics["t"].partitions[0]
    assert (cleared.eligible_leader_replicas, cleared.last_known_elr, cleared.partition_epoch) == ([], [], 7)
    assert image.topics["t"].partitions[1] is untouched
    replay(image, change(eligible_leader_replicas=[2]))
    replay(image, ClearElrRecord(topic_name=""))
    assert image.topics["t"].partitions[0].eligible_leader_replicas == []


def test_configs_without_any_value_left_are_gone() -> None:
    def config(value: str | None) -> ConfigRecord:
        return ConfigRecord(resource_type=32, resource_name="g", name="x", value=value)

    image = image_of(config("1"))
    assert image.config_of(ResourceType.GROUP, "g") == {"x": "1"}
    replay(image, config(None))
    assert image.configs == {}
    replay(image, config(None))
    assert image.configs == {}


def test_the_old_records_fence_brokers_too() -> None:
    image = image_of(BROKER)
    replay(image, UnfenceBrokerRecord(id=1, epoch=7))
    assert image.is_active(1)
    replay(image, FenceBrokerRecord(id=1, epoch=7))
    assert not image.is_active(1)


def test_a_registration_change_leaves_alone_what_it_does_not_name() -> None:
    image = image_of(
        BROKER,
        BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=7, fenced=-1),
        BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=7, log_dirs=[bytes([1]) * 16]),
        BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=7, in_controlled_shutdown=1),
    )
    broker = image.brokers[1]
    assert (broker.fenced, broker.in_controlled_shutdown, broker.is_active) == (False, True, False)
    assert broker.log_dirs == (bytes([1]) * 16,)


def test_acls_credentials_tokens_and_quotas_come_and_go() -> None:
    acl = AccessControlEntryRecord(
        id=topic_id(3),
        resource_type=2,
        resource_name="t",
        pattern_type=3,
        principal="User:a",
        host="*",
        operation=3,
        permission_type=3,
    )
    user = UserScramCredentialRecord(
        name="a", mechanism=1, salt=b"", stored_key=b"", server_key=b"", iterations=1
    )
    token = DelegationTokenRecord(
        owner="User:a",
        requester="User:a",
        renewers=[],
        issue_timestamp=1,
        max_timestamp=2,
        expiration_timestamp=3,
        token_id="x",
    )
    entity = [
        EntityData(entity_type="user", entity_name=None),
        EntityData(entity_type="client-id", entity_name="c"),
    ]
    quota = ClientQuotaRecord(entity=entity, key="producer_byte_rate", value=1.0, remove=False)
    image = image_of(acl, user, token, quota)
    assert image.acls == {topic_id(3): acl}
    assert image.scram_credentials == {("a", 1): user}
    assert image.delegation_tokens == {"x": token}
    assert image.client_quotas == {(("client-id", "c"), ("user", None)): {"producer_byte_rate": 1.0}}
    for removal in (
        RemoveAccessControlEntryRecord(id=topic_id(3)),
        RemoveUserScramCredentialRecord(name="a", mechanism=1),
        RemoveDelegationTokenRecord(token_id="x"),
        ClientQuotaRecord(entity=entity, key="producer_byte_rate", value=0.0, remove=True),
    ):
        replay(image, removal)
        replay(image, removal)
    assert image == ClusterImage()


@pytest.mark.parametrize(
    "record",
    [
        TOPIC,
        TopicRecord(name="u", topic_id=topic_id(1)),
        partition(2),
        PartitionChangeRecord(partition_id=1, topic_id=topic_id(1)),
        PartitionChangeRecord(partition_id=-1, topic_id=topic_id(1)),
        FenceBrokerRecord(id=1, epoch=6),
        FenceBrokerRecord(id=2, epoch=7),
    ],
    ids=repr,
)
def test_a_record_that_does_not_fit_changes_nothing(record: MetadataRecord) -> None:
    image, same = image_of(TOPIC, partition(0), BROKER), image_of(TOPIC, partition(0), BROKER)
    with pytest.raises(UnreplayableRecord):
        replay(image, record)
    assert image == same
