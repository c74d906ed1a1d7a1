"""AlterConfigs as a client sees it: what it sets is all there is."""

import pytest

from kafkapy.cluster.image import ResourceType
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.alter_configs import (
    AlterableConfig,
    AlterConfigsRequest,
    AlterConfigsResource,
    AlterConfigsResponse,
)
from tests.harness.broker import MemoryBroker

TOPIC, BROKER = 2, 4


async def alter(
    broker: MemoryBroker,
    kind: int,
    name: str,
    *,
    validate_only: bool = False,
    version: int = 2,
    **configs: str | None,
) -> tuple[int, str | None]:
    request = AlterConfigsRequest(
        resources=[
            AlterConfigsResource(
                resource_type=kind,
                resource_name=name,
                configs=[
                    AlterableConfig(name=key.replace("_", "."), value=value) for key, value in configs.items()
                ],
            )
        ],
        validate_only=validate_only,
    )
    response: AlterConfigsResponse = await broker.send(request, version)
    (result,) = response.responses
    return result.error_code, result.error_message


@pytest.mark.parametrize("version", [0, 1, 2])
async def test_what_is_not_named_is_reset(broker: MemoryBroker, version: int) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("segment.ms", "5")])])
    assert await alter(broker, TOPIC, "t", retention_ms="77", version=version) == (0, None)
    assert broker.broker.metadata.image.config_of(ResourceType.TOPIC, "t") == {"retention.ms": "77"}
    assert broker.broker.partitions.named("t", 0).log.config.segment_ms == 604_800_000


async def test_only_validating_changes_nothing(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("segment.ms", "5")])])
    assert await alter(broker, TOPIC, "t", validate_only=True) == (0, None)
    assert broker.broker.metadata.image.config_of(ResourceType.TOPIC, "t") == {"segment.ms": "5"}


async def test_a_broker_takes_only_what_may_change_while_it_runs(broker: MemoryBroker) -> None:
    assert await alter(broker, BROKER, "1", log_segment_bytes="2000000") == (0, None)
    assert broker.broker.config.log_segment_bytes == 2_000_000
    assert await alter(broker, BROKER, "1", num_partitions="2") == (
        ErrorCode.INVALID_REQUEST,
        "Cannot update these configs dynamically: [num.partitions]",
    )
    assert broker.broker.config.log_segment_bytes == 2_000_000


async def test_null_is_no_value(broker: MemoryBroker) -> None:
    assert await alter(broker, TOPIC, "t", retention_ms=None) == (
        ErrorCode.INVALID_REQUEST,
        "Null value not supported for : retention.ms",
    )
