"""CreateTopics (API key 19), v2-7.

A topic is ready for clients when its creation is answered. v4: -1 for the broker's numbers of partitions
and replicas (KIP-464). v5: the settings of the new topics (KIP-525). v7: their ids. Not supported: quotas
on creation (KIP-599).
"""

from collections import Counter

from kafkapy.cluster.image import CLUSTER_METADATA_TOPIC
from kafkapy.cluster.topics import CreatedTopic, NewTopic
from kafkapy.config.describe import describe_created_topic
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfigs,
    CreatableTopicResult,
    CreateTopicsRequest,
    CreateTopicsResponse,
)

FIRST_VERSION_WITH_CONFIGS = 5


def _fail(request: CreateTopicsRequest, code: ErrorCode) -> CreateTopicsResponse:
    return _refuse(request, code, None)


@handles(CreateTopicsRequest, "2-7", fail=_fail)
def create_topics(ctx: RequestContext, request: CreateTopicsRequest) -> CreateTopicsResponse:
    times = Counter(topic.name for topic in request.topics)
    wanted = [topic for topic in request.topics if times[topic.name] == 1]
    duplicates = [
        _refused(name, ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
        for name, count in times.items()
        if count > 1
    ]
    prohibited = [
        _refused(
            topic.name,
            ErrorCode.INVALID_REQUEST,
            f"Creation of internal topic {CLUSTER_METADATA_TOPIC} is prohibited.",
        )
        for topic in wanted
        if topic.name == CLUSTER_METADATA_TOPIC
    ]
    new_topics = [_new_topic(topic) for topic in wanted if topic.name != CLUSTER_METADATA_TOPIC]
    if new_topics and request.timeout_ms <= 0:
        raise KafkaError(ErrorCode.REQUEST_TIMED_OUT)
    try:
        created = ctx.broker.create_topics(new_topics, validate_only=request.validate_only)
    except KafkaError as error:
        return _refuse(request, error.code, error.detail)
    return CreateTopicsResponse(
        topics=[*(_result(ctx, topic) for topic in created), *duplicates, *prohibited]
    )


def _new_topic(topic: CreatableTopic) -> NewTopic:
    return NewTopic(
        topic.name,
        topic.num_partitions,
        topic.replication_factor,
        [(assignment.partition_index, assignment.broker_ids) for assignment in topic.assignments],
        [(config.name, config.value) for config in topic.configs],
    )


def _result(ctx: RequestContext, topic: CreatedTopic) -> CreatableTopicResult:
    if topic.error is not None:
        return _refused(topic.name, topic.error.code, topic.error.detail)
    result = CreatableTopicResult(
        name=topic.name,
        topic_id=topic.topic_id,
        error_message=None,
        num_partitions=topic.num_partitions,
        replication_factor=topic.replication_factor,
    )
    if ctx.api_version >= FIRST_VERSION_WITH_CONFIGS:
        result.configs = [
            CreatableTopicConfigs(
                name=entry.name,
                value=entry.value,
                read_only=entry.read_only,
                config_source=entry.source,
                is_sensitive=entry.sensitive,
            )
            for entry in describe_created_topic(topic.configs, ctx.broker.config)
        ]
    return result


def _refused(name: str, code: ErrorCode, message: str | None) -> CreatableTopicResult:
    return CreatableTopicResult(name=name, error_code=code, error_message=message)


def _refuse(request: CreateTopicsRequest, code: ErrorCode, message: str | None) -> CreateTopicsResponse:
    return CreateTopicsResponse(topics=[_refused(topic.name, code, message) for topic in request.topics])
