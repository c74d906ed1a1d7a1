"""Changing configurations: records, outcomes, and Kafka's refusals (all texts seen on Kafka 4.3)."""

from collections.abc import Sequence

import pytest

from kafkapy.cluster.change import Change
from kafkapy.cluster.configs import Alteration, AlteredResource, Operation, alter_configs, replace_configs
from kafkapy.cluster.image import ClusterImage, ResourceType, TopicImage
from kafkapy.cluster.record_types import ClearElrRecord, ConfigRecord
from kafkapy.config.broker import BrokerConfig
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

TOPIC, BROKER, GROUP, METRICS = (
    ResourceType.TOPIC,
    ResourceType.BROKER,
    ResourceType.GROUP,
    ResourceType.CLIENT_METRICS,
)
SET, DELETE, APPEND, SUBTRACT = Operation


@pytest.fixture
def image() -> ClusterImage:
    return ClusterImage(
        topics={"t": TopicImage("t", bytes(16))},
        configs={
            (TOPIC, "t"): {"retention.ms": "5"},
            (BROKER, ""): {"min.insync.replicas": "1"},
        },
        features={"eligible.leader.replicas.version": 1, "metadata.version": 30},
    )


@pytest.fixture
def config(image: ClusterImage) -> BrokerConfig:
    config = BrokerConfig.load({})
    config.apply_dynamic(image.config_of(BROKER, ""), {})
    return config


def resource(kind: int, name: str, *alterations: tuple[str, int, str | None]) -> AlteredResource:
    return AlteredResource(kind, name, [Alteration(*each) for each in alterations])


def values(change: Change[KafkaError | None]) -> list[tuple[str, str, str | None]]:
    records = [record for record in change.records if isinstance(record, ConfigRecord)]
    return [(record.resource_name, record.name, record.value) for record in records]


def refusal(results: Sequence[KafkaError | None]) -> tuple[ErrorCode, str]:
    (error,) = results
    assert error is not None
    return error.code, error.detail


def test_keys_are_set_and_deleted_one_by_one(image: ClusterImage, config: BrokerConfig) -> None:
    change = alter_configs(
        image, config, [resource(TOPIC, "t", ("segment.ms", SET, "9"), ("retention.ms", DELETE, None))]
    )
    assert change.results == [None]
    assert values(change) == [("t", "segment.ms", "9"), ("t", "retention.ms", None)]


def test_what_is_set_already_needs_no_record_but_for_a_broker(
    image: ClusterImage, config: BrokerConfig
) -> None:
    same = resource(TOPIC, "t", ("retention.ms", SET, "5"), ("flush.ms", DELETE, None))
    assert alter_configs(image, config, [same]).records == []
    broker = resource(BROKER, "", ("min.insync.replicas", SET, "1"))
    assert values(alter_configs(image, config, [broker])) == [("", "min.insync.replicas", "1")]


@pytest.mark.parametrize(
    ("current", "operation", "items", "expected"),
    [
        (None, APPEND, "compact", "delete,compact"),
        (None, APPEND, "delete", "delete"),
        ("compact", APPEND, "delete,compact,delete", "compact,delete"),
        ("compact,delete", SUBTRACT, "delete,other", "compact"),
        ("compact", SUBTRACT, "compact", ""),
        ("", APPEND, "compact", "compact"),
    ],
)
def test_lists_grow_and_shrink_from_what_holds_now(
    image: ClusterImage,
    config: BrokerConfig,
    current: str | None,
    operation: Operation,
    items: str,
    expected: str,
) -> None:
    if current is not None:
        image.configs[(TOPIC, "t")]["cleanup.policy"] = current
    change = alter_configs(image, config, [resource(TOPIC, "t", ("cleanup.policy", operation, items))])
    assert change.results == [None]
    assert values(change) == [("t", "cleanup.policy", expected)]


def test_a_refused_resource_does_not_keep_others_from_change(
    image: ClusterImage, config: BrokerConfig
) -> None:
    change = alter_configs(
        image,
        config,
        [
            resource(TOPIC, "t", ("retention.ms", SET, "7")),
            resource(TOPIC, "nope", ("retention.ms", SET, "7")),
            resource(GROUP, "g", ("share.isolation.level", SET, "read_committed")),
        ],
    )
    assert [error and error.code for error in change.results] == [
        None,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        None,
    ]
    assert [name for name, _, _ in values(change)] == ["t", "g"]


