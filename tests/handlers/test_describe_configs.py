"""DescribeConfigs as a client sees it."""

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResult,
)
from tests.harness.broker import MemoryBroker

TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32


async def describe(
    broker: MemoryBroker,
    *resources: tuple[int, str],
    keys: list[str] | None = None,
    synonyms: bool = False,
    documentation: bool = False,
    version: int = 4,
) -> list[DescribeConfigsResult]:
    request = DescribeConfigsRequest(
        resources=[
            DescribeConfigsResource(resource_type=kind, resource_name=name, configuration_keys=keys)
            for kind, name in resources
        ],
        include_synonyms=synonyms,
        include_documentation=documentation,
    )
    results: list[DescribeConfigsResult] = (await broker.send(request, version)).results
    return results


async def test_a_topic_describes_all_its_keys_with_their_source(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("retention.ms", "5")])])
    (result,) = await describe(broker, (TOPIC, "t"))
    assert (result.error_code, result.error_message, len(result.configs)) == (0, "", 33)
    configs = {config.name: config for config in result.configs}
    assert (configs["retention.ms"].value, configs["retention.ms"].config_source) == ("5", 1)
    assert (configs["min.insync.replicas"].value, configs["min.insync.replicas"].config_source) == ("1", 3)
    assert configs["cleanup.policy"].config_source == 5


async def test_synonyms_and_documentation_come_only_when_asked_for(broker: MemoryBroker) -> None:
    (plain,) = await describe(broker, (BROKER, "1"), keys=["node.id"])
    assert (plain.configs[0].synonyms, plain.configs[0].documentation) == ([], None)
    (full,) = await describe(broker, (BROKER, "1"), keys=["node.id"], synonyms=True, documentation=True)
    assert [(s.name, s.value, s.source) for s in full.configs[0].synonyms] == [("node.id", "1", 4)]
    assert "id of this node" in (full.configs[0].documentation or "")


async def test_a_broker_describes_itself_or_what_is_set_for_the_cluster(broker: MemoryBroker) -> None:
    itself, cluster = await describe(broker, (BROKER, "1"), (BROKER, ""))
    assert len(itself.configs) == 340
    assert [(config.name, config.value) for config in cluster.configs] == [("min.insync.replicas", "1")]


async def test_loggers_are_described(broker: MemoryBroker) -> None:
    (result,) = await describe(broker, (LOGGER, "1"), keys=["root", "nope"])
    assert [(config.name, config.config_source) for config in result.configs] == [("root", 6)]


async def test_groups_and_subscriptions_need_not_exist(broker: MemoryBroker) -> None:
    group, metrics = await describe(broker, (GROUP, "nobody"), (METRICS, "none"))
    assert len(group.configs) == 17
    assert {config.config_source for config in metrics.configs} == {5}


@pytest.mark.parametrize(
    ("kind", "name", "code", "message"),
    [
        (TOPIC, "nope", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ""),
        (
            TOPIC,
            "",
            ErrorCode.INVALID_TOPIC_EXCEPTION,
            "Topic name is invalid: the empty string is not allowed",
        ),
        (
            BROKER,
            "2",
            ErrorCode.INVALID_REQUEST,
            "Unexpected broker id, expected 1 or empty string, but received 2",
        ),
        (BROKER, "x", ErrorCode.INVALID_REQUEST, "Broker id must be an integer, but it is: x"),
        (LOGGER, "", ErrorCode.INVALID_REQUEST, "Broker id must not be empty"),
        (LOGGER, "2", ErrorCode.INVALID_REQUEST, "Unexpected broker id, expected 1 but received 2"),
        (METRICS, "", ErrorCode.INVALID_REQUEST, "Client metrics subscription name must not be empty"),
        (GROUP, "", ErrorCode.INVALID_REQUEST, "Group name must not be empty"),
    ],
)
async def test_what_cannot_be_described_is_refused_alone(
    broker: MemoryBroker, kind: int, name: str, code: ErrorCode, message: str
) -> None:
    refused, group = await describe(broker, (kind, name), (GROUP, "g"))
    assert (refused.error_code, refused.error_message, refused.configs) == (code, message, [])
    assert group.error_code == 0


async def test_an_unknown_type_refuses_the_whole_request(broker: MemoryBroker) -> None:
    for result in await describe(broker, (GROUP, "g"), (99, "x")):
        assert result.error_code == ErrorCode.INVALID_REQUEST
        assert result.error_message == ErrorCode.INVALID_REQUEST.message


@pytest.mark.parametrize("version", [1, 2, 3, 4])
async def test_every_version_answers(broker: MemoryBroker, version: int) -> None:
    (result,) = await describe(broker, (BROKER, "1"), keys=["num.partitions"], version=version)
    assert [(config.name, config.value) for config in result.configs] == [("num.partitions", "1")]
    assert result.configs[0].config_type == (3 if version >= 3 else 0)
