"""CreateTopics: what is answered per topic; refusals in depth are in tests/cluster/test_topics.py."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.create_topics import (
    CreatableReplicaAssignment,
    CreatableTopic,
    CreatableTopicConfig,
    CreatableTopicResult,
    CreateTopicsRequest,
)
from kafkapy.protocol.uuid import ZERO_UUID, uuid_text
from tests.conftest import StartBroker
from tests.harness.broker import MemoryBroker


def topic(name: str, partitions: int = 1, replicas: int = 1, **configs: str | None) -> CreatableTopic:
    return CreatableTopic(
        name=name,
        num_partitions=partitions,
        replication_factor=replicas,
        assignments=[],
        configs=[
            CreatableTopicConfig(name=key.replace("_", "."), value=value) for key, value in configs.items()
        ],
    )


async def create(
    broker: MemoryBroker, *topics: CreatableTopic, version: int = 7, **fields: bool | int
) -> list[CreatableTopicResult]:
    request = CreateTopicsRequest(topics=list(topics))
    for name, value in fields.items():
        setattr(request, name, value)
    results: list[CreatableTopicResult] = (await broker.send(request, version)).topics
    return results


async def test_a_created_topic_is_there_and_survives_a_restart(broker: MemoryBroker) -> None:
    (result,) = await create(broker, topic("t", 2, cleanup_policy="compact"))
    assert (result.error_code, result.error_message) == (0, None)
    assert (result.num_partitions, result.replication_factor) == (2, 1)
    assert broker.broker.partitions.named("t", 1).topic_id == result.topic_id != ZERO_UUID
    await broker.restart()
    assert broker.broker.metadata.image.topics["t"].topic_id == result.topic_id
    assert broker.broker.partitions.named("t", 1).log.log_end_offset == 0


async def test_the_settings_of_a_new_topic_come_with_their_sources(broker: MemoryBroker) -> None:
    (result,) = await create(broker, topic("t", retention_ms="5000"), version=5)
    configs = {config.name: config for config in result.configs or ()}
    assert list(configs) == sorted(configs)
    assert len(configs) == 33
    assert (configs["retention.ms"].value, configs["retention.ms"].config_source) == ("5000", 1)
    assert (configs["cleanup.policy"].value, configs["cleanup.policy"].config_source) == ("delete", 5)
    assert (configs["min.insync.replicas"].value, configs["min.insync.replicas"].config_source) == ("1", 3)


async def test_minus_one_takes_the_brokers_defaults(start_broker: StartBroker) -> None:
    broker = await start_broker(num_partitions=4)
    (result,) = await create(broker, topic("t", -1, -1))
    assert (result.num_partitions, result.replication_factor) == (4, 1)


async def test_validation_answers_as_creation_and_creates_nothing(broker: MemoryBroker) -> None:
    (result,) = await create(broker, topic("t", 3), validate_only=True)
    assert (result.error_code, result.num_partitions, len(result.configs or ())) == (0, 3, 33)
    assert broker.broker.metadata.image.topics == {}
    await create(broker, topic("t"))
    (result,) = await create(broker, topic("t"), validate_only=True)
    assert result.error_code == ErrorCode.TOPIC_ALREADY_EXISTS


async def test_failures_have_texts_and_nothing_else(broker: MemoryBroker) -> None:
    await create(broker, topic("t"))
    good, bad = await create(broker, topic("good"), topic("t"))
    assert good.error_code == 0
    assert bad == CreatableTopicResult(
        name="t",
        error_code=ErrorCode.TOPIC_ALREADY_EXISTS,
        error_message="Topic 't' already exists.",
    )


async def test_a_name_that_comes_twice_is_refused_once(broker: MemoryBroker) -> None:
    results = await create(broker, topic("a"), topic("b"), topic("a"), topic("__cluster_metadata"))
    assert [(r.name, r.error_code, r.error_message) for r in results] == [
        ("b", 0, None),
        ("a", ErrorCode.INVALID_REQUEST, "Duplicate topic name."),
        (
            "__cluster_metadata",
            ErrorCode.INVALID_REQUEST,
            "Creation of internal topic __cluster_metadata is prohibited.",
        ),
    ]


async def test_a_bad_setting_refuses_the_topic(broker: MemoryBroker) -> None:
    (unknown,) = await create(broker, topic("t", nope="1"))
    assert unknown.error_code == ErrorCode.INVALID_CONFIG
    assert unknown.error_message == "Unknown topic config name: nope"
    (null,) = await create(broker, topic("t", retention_ms=None))
    assert null.error_message == "Null value not supported for topic configs: retention.ms"
    assert broker.broker.metadata.image.topics == {}


async def test_replicas_may_be_assigned_by_hand(broker: MemoryBroker) -> None:
    by_hand = topic("t", -1, -1)
    by_hand.assignments = [CreatableReplicaAssignment(partition_index=i, broker_ids=[1]) for i in (1, 0)]
    (result,) = await create(broker, by_hand)
    assert (result.error_code, result.num_partitions) == (0, 2)


async def test_too_many_partitions_refuse_the_whole_request(broker: MemoryBroker) -> None:
    results = await create(broker, topic("a", 9_999), topic("b", 2), topic("bad name"))
    assert {(r.error_code, r.error_message) for r in results} == {
        (ErrorCode.POLICY_VIOLATION, "Excessively large number of partitions per request.")
    }
    assert [r.name for r in results] == ["a", "b", "bad name"]


@pytest.mark.parametrize("timeout_ms", [0, -1])
async def test_without_time_nothing_is_created(broker: MemoryBroker, timeout_ms: int) -> None:
    (result,) = await create(broker, topic("t"), timeout_ms=timeout_ms)
    assert (result.error_code, result.error_message) == (ErrorCode.REQUEST_TIMED_OUT, None)
    assert broker.broker.metadata.image.topics == {}


async def test_no_id_looks_like_an_option_of_a_tool(broker: MemoryBroker) -> None:
    made = [uuid_text(broker.broker.new_uuid()) for _ in range(500)]
    assert len(set(made)) == 500
    assert not [text for text in made if text.startswith("-")]


@pytest.mark.parametrize("version", range(2, 8))
async def test_every_version_creates_topics(broker: MemoryBroker, version: int) -> None:
    (result,) = await create(broker, topic("t"), version=version)
    assert result.error_code == 0
    assert "t" in broker.broker.metadata.image.topics
