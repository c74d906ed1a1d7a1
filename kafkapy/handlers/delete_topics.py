"""DeleteTopics (API key 20), v1-6.

A deleted topic is gone for clients when this is answered; its files leave after `file.delete.delay.ms`. v4:
nullable error. v5: error messages. v6: topics by id (KIP-516). Not supported: quotas on deletion (KIP-599).
"""

from collections import Counter

from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.topics import delete_topics as delete
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.delete_topics import (
    DeletableTopicResult,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DeleteTopicState,
)
from kafkapy.protocol.uuid import ZERO_UUID

FIRST_VERSION_WITH_A_CODE_FOR_DISABLED = 3


def _fail(request: DeleteTopicsRequest, code: ErrorCode) -> DeleteTopicsResponse:
    return DeleteTopicsResponse(
        responses=[
            DeletableTopicResult(name=topic.name, topic_id=topic.topic_id, error_code=code)
            for topic in _asked(request)
        ]
    )


@handles(DeleteTopicsRequest, "1-6", fail=_fail)
def delete_topics(ctx: RequestContext, request: DeleteTopicsRequest) -> DeleteTopicsResponse:
    if not ctx.broker.config.delete_topic_enable:
        known = ctx.api_version >= FIRST_VERSION_WITH_A_CODE_FOR_DISABLED
        raise KafkaError(ErrorCode.TOPIC_DELETION_DISABLED if known else ErrorCode.INVALID_REQUEST)
    refused, names, ids = _sort(_asked(request))
    if (names or ids) and request.timeout_ms <= 0:
        raise KafkaError(ErrorCode.REQUEST_TIMED_OUT)
    found = _find(ctx.broker.metadata.image, names, ids, refused)
    change = delete(ctx.broker.metadata.image, list(found))
    ctx.broker.metadata.commit(change.records, ctx.now_ms)
    deleted = [DeletableTopicResult(name=name, topic_id=topic_id) for topic_id, name in found.items()]
    return DeleteTopicsResponse(responses=refused + deleted)


def _asked(request: DeleteTopicsRequest) -> list[DeleteTopicState]:
    by_name = [DeleteTopicState(name=name, topic_id=ZERO_UUID) for name in request.topic_names]
    return by_name + request.topics


def _sort(asked: list[DeleteTopicState]) -> tuple[list[DeletableTopicResult], list[str], list[bytes]]:
    """What is asked for wrongly or twice; the rest by name, and by id."""
    refused = []
    names: Counter[str] = Counter()
    ids: Counter[bytes] = Counter()
    for topic in asked:
        has_id = topic.topic_id != ZERO_UUID
        if topic.name is not None and has_id:
            detail = "You may not specify both topic name and topic id."
            refused.append(_refused(topic.name, topic.topic_id, detail))
        elif topic.name is not None:
            names[topic.name] += 1
        elif has_id:
            ids[topic.topic_id] += 1
        else:
            refused.append(_refused(None, ZERO_UUID, "Neither topic name nor id were specified."))
    refused += [_refused(name, ZERO_UUID, "Duplicate topic name.") for name in names if names[name] > 1]
    refused += [_refused(None, id_, "Duplicate topic id.") for id_ in ids if ids[id_] > 1]
    return refused, [n for n in names if names[n] == 1], [i for i in ids if ids[i] == 1]


def _find(
    image: ClusterImage, names: list[str], ids: list[bytes], refused: list[DeletableTopicResult]
) -> dict[bytes, str]:
    """The topics to delete by id; whatever does not exist, or is named by id too, is added to `refused`."""
    twice = {result.topic_id for result in refused}
    found = {}
    for topic_id in ids:
        topic = image.topic_by_id(topic_id)
        if topic is None:
            refused.append(_refused(None, topic_id, None, ErrorCode.UNKNOWN_TOPIC_ID))
        else:
            found[topic_id] = topic.name
    for name in names:
        topic = image.topics.get(name)
        if topic is None:
            refused.append(_refused(name, ZERO_UUID, None, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
        elif topic.topic_id in found or topic.topic_id in twice:
            found.pop(topic.topic_id, None)
            detail = "The provided topic name maps to an ID that was already supplied."
            refused.append(_refused(name, topic.topic_id, detail))
        else:
            found[topic.topic_id] = name
    return found


def _refused(
    name: str | None, topic_id: bytes, detail: str | None, code: ErrorCode = ErrorCode.INVALID_REQUEST
) -> DeletableTopicResult:
    return DeletableTopicResult(
        name=name, topic_id=topic_id, error_code=code, error_message=detail or code.message
    )
