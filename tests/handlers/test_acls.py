"""DescribeAcls, CreateAcls, DeleteAcls: without an authorizer there are no rules."""

from dataclasses import replace
from typing import Any

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.create_acls import AclCreation, CreateAclsRequest
from kafkapy.protocol.messages.delete_acls import DeleteAclsFilter, DeleteAclsRequest
from kafkapy.protocol.messages.describe_acls import DescribeAclsRequest
from tests.harness.broker import MemoryBroker
from tests.harness.memory_transport import ConnectionClosed

ANY, TOPIC, READ, ALLOW, LITERAL = 1, 2, 3, 3, 3

EVERYTHING = DescribeAclsRequest(
    resource_type_filter=ANY,
    resource_name_filter=None,
    pattern_type_filter=ANY,
    principal_filter=None,
    host_filter=None,
    operation=ANY,
    permission_type=ANY,
)
RULE = AclCreation(
    resource_type=TOPIC,
    resource_name="t",
    resource_pattern_type=LITERAL,
    principal="User:alice",
    host="*",
    operation=READ,
    permission_type=ALLOW,
)
FILTER = DeleteAclsFilter(
    resource_type_filter=ANY,
    resource_name_filter=None,
    pattern_type_filter=ANY,
    principal_filter=None,
    host_filter=None,
    operation=ANY,
    permission_type=ANY,
)


@pytest.mark.parametrize("version", range(1, 4))
async def test_without_an_authorizer_there_are_no_rules_to_describe(
    broker: MemoryBroker, version: int
) -> None:
    answer = await broker.send(EVERYTHING, version)
    assert (answer.error_code, answer.resources) == (ErrorCode.SECURITY_DISABLED, [])
    assert answer.error_message == "No Authorizer is configured on the broker"


@pytest.mark.parametrize("version", range(1, 4))
async def test_every_new_rule_is_refused(broker: MemoryBroker, version: int) -> None:
    answer = await broker.send(CreateAclsRequest(creations=[RULE, RULE]), version)
    refusal = (ErrorCode.SECURITY_DISABLED, "No Authorizer is configured.")
    assert [(each.error_code, each.error_message) for each in answer.results] == [refusal] * 2


@pytest.mark.parametrize("version", range(1, 4))
async def test_every_removal_is_refused(broker: MemoryBroker, version: int) -> None:
    answer = await broker.send(DeleteAclsRequest(filters=[FILTER, FILTER]), version)
    refusal = (ErrorCode.SECURITY_DISABLED, "No Authorizer is configured.", [])
    assert [(each.error_code, each.error_message, each.matching_acls) for each in answer.filter_results] == [
        refusal
    ] * 2


async def test_nothing_to_add_or_remove_is_no_error(broker: MemoryBroker) -> None:
    assert (await broker.send(CreateAclsRequest(creations=[]))).results == []
    assert (await broker.send(DeleteAclsRequest(filters=[]))).filter_results == []


@pytest.mark.parametrize(
    "request_",
    [
        *(
            replace(EVERYTHING, **{field: 0})
            for field in ("resource_type_filter", "pattern_type_filter", "operation", "permission_type")
        ),
        CreateAclsRequest(creations=[RULE, replace(RULE, operation=0)]),
        DeleteAclsRequest(filters=[FILTER, replace(FILTER, pattern_type_filter=0)]),
    ],
    ids=lambda request: type(request).__name__,
)
async def test_what_is_unknown_cannot_be_read(broker: MemoryBroker, request_: Any) -> None:
    with pytest.raises(ConnectionClosed):
        await broker.send(request_)


async def test_numbers_from_the_future_are_not_unknown(broker: MemoryBroker) -> None:
    answer = await broker.send(replace(EVERYTHING, operation=99))
    assert answer.error_code == ErrorCode.SECURITY_DISABLED
