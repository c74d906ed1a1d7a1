"""What clients conclude from the versions announced: they must be those of one release of Apache Kafka."""

from kafkapy.handlers.registry import apis
from kafkapy.protocol.api_key import ApiKey
from kafkapy.protocol.messages.api_versions import ApiVersionsRequest
from tests.harness.broker import MemoryBroker

APACHE_KAFKA_4_3 = """
    0:0-13 1:4-18 2:1-11 3:0-13 8:2-10 9:1-10 10:0-6 11:0-9 12:0-4 13:0-5 14:0-5 15:0-6 16:0-5 17:0-1 18:0-4
    19:2-7 20:1-6 21:0-2 22:0-5 23:2-4 24:0-5 25:0-4 26:0-5 27:1-2 28:0-5 29:1-3 30:1-3 31:1-3 32:1-4 33:0-2
    34:1-2 35:1-5 36:0-2 37:0-3 38:1-3 39:1-2 40:1-2 41:1-3 42:0-2 43:0-2 44:0-1 45:0-1 46:0-0 47:0-0 48:0-1
    49:0-1 50:0-0 51:0-0 55:0-2 57:0-2 60:0-2 61:0-0 64:0-0 65:0-0 66:0-2 68:0-1 69:0-1 74:0-1 75:0-0 76:1-1
    77:1-1 78:1-2 79:1-2 80:0-1 81:0-0 83:0-0 84:0-0 85:0-1 86:0-0 87:0-1 88:0-0 89:0-0 90:0-1 91:0-0 92:0-0
"""
"""What a broker of that release announces: key:min-max."""
CLASSIC_CONSUMER = {
    ApiKey.FIND_COORDINATOR,
    ApiKey.JOIN_GROUP,
    ApiKey.SYNC_GROUP,
    ApiKey.HEARTBEAT,
    ApiKey.LEAVE_GROUP,
    ApiKey.OFFSET_COMMIT,
    ApiKey.OFFSET_FETCH,
}


async def announced(broker: MemoryBroker) -> dict[int, range]:
    request = ApiVersionsRequest(client_software_name="test", client_software_version="1")
    response = await broker.send(request)
    return {api.api_key: range(api.min_version, api.max_version + 1) for api in response.api_keys}


async def test_what_is_announced_is_what_the_release_announces(broker: MemoryBroker) -> None:
    release = {}
    for entry in APACHE_KAFKA_4_3.split():
        key, _, versions = entry.partition(":")
        first, _, last = versions.partition("-")
        release[int(key)] = range(int(first), int(last) + 1)
    ours = await announced(broker)
    assert ours == {key: release[key] for key in ours}


async def test_all_that_a_consumer_in_a_group_needs_is_announced(broker: MemoryBroker) -> None:
    assert set(await announced(broker)) >= CLASSIC_CONSUMER


async def test_who_must_name_topics_by_id_can_learn_the_ids(broker: MemoryBroker) -> None:
    ours = await announced(broker)
    by_id = {ApiKey.PRODUCE: 13, ApiKey.FETCH: 13, ApiKey.OFFSET_COMMIT: 10, ApiKey.OFFSET_FETCH: 10}
    assert any(version in ours[key] for key, version in by_id.items())
    assert 12 in ours[ApiKey.METADATA]
    assert all(api.versions[-1] in ours[api.key] for api in apis().values())
