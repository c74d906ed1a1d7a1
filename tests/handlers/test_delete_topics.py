"""DeleteTopics: by name and by id, and whatever is wrong with what is asked for."""

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from kafkapy.protocol.uuid import ZERO_UUID
from tests.conftest import StartBroker
from tests.harness.broker import MemoryBroker

INVALID = ErrorCode.INVALID_REQUEST
UNKNOWN_ID = bytes([9]) * 16
Outcome = tuple[str | None, bytes, int, str | None]


async def delete(
    broker: MemoryBroker, *topics: str | bytes | tuple[str | None, bytes], timeout_ms: int = 1000
) -> list[Outcome]:
    """Names, ids, or both."""
    states = []
    for topic in topics:
        name, topic_id = (
            topic
            if isinstance(topic, tuple)
            else (topic, ZERO_UUID)
            if isinstance(topic, str)
            else (None, topic)
        )
        states.append(DeleteTopicState(name=name, topic_id=topic_id))
    response = await broker.send(DeleteTopicsRequest(topics=states, timeout_ms=timeout_ms), 6)
    return [(r.name, r.topic_id, r.error_code, r.error_message) for r in response.responses]


def ids(broker: MemoryBroker, *names: str) -> list[bytes]:
    return [topic.topic_id for topic in broker.broker.create_topics([NewTopic(name) for name in names])]


async def test_a_deleted_topic_is_gone_at_once_and_after_a_restart(broker: MemoryBroker) -> None:
    by_name, by_id = ids(broker, "a", "b")
    assert await delete(broker, "a", by_id) == [("b", by_id, 0, None), ("a", by_name, 0, None)]
    with pytest.raises(KafkaError):
        broker.broker.partitions.named("a", 0)
    await broker.restart()
    assert broker.broker.metadata.image.topics == {}


async def test_a_topic_created_again_is_another_one(broker: MemoryBroker) -> None:
    (old,) = ids(broker, "a")
    await delete(broker, "a")
    (new,) = ids(broker, "a")
    assert new != old
    assert await delete(broker, old) == [
        (None, old, ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
    ]
    assert "a" in broker.broker.metadata.image.topics


async def test_unknown_names_and_ids_are_told_apart(broker: MemoryBroker) -> None:
    assert await delete(broker, "nope", UNKNOWN_ID) == [
        (None, UNKNOWN_ID, ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID."),
        (
            "nope",
            ZERO_UUID,
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            "This server does not host this topic-partition.",
        ),
    ]


async def test_a_topic_is_asked_for_by_name_or_by_id_but_not_by_both_or_neither(broker: MemoryBroker) -> None:
    (known,) = ids(broker, "a")
    assert await delete(broker, ("a", known), (None, ZERO_UUID)) == [
        ("a", known, INVALID, "You may not specify both topic name and topic id."),
        (None, ZERO_UUID, INVALID, "Neither topic name nor id were specified."),
    ]
    assert "a" in broker.broker.metadata.image.topics


async def test_what_is_asked_for_twice_is_not_deleted(broker: MemoryBroker) -> None:
    _, b, c = ids(broker, "a", "b", "c")
    assert await delete(broker, "a", "a", "a", b, b, "b", c, "c") == [
        ("a", ZERO_UUID, INVALID, "Duplicate topic name."),
        (None, b, INVALID, "Duplicate topic id."),
        ("b", b, INVALID, "The provided topic name maps to an ID that was already supplied."),
        ("c", c, INVALID, "The provided topic name maps to an ID that was already supplied."),
    ]
    assert sorted(broker.broker.metadata.image.topics) == ["a", "b", "c"]


@pytest.mark.parametrize("version", range(1, 6))
async def test_old_versions_delete_by_name(broker: MemoryBroker, version: int) -> None:
    ids(broker, "a")
    request = DeleteTopicsRequest(topic_names=["a", "nope"], timeout_ms=1000)
    response = await broker.send(request, version)
    found = {result.name: result.error_code for result in response.responses}
    assert found == {"a": 0, "nope": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}


@pytest.mark.parametrize(
    ("version", "code"), [(2, ErrorCode.INVALID_REQUEST), (3, ErrorCode.TOPIC_DELETION_DISABLED)]
)
async def test_deletion_can_be_switched_off(start_broker: StartBroker, version: int, code: ErrorCode) -> None:
    broker = await start_broker(delete_topic_enable=False)
    ids(broker, "a")
    response = await broker.send(DeleteTopicsRequest(topic_names=["a"], timeout_ms=1000), version)
    assert [(r.name, r.error_code) for r in response.responses] == [("a", code)]
    assert "a" in broker.broker.metadata.image.topics


async def test_without_time_nothing_is_deleted(broker: MemoryBroker) -> None:
    (known,) = ids(broker, "a")
    timed_out = ErrorCode.REQUEST_TIMED_OUT
    assert await delete(broker, "nope", known, timeout_ms=0) == [
        ("nope", ZERO_UUID, timed_out, None),
        (None, known, timed_out, None),
    ]
    assert "a" in broker.broker.metadata.image.topics