INVALID_REQUEST, INVALID_CONFIG = ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_CONFIG


@pytest.mark.parametrize(
    ("kind", "name", "alterations", "code", "text"),
    [
        (99, "t", [], INVALID_REQUEST, "Unknown resource type 99"),
        (
            TOPIC,
            "t",
            [("retention.ms", SET, None), ("segment.ms", APPEND, None)],
            INVALID_REQUEST,
            "Null value not supported for : retention.ms, segment.ms",
        ),
        (
            TOPIC,
            "t",
            [("retention.ms", SET, "1"), ("retention.ms", SET, "2")],
            INVALID_REQUEST,
            "Error due to duplicate config keys",
        ),
        (TOPIC, "t", [("retention.ms", 9, "1")], INVALID_REQUEST, "Unknown operations type 9"),
        (
            TOPIC,
            "",
            [("retention.ms", SET, "1")],
            INVALID_REQUEST,
            "Default topic resources are not allowed.",
        ),
        (
            TOPIC,
            "..",
            [("retention.ms", SET, "1")],
            ErrorCode.INVALID_TOPIC_EXCEPTION,
            "Topic name is invalid: '..' is not allowed",
        ),
        (
            TOPIC,
            "nope",
            [],
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            "The topic 'nope' does not exist.",
        ),
        (TOPIC, "nope", [("foo", SET, "1")], INVALID_CONFIG, "Unknown topic config name: foo"),
        (
            TOPIC,
            "t",
            [("retention.ms", APPEND, "1")],
            INVALID_CONFIG,
            "Can't APPEND to key retention.ms because its type is not LIST.",
        ),
        (
            TOPIC,
            "t",
            [("foo", SUBTRACT, "1")],
            INVALID_CONFIG,
            "Can't SUBTRACT to key foo because its type is not LIST.",
        ),
        (
            TOPIC,
            "t",
            [("leader.replication.throttled.replicas", SET, "0:1," * 8192)],
            INVALID_CONFIG,
            "The configuration value cannot be added because it exceeds the maximum value size of 32767 "
            "bytes.",
        ),
        (
            BROKER,
            "2",
            [("log.segment.bytes", SET, "2000000")],
            INVALID_REQUEST,
            "Unexpected broker id, expected 1, but received 2",
        ),
        (BROKER, "x", [], INVALID_REQUEST, "Node id must be an integer, but it is: x"),
        (BROKER, "1", [("log.segment.bytes", 9, "1")], INVALID_REQUEST, "Unknown operations type 9"),
        (
            BROKER,
            "1",
            [("num.partitions", SET, "3")],
            INVALID_REQUEST,
            "Cannot update these configs dynamically: [num.partitions]",
        ),
        (
            BROKER,
            "",
            [("log.cleaner.threads", APPEND, "2")],
            INVALID_CONFIG,
            "Config value append is not allowed for config key: log.cleaner.threads",
        ),
        (BROKER, "", [("foo", SUBTRACT, "2")], INVALID_CONFIG, "Unknown config name: foo"),
        (
            BROKER,
            "1",
            [("min.insync.replicas", SET, "1")],
            INVALID_CONFIG,
            "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
        ),
        (
            BROKER,
            "",
            [("min.insync.replicas", DELETE, None)],
            INVALID_CONFIG,
            "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
        ),
        (
            GROUP,
            "",
            [("consumer.session.timeout.ms", SET, "50000")],
            INVALID_REQUEST,
            "Default group resources are not allowed.",
        ),
        (GROUP, "g", [("foo", SET, "1")], INVALID_CONFIG, "Unknown group config name: foo"),
        (METRICS, "", [("interval.ms", SET, "100")], INVALID_REQUEST, "Subscription name can't be empty"),
        (
            METRICS,
            "m",
            [("interval.ms", SET, "x")],
            INVALID_CONFIG,
            "Invalid value x for configuration interval.ms: Not a number of type INT",
        ),
    ],
)
def test_a_bad_change_is_refused(
    image: ClusterImage,
    config: BrokerConfig,
    kind: int,
    name: str,
    alterations: list[tuple[str, int, str | None]],
    code: ErrorCode,
    text: str,
) -> None:
    change = alter_configs(image, config, [resource(kind, name, *alterations)])
    assert refusal(change.results) == (code, text)
    assert change.records == []


