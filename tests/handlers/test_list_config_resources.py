"""ListConfigResources as a client sees it."""

from kafkapy.cluster.image import ResourceType
from kafkapy.cluster.record_types import ConfigRecord
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.list_config_resources import ListConfigResourcesRequest
from tests.harness.broker import MemoryBroker

TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32


def with_resources(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("retention.ms", "5")]), NewTopic("u")])
    broker.broker.metadata.commit(
        [
            ConfigRecord(resource_type=ResourceType.GROUP, resource_name="g", name=key, value=value)
            for key, value in (
                ("share.isolation.level", "read_committed"),
                ("share.delivery.count.limit", "4"),
            )
        ]
        + [
            ConfigRecord(
                resource_type=ResourceType.CLIENT_METRICS, resource_name="m", name="interval.ms", value="100"
            )
        ],
        broker.clock.now_ms(),
    )


async def listed(
    broker: MemoryBroker, kinds: list[int], version: int = 1
) -> tuple[int, set[tuple[int, str]]]:
    response = await broker.send(ListConfigResourcesRequest(resource_types=kinds), version)
    return response.error_code, {
        (each.resource_type, each.resource_name) for each in response.config_resources
    }


async def test_without_types_everything_is_listed(broker: MemoryBroker) -> None:
    with_resources(broker)
    everything = {(GROUP, "g"), (METRICS, "m"), (LOGGER, "1"), (BROKER, "1"), (TOPIC, "t"), (TOPIC, "u")}
    assert await listed(broker, []) == (0, everything)


async def test_only_the_wanted_types_are_listed(broker: MemoryBroker) -> None:
    with_resources(broker)
    assert await listed(broker, [GROUP, BROKER]) == (0, {(GROUP, "g"), (BROKER, "1")})


async def test_version_0_knows_subscriptions_only(broker: MemoryBroker) -> None:
    with_resources(broker)
    assert await listed(broker, [], version=0) == (0, {(METRICS, "m")})


async def test_an_unknown_type_is_not_supported(broker: MemoryBroker) -> None:
    assert await listed(broker, [TOPIC, 99]) == (ErrorCode.UNSUPPORTED_VERSION, set())
