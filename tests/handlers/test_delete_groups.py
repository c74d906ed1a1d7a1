"""DeleteGroups on the wire."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.delete_groups import DeleteGroupsRequest
from tests.conftest import StartBroker
from tests.handlers.group_requests import commit_request, settle, start_coordinator


@pytest.mark.parametrize("version", range(3))
async def test_each_group_has_its_own_code(start_broker: StartBroker, version: int) -> None:
    broker = await start_coordinator(start_broker)
    await settle(broker)
    await broker.send(commit_request((0, 1), group_id="simple"), 9)
    names = ["group", "simple", "nowhere", "simple"]
    deleted = await broker.send(DeleteGroupsRequest(groups_names=names), version)
    assert [(result.group_id, result.error_code) for result in deleted.results] == [
        ("group", ErrorCode.NON_EMPTY_GROUP),
        ("simple", ErrorCode.NONE),
        ("nowhere", ErrorCode.GROUP_ID_NOT_FOUND),
    ]
