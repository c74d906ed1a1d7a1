"""A broker's life: start, crash, restart, and what is there again afterwards."""

import pytest

from kafkapy.broker.broker import Broker
from kafkapy.cluster.image import ResourceType
from kafkapy.cluster.record_types import ConfigRecord
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.log_directory import LogDirectoryError
from tests.harness.broker import MemoryBroker


def append(broker: MemoryBroker, topic: str, *values: bytes) -> None:
    now_ms = broker.clock.now_ms()
    records = build_batch([NewRecord(None, value, now_ms) for value in values])
    broker.broker.partitions.named(topic, 0).append(memoryview(records), now_ms)


def end_of(broker: MemoryBroker, topic: str) -> int:
    return broker.broker.partitions.named(topic, 0).high_watermark


def commit(broker: Broker, *records: ConfigRecord) -> None:
    broker.metadata.commit(list(records), broker.clock.now_ms())


def config(resource_type: ResourceType, name: str, key: str, value: str | None) -> ConfigRecord:
    return ConfigRecord(resource_type=resource_type, resource_name=name, name=key, value=value)


async def test_topics_records_and_the_identity_of_the_cluster_survive_a_restart(broker: MemoryBroker) -> None:
    (created,) = broker.broker.create_topics([NewTopic("t", num_partitions=3)])
    append(broker, "t", b"a", b"b")
    cluster_id = broker.broker.cluster_id
    await broker.restart()
    assert broker.broker.cluster_id == cluster_id
    assert broker.broker.metadata.image.topics["t"].topic_id == created.topic_id
    assert len(broker.broker.partitions) == 3
    assert end_of(broker, "t") == 2


async def test_a_restart_begins_a_new_leader_epoch_so_that_old_metadata_is_noticed(
    broker: MemoryBroker,
) -> None:
    broker.broker.create_topics([NewTopic("t")])
    before = broker.broker.partitions.named("t", 0).leader_epoch
    await broker.restart()
    assert broker.broker.partitions.named("t", 0).leader_epoch > before


async def test_a_topic_is_ready_when_its_creation_returns_and_gone_when_its_deletion_does(
    broker: MemoryBroker,
) -> None:
    broker.broker.create_topics([NewTopic("t", num_partitions=2)])
    assert len(broker.broker.partitions) == 2
    broker.broker.topic_deleted(broker.broker.metadata.image.topics["t"])
    assert len(broker.broker.partitions) == 0
    with pytest.raises(KafkaError) as refused:
        broker.broker.partitions.named("t", 0)
    assert refused.value.code is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


async def test_a_bad_topic_does_not_keep_the_others_from_being_created(broker: MemoryBroker) -> None:
    results = broker.broker.create_topics(
        [NewTopic("good"), NewTopic("bad", num_partitions=0), NewTopic("also")]
    )
    assert [result.error is None for result in results] == [True, False, True]
    assert set(broker.broker.metadata.image.topics) == {"good", "also"}


async def test_validating_a_creation_creates_nothing(broker: MemoryBroker) -> None:
    (result,) = broker.broker.create_topics([NewTopic("t")], validate_only=True)
    assert (result.error, result.num_partitions) == (None, 1)
    assert not broker.broker.metadata.image.topics


async def test_a_topic_setting_that_is_not_accepted_is_an_invalid_config(broker: MemoryBroker) -> None:
    (result,) = broker.broker.create_topics([NewTopic("t", configs=[("retention.ms", "-5")])])
    assert result.error is not None
    assert result.error.code is ErrorCode.INVALID_CONFIG


async def test_settings_of_a_topic_apply_to_the_live_log(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    commit(broker.broker, config(ResourceType.TOPIC, "t", "max.message.bytes", "100"))
    with pytest.raises(KafkaError) as refused:
        append(broker, "t", b"x" * 200)
    assert refused.value.code is ErrorCode.MESSAGE_TOO_LARGE
    commit(broker.broker, config(ResourceType.TOPIC, "t", "max.message.bytes", None))
    append(broker, "t", b"x" * 200)


async def test_settings_of_the_broker_are_the_defaults_of_its_topics_also_after_a_restart(
    broker: MemoryBroker,
) -> None:
    broker.broker.create_topics([NewTopic("t")])
    commit(broker.broker, config(ResourceType.BROKER, "", "message.max.bytes", "100"))
    assert broker.broker.config.message_max_bytes == 100
    await broker.restart()
    with pytest.raises(KafkaError) as refused:
        append(broker, "t", b"x" * 200)
    assert refused.value.code is ErrorCode.MESSAGE_TOO_LARGE


async def test_the_offsets_topic_is_made_once_with_its_own_settings_and_groups_are_ready(
    broker: MemoryBroker,
) -> None:
    topic = broker.broker.internal_topic("__consumer_offsets")
    assert len(topic.partitions) == 50
    assert broker.broker.internal_topic("__consumer_offsets").topic_id == topic.topic_id
    overrides = broker.broker.metadata.image.config_of(ResourceType.TOPIC, "__consumer_offsets")
    assert overrides["cleanup.policy"] == "compact"
    assert broker.broker.partitions.named("__consumer_offsets", 0).policy.compacted


async def test_a_topic_deleted_while_the_broker_was_down_leaves_its_files_out_of_use(
    broker: MemoryBroker,
) -> None:
    broker.broker.create_topics([NewTopic("t")])
    append(broker, "t", b"a")
    await broker.stop()
    broker.files.rename("/data/t-0", "/data/stranger-0")
    broker._make()
    await broker.start()
    assert end_of(broker, "t") == 0
    assert any(name.endswith("-stray") for name in broker.files.list("/data"))


async def test_a_log_that_has_lost_its_topic_id_is_given_it_again(broker: MemoryBroker) -> None:
    (created,) = broker.broker.create_topics([NewTopic("t")])
    append(broker, "t", b"a")
    await broker.stop()
    broker.files.remove("/data/t-0/partition.metadata")
    broker._make()
    await broker.start()
    assert end_of(broker, "t") == 1
    assert broker.broker.partitions.named("t", 0).log.topic_id == created.topic_id


async def test_a_second_broker_on_the_same_directory_is_refused(broker: MemoryBroker) -> None:
    second = Broker(broker.broker.config, broker.files, broker.clock, broker._chance, broker._threads)
    with pytest.raises(LogDirectoryError, match=r"\.lock"):
        await second.start()


async def test_a_disk_that_fails_takes_the_partitions_offline_and_acknowledges_nothing(
    broker: MemoryBroker,
) -> None:
    broker.broker.create_topics([NewTopic("t")])
    append(broker, "t", b"a")
    broker.files.fail("write", path="/data/t-0/")
    for _ in range(2):
        with pytest.raises(KafkaError) as refused:
            append(broker, "t", b"b")
        assert refused.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    assert end_of(broker, "t") == 1
