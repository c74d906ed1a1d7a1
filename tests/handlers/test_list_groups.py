"""ListGroups on the wire."""

import pytest

from kafkapy.protocol.messages.list_groups import ListGroupsRequest
from tests.conftest import StartBroker
from tests.handlers.group_requests import commit_request, settle, start_coordinator


@pytest.mark.parametrize("version", range(6))
async def test_groups_of_all_partitions_are_listed(start_broker: StartBroker, version: int) -> None:
    broker = await start_coordinator(start_broker)
    await settle(broker)
    await broker.send(commit_request((0, 1), group_id="simple"), 9)
    listed = await broker.send(ListGroupsRequest(), version)
    state, kind = version >= 4, version >= 5
    assert {(g.group_id, g.protocol_type, g.group_state, g.group_type) for g in listed.groups} == {
        ("group", "consumer", "Stable" if state else "", "classic" if kind else ""),
        ("simple", "", "Empty" if state else "", "classic" if kind else ""),
    }


async def test_filters_leave_out_the_others(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await settle(broker)
    await broker.send(commit_request((0, 1), group_id="simple"), 9)
    by_state = await broker.send(ListGroupsRequest(states_filter=["stable"]))
    assert [group.group_id for group in by_state.groups] == ["group"]
    by_type = await broker.send(ListGroupsRequest(types_filter=["share"]))
    assert by_type.groups == []


async def test_a_broker_without_groups_lists_none(start_broker: StartBroker) -> None:
    broker = await start_broker()
    assert (await broker.send(ListGroupsRequest())).groups == []