def test_a_resource_may_appear_once(image: ClusterImage, config: BrokerConfig) -> None:
    change = alter_configs(image, config, [resource(TOPIC, "t"), resource(GROUP, "t"), resource(TOPIC, "t")])
    text = "Each resource must appear at most once."
    assert [error and error.detail for error in change.results] == [text, None, text]


def test_log_directories_can_be_cordoned_from_4_3_on(image: ClusterImage, config: BrokerConfig) -> None:
    image.features["metadata.version"] = 29
    change = alter_configs(image, config, [resource(BROKER, "1", ("cordoned.log.dirs", SET, ""))])
    text = (
        "The cordoned.log.dirs configuration value cannot be set because it requires "
        "metadata.version >= 4.3-IV0"
    )
    assert refusal(change.results) == (INVALID_CONFIG, text)


def test_eligible_leaders_are_forgotten_when_min_insync_replicas_changes(
    image: ClusterImage, config: BrokerConfig
) -> None:
    change = alter_configs(
        image,
        config,
        [
            resource(BROKER, "", ("min.insync.replicas", SET, "2")),
            resource(TOPIC, "t", ("min.insync.replicas", SET, "2")),
        ],
    )
    assert [record for record in change.records if isinstance(record, ClearElrRecord)] == [
        ClearElrRecord(topic_name=""),
        ClearElrRecord(topic_name="t"),
    ]


def test_loggers_are_left_to_their_owner(image: ClusterImage, config: BrokerConfig) -> None:
    change = alter_configs(image, config, [resource(ResourceType.BROKER_LOGGER, "1", ("x", SET, "INFO"))])
    assert (change.records, change.results) == ([], [None])


def test_too_large_a_change_is_refused_as_a_whole(image: ClusterImage, config: BrokerConfig) -> None:
    subscriptions = [resource(METRICS, f"m{i}", ("interval.ms", SET, "100")) for i in range(10_001)]
    with pytest.raises(KafkaError, match="excessively large"):
        alter_configs(image, config, subscriptions)


def test_a_replacement_deletes_what_it_does_not_name(image: ClusterImage, config: BrokerConfig) -> None:
    change = replace_configs(image, config, [resource(TOPIC, "t", ("segment.ms", SET, "9"))])
    assert values(change) == [("t", "segment.ms", "9"), ("t", "retention.ms", None)]
    cleared = replace_configs(image, config, [resource(TOPIC, "t")])
    assert values(cleared) == [("t", "retention.ms", None)]


@pytest.mark.parametrize(
    ("kind", "name", "texts", "code", "text"),
    [
        (ResourceType.BROKER_LOGGER, "1", {}, INVALID_REQUEST, "Unknown resource type 8"),
        (
            BROKER,
            "",
            {"log.segment.bytes": "2000000"},
            INVALID_CONFIG,
            "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
        ),
        (
            BROKER,
            "1",
            {"num.partitions": "2"},
            INVALID_REQUEST,
            "Cannot update these configs dynamically: [num.partitions]",
        ),
        (
            TOPIC,
            "t",
            {"min.compaction.lag.ms": "5", "max.compaction.lag.ms": "4"},
            INVALID_CONFIG,
            "conflict topic config setting min.compaction.lag.ms (5) > max.compaction.lag.ms (4)",
        ),
        (TOPIC, "nope", {}, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "The topic 'nope' does not exist."),
    ],
)
def test_a_bad_replacement_is_refused(
    image: ClusterImage,
    config: BrokerConfig,
    kind: int,
    name: str,
    texts: dict[str, str],
    code: ErrorCode,
    text: str,
) -> None:
    alterations = [(key, SET, value) for key, value in texts.items()]
    assert refusal(replace_configs(image, config, [resource(kind, name, *alterations)]).results) == (
        code,
        text,
    )
