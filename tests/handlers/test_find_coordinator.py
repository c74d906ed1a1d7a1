"""FindCoordinator on the wire: one key or many, and the internal topic that comes into being."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.find_coordinator import FindCoordinatorRequest
from tests.conftest import StartBroker
from tests.handlers.group_requests import commit_request


@pytest.mark.parametrize("version", range(4))
async def test_this_broker_coordinates_every_group(start_broker: StartBroker, version: int) -> None:
    broker = await start_broker()
    found = await broker.send(FindCoordinatorRequest(key="group"), version)
    assert found.error_code == ErrorCode.NONE
    assert (found.node_id, found.host, found.port) == (broker.broker.node_id, "127.0.0.1", 9092)
    assert found.error_message == ("NONE" if version else "")


@pytest.mark.parametrize("version", range(4, 7))
async def test_many_keys_are_answered_together(start_broker: StartBroker, version: int) -> None:
    broker = await start_broker()
    found = await broker.send(FindCoordinatorRequest(coordinator_keys=["a", "", "b"]), version)
    assert [(c.key, c.error_code, c.node_id, c.error_message) for c in found.coordinators] == [
        (key, ErrorCode.NONE, broker.broker.node_id, "") for key in ("a", "", "b")
    ]


@pytest.mark.parametrize(("key_type", "topic"), [(0, "__consumer_offsets"), (1, "__transaction_state")])
async def test_the_internal_topic_is_there_when_the_answer_is(
    start_broker: StartBroker, key_type: int, topic: str
) -> None:
    broker = await start_broker(offsets_topic_num_partitions=3, transaction_state_log_num_partitions=3)
    for _ in range(2):
        found = await broker.send(FindCoordinatorRequest(key="k", key_type=key_type), 3)
        assert found.error_code == ErrorCode.NONE
        assert len(broker.broker.metadata.image.topics[topic].partitions) == 3


async def test_a_group_can_be_used_at_once(start_broker: StartBroker) -> None:
    broker = await start_broker()
    await broker.send(FindCoordinatorRequest(key="group"), 3)
    request = commit_request((0, 1), topic="__consumer_offsets")
    committed = await broker.send(request, 9)
    assert committed.topics[0].partitions[0].error_code == ErrorCode.NONE


@pytest.mark.parametrize("key_type", [2, 3, -1])
async def test_key_types_that_are_not_served_are_refused(start_broker: StartBroker, key_type: int) -> None:
    broker = await start_broker()
    first = await broker.send(FindCoordinatorRequest(key="k", key_type=key_type), 3)
    assert (first.error_code, first.node_id, first.port) == (ErrorCode.INVALID_REQUEST, -1, -1)
    assert first.error_message == ErrorCode.INVALID_REQUEST.message
    many = await broker.send(FindCoordinatorRequest(coordinator_keys=["a", "b"], key_type=key_type), 6)
    assert [(c.key, c.error_code, c.node_id) for c in many.coordinators] == [
        ("a", ErrorCode.INVALID_REQUEST, -1),
        ("b", ErrorCode.INVALID_REQUEST, -1),
    ]
