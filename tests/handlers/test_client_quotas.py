"""DescribeClientQuotas and AlterClientQuotas on the wire."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages import alter_client_quotas as altering
from kafkapy.protocol.messages.alter_client_quotas import AlterClientQuotasRequest, EntryData, OpData
from kafkapy.protocol.messages.describe_client_quotas import (
    ComponentData,
    DescribeClientQuotasRequest,
    DescribeClientQuotasResponse,
)
from tests.harness.broker import MemoryBroker

PRODUCE = "producer_byte_rate"
CONNECT = "connection_creation_rate"
EVERYTHING = DescribeClientQuotasRequest(components=[], strict=False)


def alter(
    entity: dict[str, str | None], key: str, value: float | None, *, validate_only: bool = False
) -> AlterClientQuotasRequest:
    parts = [altering.EntityData(entity_type=kind, entity_name=name) for kind, name in entity.items()]
    op = OpData(key=key, value=value or 0.0, remove=value is None)
    return AlterClientQuotasRequest(entries=[EntryData(entity=parts, ops=[op])], validate_only=validate_only)


def shown(answer: DescribeClientQuotasResponse) -> dict[tuple[tuple[str, str | None], ...], dict[str, float]]:
    assert (answer.error_code, answer.error_message) == (ErrorCode.NONE, "")
    assert answer.entries is not None
    return {
        tuple((part.entity_type, part.entity_name) for part in entry.entity): {
            each.key: each.value for each in entry.values
        }
        for entry in answer.entries
    }


@pytest.mark.parametrize("version", range(2))
async def test_quotas_are_kept_until_they_are_removed(broker: MemoryBroker, version: int) -> None:
    answer = await broker.send(alter({"user": "alice", "client-id": None}, PRODUCE, 1024.0), version)
    ((entry),) = answer.entries
    assert (entry.error_code, entry.error_message) == (ErrorCode.NONE, None)
    assert {part.entity_type: part.entity_name for part in entry.entity} == {
        "user": "alice",
        "client-id": None,
    }
    assert shown(await broker.send(EVERYTHING, version)) == {
        (("client-id", None), ("user", "alice")): {PRODUCE: 1024.0}
    }
    await broker.send(alter({"client-id": None, "user": "alice"}, PRODUCE, None), version)
    assert shown(await broker.send(EVERYTHING, version)) == {}


async def test_quotas_outlive_the_broker(broker: MemoryBroker) -> None:
    await broker.send(alter({"user": "alice"}, PRODUCE, 1024.0))
    await broker.send(alter({"user": None}, PRODUCE, 2048.0))
    await broker.restart()
    expected = {(("user", "alice"),): {PRODUCE: 1024.0}, (("user", None),): {PRODUCE: 2048.0}}
    assert shown(await broker.send(EVERYTHING)) == expected


async def test_quotas_are_in_snapshots(broker: MemoryBroker) -> None:
    await broker.send(alter({"user": "alice"}, PRODUCE, 1024.0))
    broker.broker.metadata.snapshot(broker.clock.now_ms())
    await broker.restart()
    assert shown(await broker.send(EVERYTHING)) == {(("user", "alice"),): {PRODUCE: 1024.0}}


async def test_validation_changes_nothing(broker: MemoryBroker) -> None:
    answer = await broker.send(alter({"user": "alice"}, PRODUCE, 1.0, validate_only=True))
    assert answer.entries[0].error_code == ErrorCode.NONE
    assert shown(await broker.send(EVERYTHING)) == {}


@pytest.mark.parametrize("address", ["10.0.0.1", "::1", "[::1]", "localhost", None])
async def test_addresses_are_kept_as_they_were_written(broker: MemoryBroker, address: str | None) -> None:
    answer = await broker.send(alter({"ip": address}, CONNECT, 5.0))
    assert answer.entries[0].error_code == ErrorCode.NONE
    assert shown(await broker.send(EVERYTHING)) == {(("ip", address),): {CONNECT: 5.0}}


@pytest.mark.parametrize("address", ["1.2.3.4.5", "[1.2.3.4]", "x" * 70])
async def test_what_is_no_address_is_refused(broker: MemoryBroker, address: str) -> None:
    answer = await broker.send(alter({"ip": address}, CONNECT, 5.0))
    assert answer.entries[0].error_code == ErrorCode.INVALID_REQUEST
    assert answer.entries[0].error_message == f"{address} is not a valid IP or resolvable host."


async def test_too_much_at_once_fails_as_a_whole(broker: MemoryBroker) -> None:
    request = AlterClientQuotasRequest(
        entries=[alter({"user": str(number)}, PRODUCE, 1.0).entries[0] for number in range(10_001)],
        validate_only=False,
    )
    answer = await broker.send(request)
    assert {entry.error_code for entry in answer.entries} == {ErrorCode.POLICY_VIOLATION}
    assert len(answer.entries) == 10_001


@pytest.mark.parametrize("version", range(2))
async def test_a_filter_that_means_nothing_is_answered_with_null(broker: MemoryBroker, version: int) -> None:
    component = ComponentData(entity_type="group", match_type=0, match="g")
    request = DescribeClientQuotasRequest(components=[component], strict=True)
    assert await broker.send(request, version) == DescribeClientQuotasResponse(
        error_code=ErrorCode.UNSUPPORTED_VERSION, error_message="Unsupported entity type group", entries=None
    )
