"""IncrementalAlterConfigs as a client sees it: what is changed holds at once, and after a restart."""

import logging

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
)
from tests.harness.broker import MemoryBroker

TOPIC, BROKER, LOGGER, GROUP = 2, 4, 8, 32
SET, DELETE, APPEND = 0, 1, 2


async def alter(
    broker: MemoryBroker,
    *resources: tuple[int, str, str, int, str | None],
    validate_only: bool = False,
    version: int = 1,
) -> list[tuple[int, str | None]]:
    request = IncrementalAlterConfigsRequest(
        resources=[
            AlterConfigsResource(
                resource_type=kind,
                resource_name=name,
                configs=[AlterableConfig(name=key, config_operation=operation, value=value)],
            )
            for kind, name, key, operation, value in resources
        ],
        validate_only=validate_only,
    )
    response: IncrementalAlterConfigsResponse = await broker.send(request, version)
    return [(each.error_code, each.error_message) for each in response.responses]


@pytest.mark.parametrize("version", [0, 1])
async def test_a_change_of_a_topic_reaches_its_logs_at_once_and_survives_a_restart(
    broker: MemoryBroker, version: int
) -> None:
    broker.broker.create_topics([NewTopic("t")])
    assert await alter(broker, (TOPIC, "t", "retention.ms", SET, "77"), version=version) == [(0, None)]
    assert broker.broker.partitions.named("t", 0).log.config.retention_ms == 77
    await broker.restart()
    assert broker.broker.partitions.named("t", 0).log.config.retention_ms == 77


async def test_a_change_of_the_broker_is_the_new_default_of_its_topics(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    assert await alter(broker, (BROKER, "", "log.retention.ms", SET, "88")) == [(0, None)]
    assert broker.broker.config.log_retention_ms == 88
    assert broker.broker.partitions.named("t", 0).log.config.retention_ms == 88
    await broker.restart()
    assert broker.broker.config.log_retention_ms == 88


async def test_only_validating_changes_nothing(broker: MemoryBroker) -> None:
    change = (BROKER, "1", "message.max.bytes", SET, "9")
    assert await alter(broker, change, validate_only=True) == [(0, None)]
    assert broker.broker.config.message_max_bytes == 1_048_588


async def test_results_are_in_the_order_of_the_request(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    results = await alter(
        broker,
        (TOPIC, "nope", "retention.ms", SET, "1"),
        (TOPIC, "t", "cleanup.policy", APPEND, "compact"),
        (GROUP, "g", "foo", SET, "1"),
    )
    assert results == [
        (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "The topic 'nope' does not exist."),
        (0, None),
        (ErrorCode.INVALID_CONFIG, "Unknown group config name: foo"),
    ]
    assert broker.broker.partitions.named("t", 0).log.config.compact


async def test_levels_of_loggers_change_at_once(broker: MemoryBroker) -> None:
    logger = logging.getLogger("kafkapy.test_incremental_alter_configs")
    change = (LOGGER, "1", logger.name, SET, "DEBUG")
    assert await alter(broker, change, validate_only=True) == [(0, None)]
    assert logger.level == logging.NOTSET
    assert await alter(broker, change) == [(0, None)]
    assert logger.level == logging.DEBUG
    assert await alter(broker, (LOGGER, "1", logger.name, DELETE, None)) == [(0, None)]
    assert logger.level == logging.NOTSET


@pytest.mark.parametrize(
    ("name", "operation", "code", "message"),
    [
        ("2", SET, ErrorCode.INVALID_REQUEST, "Unexpected node id. Expected 1, but received 2"),
        ("", SET, ErrorCode.INVALID_REQUEST, "Node id must be an integer, but it is: "),
        (
            "1",
            APPEND,
            ErrorCode.INVALID_REQUEST,
            "APPEND operation is not allowed for the BROKER_LOGGER resource",
        ),
        (
            "1",
            9,
            ErrorCode.INVALID_REQUEST,
            "Unknown operation type 9 is not allowed for the BROKER_LOGGER resource",
        ),
        (
            "1",
            DELETE,
            ErrorCode.INVALID_REQUEST,
            "Removing the log level of the root logger is not allowed",
        ),
    ],
)
async def test_bad_changes_of_loggers_are_refused(
    broker: MemoryBroker, name: str, operation: int, code: ErrorCode, message: str
) -> None:
    assert await alter(broker, (LOGGER, name, "root", operation, "INFO")) == [(code, message)]


async def test_an_unknown_logger_is_an_invalid_config(broker: MemoryBroker) -> None:
    results = await alter(broker, (LOGGER, "1", "no.such.logger", SET, "INFO"))
    assert results == [(ErrorCode.INVALID_CONFIG, "Logger no.such.logger does not exist!")]
