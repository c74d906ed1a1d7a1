"""DescribeCluster (API key 60), v0-2: the cluster's id and its brokers (KIP-700).

v1: the kind of node that is asked for (KIP-919); this is a broker. v2: fenced brokers on demand (KIP-1073).
Not supported: nothing.
"""

from kafkapy.cluster.addresses import broker_addresses, some_controller
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.describe_cluster import (
    DescribeClusterBroker,
    DescribeClusterRequest,
    DescribeClusterResponse,
)
from kafkapy.security.operations import CLUSTER_OPERATIONS, NOT_ASKED

BROKERS, CONTROLLERS = 1, 2


@handles(DescribeClusterRequest, "0-2")
def describe_cluster(ctx: RequestContext, request: DescribeClusterRequest) -> DescribeClusterResponse:
    if request.endpoint_type == CONTROLLERS:
        raise KafkaError(
            ErrorCode.MISMATCHED_ENDPOINT_TYPE,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type "
            "CONTROLLER",
        )
    if request.endpoint_type != BROKERS:
        raise KafkaError(
            ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, f"Unsupported endpoint type {request.endpoint_type}"
        )
    image, node_id = ctx.broker.metadata.image, ctx.broker.node_id
    addresses = broker_addresses(image, ctx.listener, own_id=node_id, own_address=ctx.advertised)
    return DescribeClusterResponse(
        cluster_id=ctx.broker.cluster_id,
        controller_id=some_controller(image, node_id),
        brokers=[
            DescribeClusterBroker(
                broker_id=broker.broker_id,
                host=broker.host,
                port=broker.port,
                rack=broker.rack,
                is_fenced=broker.fenced,
            )
            for broker in addresses
            if request.include_fenced_brokers or not broker.fenced
        ],
        cluster_authorized_operations=(
            CLUSTER_OPERATIONS if request.include_cluster_authorized_operations else NOT_ASKED
        ),
    )
