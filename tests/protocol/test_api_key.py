"""API keys and the classes that belong to them."""

import pytest

from kafkapy.protocol.api_key import ApiKey, messages_of
from kafkapy.protocol.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
)
from kafkapy.protocol.schema import schema_of


@pytest.mark.parametrize("key", ApiKey)
def test_every_api_has_a_request_and_a_response_of_the_same_versions(key: ApiKey) -> None:
    request, response = messages_of(key)
    assert schema_of(request) == schema_of(response)
    assert schema_of(request).api_key == key


def test_classes_are_found_by_the_name_of_the_key() -> None:
    assert messages_of(23) == (OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse)


@pytest.mark.parametrize("key", [4, 7, 52, 93, -1])
def test_a_key_without_messages_is_refused(key: int) -> None:
    with pytest.raises(ValueError, match="is not a valid ApiKey"):
        messages_of(key)
