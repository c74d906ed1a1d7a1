from dataclasses import replace

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.describe_cluster import DescribeClusterBroker, DescribeClusterRequest
from tests.harness.broker import ADDRESS, MemoryBroker


@pytest.mark.parametrize("version", range(3))
async def test_the_cluster_is_this_broker(broker: MemoryBroker, version: int) -> None:
    request = DescribeClusterRequest(include_cluster_authorized_operations=False)
    response = await broker.send(request, version)
    assert (response.error_code, response.error_message) == (0, None)
    assert (response.cluster_id, response.controller_id) == (broker.broker.cluster_id, 1)
    assert response.brokers == [DescribeClusterBroker(broker_id=1, host=ADDRESS[0], port=ADDRESS[1])]
    assert response.cluster_authorized_operations == -(2**31)


async def test_operations_are_listed_for_those_who_ask(broker: MemoryBroker) -> None:
    response = await broker.send(DescribeClusterRequest(include_cluster_authorized_operations=True))
    assert response.cluster_authorized_operations == 8096


async def test_fenced_brokers_are_shown_on_demand(broker: MemoryBroker) -> None:
    image = broker.broker.metadata.image
    image.brokers[2] = replace(image.brokers[1], broker_id=2, fenced=True)
    request = DescribeClusterRequest(include_cluster_authorized_operations=False)
    assert [b.broker_id for b in (await broker.send(request)).brokers] == [1]
    request.include_fenced_brokers = True
    shown = (await broker.send(request)).brokers
    assert [(b.broker_id, b.is_fenced) for b in shown] == [(1, False), (2, True)]


@pytest.mark.parametrize(
    ("endpoint_type", "code", "text"),
    [
        (
            2,
            ErrorCode.MISMATCHED_ENDPOINT_TYPE,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type "
            "CONTROLLER",
        ),
        (3, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type 3"),
    ],
)
async def test_a_broker_is_no_controller(
    broker: MemoryBroker, endpoint_type: int, code: ErrorCode, text: str
) -> None:
    request = DescribeClusterRequest(include_cluster_authorized_operations=False, endpoint_type=endpoint_type)
    response = await broker.send(request)
    assert (response.error_code, response.error_message) == (code, text)
    assert (response.cluster_id, response.controller_id, response.brokers) == ("", -1, [])
