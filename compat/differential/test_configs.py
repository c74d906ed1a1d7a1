"""Configurations: every description, every refusal and every change is as Apache Kafka's.

Left out: what holds an address or a directory; documentation, which is in kafkapy's words; names and levels
of loggers; the two requests that Apache Kafka breaks on (an operation that does not exist, and AlterConfigs
with a resource that appears twice).
"""

import time
from typing import Any

import pytest

from compat.differential.connection import Connection
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages import (
    alter_configs,
    create_topics,
    describe_configs,
    incremental_alter_configs,
    list_config_resources,
)
from tests.harness.broker_process import BrokerProcess

Brokers = tuple[BrokerProcess, BrokerProcess]

TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32
SET, DELETE, APPEND, SUBTRACT = range(4)
OF_THE_MACHINE = {
    "advertised.listeners",
    "controller.quorum.voters",
    "listeners",
    "log.dir",
    "log.dirs",
}


SECONDS_TO_SETTLE = 5.0
REPEATABLE = (describe_configs.DescribeConfigsRequest, list_config_resources.ListConfigResourcesRequest)


def describe(*resources: tuple[int, str], version: int = 4) -> tuple[Any, int]:
    request = describe_configs.DescribeConfigsRequest(
        resources=[
            describe_configs.DescribeConfigsResource(
                resource_type=kind, resource_name=name, configuration_keys=None
            )
            for kind, name in resources
        ],
        include_synonyms=True,
    )
    return request, version


def change(*resources: tuple[int, str, list[tuple[str, int, str | None]]]) -> tuple[Any, int]:
    request = incremental_alter_configs.IncrementalAlterConfigsRequest(
        resources=[
            incremental_alter_configs.AlterConfigsResource(
                resource_type=kind,
                resource_name=name,
                configs=[
                    incremental_alter_configs.AlterableConfig(
                        name=key, config_operation=operation, value=value
                    )
                    for key, operation, value in alterations
                ],
            )
            for kind, name, alterations in resources
        ],
        validate_only=False,
    )
    return request, 1


def put(kind: int, name: str, key: str, value: str | None, operation: int = SET) -> tuple[Any, int]:
    return change((kind, name, [(key, operation, value)]))


def replace(kind: int, name: str, *configs: tuple[str, str | None]) -> tuple[Any, int]:
    request = alter_configs.AlterConfigsRequest(
        resources=[
            alter_configs.AlterConfigsResource(
                resource_type=kind,
                resource_name=name,
                configs=[alter_configs.AlterableConfig(name=key, value=value) for key, value in configs],
            )
        ],
        validate_only=False,
    )
    return request, 2


def list_resources(*kinds: int, version: int = 1) -> tuple[Any, int]:
    return list_config_resources.ListConfigResourcesRequest(resource_types=list(kinds)), version


def create(name: str, **configs: str) -> tuple[Any, int]:
    request = create_topics.CreateTopicsRequest(
        topics=[
            create_topics.CreatableTopic(
                name=name,
                num_partitions=1,
                replication_factor=1,
                assignments=[],
                configs=[
                    create_topics.CreatableTopicConfig(name=key.replace("_", "."), value=value)
                    for key, value in configs.items()
                ],
            )
        ],
        timeout_ms=10_000,
    )
    return request, 5


def ask_both(brokers: Brokers, *steps: tuple[Any, int]) -> list[Any]:
    """Hold the conversation with both brokers, compare what they say, and return it.

    Apache Kafka answers before a change has reached its descriptions: it is asked for these again.
    """
    answers = []
    with Connection(brokers[0].bootstrap) as kafkapy, Connection(brokers[1].bootstrap) as reference:
        for request, version in steps:
            ours, theirs = (comparable(each.ask(request, version)) for each in (kafkapy, reference))
            end = time.monotonic() + SECONDS_TO_SETTLE
            while ours != theirs and type(request) in REPEATABLE and time.monotonic() < end:
                theirs = comparable(reference.ask(request, version))
            assert ours == theirs, request
            answers.append(ours)
    return answers


def comparable(response: Any) -> Any:
    match response:
        case describe_configs.DescribeConfigsResponse():
            return [line for result in response.results for line in _description(result)]
        case list_config_resources.ListConfigResourcesResponse():
            resources = [(each.resource_type, each.resource_name) for each in response.config_resources]
            return response.error_code, sorted(resources)
        case create_topics.CreateTopicsResponse():
            (topic,) = response.topics
            return (
                topic.error_code,
                topic.error_message,
                sorted(topic.configs or [], key=lambda each: each.name),
            )
        case _:
            return [
                (each.resource_type, each.resource_name, each.error_code, each.error_message)
                for each in response.responses
            ]


def _description(result: describe_configs.DescribeConfigsResult) -> list[Any]:
    """Line by line, so that a difference is easy to see."""
    about = (result.resource_type, result.resource_name)
    return [(*about, result.error_code, result.error_message)] + [
        (
            *about,
            each.name,
            each.value,
            each.config_source,
            each.read_only,
            each.is_sensitive,
            each.config_type,
            [(synonym.name, synonym.value, synonym.source) for synonym in each.synonyms],
        )
        for each in sorted(result.configs, key=lambda each: each.name)
        if each.name not in OF_THE_MACHINE
    ]


def everything(version: int = 4) -> tuple[Any, int]:
    return describe((BROKER, "1"), (BROKER, ""), (TOPIC, "t"), (GROUP, "g"), (METRICS, "m"), version=version)


@pytest.fixture(autouse=True)
def topic(brokers: Brokers) -> None:
    """The topic `t` on both brokers; it stays."""
    for broker in brokers:
        with Connection(broker.bootstrap) as connection:
            connection.ask(*create("t"))


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_descriptions_are_equal_from_the_start(brokers: Brokers, version: int) -> None:
    ask_both(brokers, everything(version))


def test_descriptions_are_equal_after_changes_in_every_layer(brokers: Brokers) -> None:
    brokers_own = [
        ("log.retention.ms", "1000000"),
        ("log.cleaner.backoff.ms", " 16000 "),
        ("foo.bar", "x"),
        ("listener.name.plaintext.ssl.keystore.location", "/nope"),
        ("listener.name.plaintext.ssl.keystore.password", "secret"),
        ("listener.name.plaintext.max.connections", "300"),
    ]
    clusters = [
        ("log.roll.ms", "600000"),
        ("log.cleaner.min.cleanable.ratio", "0.25"),
        ("leader.replication.throttled.rate", "1000"),
        ("group.share.assignment.interval.ms", "1234"),
    ]
    topics = [
        ("segment.bytes", "2000000"),
        ("internal.segment.bytes", "1000000"),
        ("cleanup.policy", "compact,delete,compact"),
        ("retention.ms", " 77 "),
        ("min.cleanable.dirty.ratio", "1e-5"),
    ]
    groups = [("consumer.session.timeout.ms", "50000"), ("share.auto.offset.reset", "by_duration:PT1H")]
    metrics = [("interval.ms", "1000"), ("match", "client_id=a.*"), ("metrics", "org.a,org.b")]
    layers = (
        (BROKER, "1", brokers_own),
        (BROKER, "", clusters),
        (TOPIC, "t", topics),
        (GROUP, "g", groups),
        (METRICS, "m", metrics),
    )
    ask_both(
        brokers,
        *(change((kind, name, [(key, SET, value) for key, value in texts])) for kind, name, texts in layers),
        everything(),
        create("created.meanwhile", flush_ms=" 9 "),
        list_resources(GROUP, METRICS, BROKER, LOGGER),
        list_resources(version=0),
        list_resources(99),
        *(change((kind, name, [(key, DELETE, None) for key, _ in texts])) for kind, name, texts in layers),
        everything(),
    )


def test_lists_grow_and_shrink_alike(brokers: Brokers) -> None:
    policy = "cleanup.policy"
    ask_both(
        brokers,
        put(TOPIC, "t", policy, "compact,delete", APPEND),
        everything(),
        put(TOPIC, "t", policy, "delete,nope", SUBTRACT),
        everything(),
        put(TOPIC, "t", policy, "compact", SUBTRACT),
        everything(),
        put(TOPIC, "t", policy, "compact", APPEND),
        put(BROKER, "", "log.cleanup.policy", "compact", APPEND),
        everything(),
        put(TOPIC, "t", policy, None, DELETE),
        put(BROKER, "", "log.cleanup.policy", None, DELETE),
    )


def test_replacing_resets_alike(brokers: Brokers) -> None:
    ask_both(
        brokers,
        replace(TOPIC, "t", ("retention.ms", "100"), ("segment.ms", "5")),
        replace(TOPIC, "t", ("retention.ms", "100")),
        everything(),
        replace(TOPIC, "t"),
        replace(BROKER, "", ("log.segment.bytes", "2000000"), ("min.insync.replicas", "1")),
        replace(BROKER, "1", ("log.segment.bytes", "3000000")),
        everything(),
        replace(BROKER, "", ("min.insync.replicas", "1")),
        replace(BROKER, "1"),
        replace(GROUP, "g", ("consumer.session.timeout.ms", "50000")),
        replace(GROUP, "g"),
        everything(),
    )


REFUSED_REPLACEMENTS = [
    (BROKER, "", ("log.segment.bytes", "2000000")),
    (BROKER, "1", ("num.partitions", "2")),
    (BROKER, "2", ("log.segment.bytes", "2000000")),
    (GROUP, "g", ("foo", "1")),
    (LOGGER, "1", ("root", "INFO")),
    (99, "t", ("retention.ms", "1")),
    (TOPIC, "t", ("foo", "1")),
    (TOPIC, "t", ("retention.ms", None)),
    (TOPIC, "nope", ("retention.ms", "1")),
]


def test_replacements_are_refused_alike(brokers: Brokers) -> None:
    twice = ("retention.ms", "1"), ("retention.ms", "2")
    ask_both(
        brokers,
        *(replace(kind, name, config) for kind, name, config in REFUSED_REPLACEMENTS),
        replace(TOPIC, "t", *twice),
        everything(),
    )


REFUSED = [
    (BROKER, "1", "num.partitions", "3", SET),
    (BROKER, "1", "log.segment.bytes", "abc", SET),
    (BROKER, "1", "log.segment.bytes", "5", SET),
    (BROKER, "", "log.cleaner.dedupe.buffer.size", "1", SET),
    (BROKER, "1", "log.cleaner.threads", "8", SET),
    (BROKER, "1", "num.io.threads", "100", SET),
    (BROKER, "1", "num.network.threads", "1000", SET),
    (BROKER, "1", "background.threads", "1", SET),
    (BROKER, "1", "listeners", "FOO://:1", SET),
    (BROKER, "", "listeners", "PLAINTEXT://:1", SET),
    (BROKER, "1", "ssl.keystore.type", "JKS", SET),
    (BROKER, "1", "min.insync.replicas", "1", SET),
    (BROKER, "", "min.insync.replicas", None, DELETE),
    (BROKER, "", "min.insync.replicas", "0", SET),
    (BROKER, "2", "log.segment.bytes", "2000000", SET),
    (BROKER, "x", "log.segment.bytes", "2000000", SET),
    (BROKER, "1", "log.segment.bytes", "1", 9),
    (BROKER, "", "log.cleaner.threads", "2", APPEND),
    (BROKER, "", "foo", "2", SUBTRACT),
    (BROKER, "", "log.roll.ms", "0", SET),
    (BROKER, "", "log.retention.ms", "0", SET),
    (BROKER, "", "group.consumer.assignment.interval.ms", "999999", SET),
    (BROKER, "", "compression.gzip.level", "0", SET),
    (BROKER, "", "compression.zstd.level", "23", SET),
    (BROKER, "", "compression.type", "foo", SET),
    (BROKER, "", "log.cleanup.policy", "foo", SET),
    (BROKER, "", "log.preallocate", "maybe", SET),
    (BROKER, "", "log.cleaner.min.cleanable.ratio", "1.5", SET),
    (BROKER, "", "log.cleaner.min.cleanable.ratio", "much", SET),
    (BROKER, "1", "metric.reporters", "foo.Bar", SET),
    (BROKER, "", "max.connections.per.ip", "0", SET),
    (BROKER, "", "max.connections.per.ip.overrides", "x:y", SET),
    (BROKER, "1", "principal.builder.class", "foo.Bar", SET),
    (BROKER, "1", "cordoned.log.dirs", "/nope", SET),
    (BROKER, "", "log.local.retention.ms", "999999999999", SET),
    (BROKER, "1", "listener.name.plaintext.ssl.client.auth", "maybe", SET),
    (BROKER, "", "listener.name.plaintext.ssl.client.auth", "none", SET),
    (TOPIC, "nope", "segment.bytes", "1", SET),
    (TOPIC, "nope", "retention.ms", "1", SET),
    (TOPIC, "nope", "foo", "1", SET),
    (TOPIC, "a b", "retention.ms", "1", SET),
    (TOPIC, "..", "retention.ms", "1", SET),
    (TOPIC, "", "retention.ms", "1", SET),
    (TOPIC, "a" * 250, "retention.ms", "1", SET),
    (TOPIC, "__cluster_metadata", "retention.ms", "1", SET),
    (TOPIC, "t", "retention.ms", None, SET),
    (TOPIC, "t", "retention.ms", "1", APPEND),
    (TOPIC, "t", "foo", "1", SUBTRACT),
    (TOPIC, "t", "retention.ms", "-2", SET),
    (TOPIC, "t", "retention.ms", "9223372036854775808", SET),
    (TOPIC, "t", "cleanup.policy", "keep", SET),
    (TOPIC, "t", "cleanup.policy", "compact,,delete", SET),
    (TOPIC, "t", "compression.lz4.level", "0", SET),
    (TOPIC, "t", "message.timestamp.type", "createtime", SET),
    (TOPIC, "t", "min.compaction.lag.ms", "9223372036854775808", SET),
    (TOPIC, "t", "max.compaction.lag.ms", "0", SET),
    (TOPIC, "t", "remote.storage.enable", "true", SET),
    (TOPIC, "t", "leader.replication.throttled.replicas", "1:x", SET),
    (GROUP, "g", "foo", "1", SET),
    (GROUP, "g", "consumer.session.timeout.ms", "1", SET),
    (GROUP, "g", "consumer.session.timeout.ms", "100000", SET),
    (GROUP, "g", "consumer.heartbeat.interval.ms", "x", SET),
    (GROUP, "g", "consumer.assignment.interval.ms", "999999", SET),
    (GROUP, "g", "share.record.lock.duration.ms", "1000", SET),
    (GROUP, "g", "share.delivery.count.limit", "11", SET),
    (GROUP, "g", "streams.num.standby.replicas", "3", SET),
    (GROUP, "", "consumer.session.timeout.ms", "50000", SET),
    (GROUP, "g", "share.auto.offset.reset", "by_duration:-PT1S", SET),
    (GROUP, "g", "share.auto.offset.reset", "foo", SET),
    (GROUP, "g", "share.isolation.level", "READ_COMMITTED", SET),
    (METRICS, "m", "interval.ms", "1", SET),
    (METRICS, "m", "interval.ms", "x", SET),
    (METRICS, "m", "match", "x", SET),
    (METRICS, "m", "foo", "x", SET),
    (METRICS, "", "interval.ms", "1000", SET),
    (LOGGER, "1", "no.such.logger", "DEBUG", SET),
    (LOGGER, "1", "root", "LOUD", SET),
    (LOGGER, "2", "root", "INFO", SET),
    (LOGGER, "", "root", "INFO", SET),
    (LOGGER, "1", "root", "INFO", APPEND),
    (LOGGER, "1", "root", None, DELETE),
    (99, "t", "retention.ms", "1", SET),
]


@pytest.mark.parametrize("refused", REFUSED, ids=lambda each: "-".join(str(part)[:40] for part in each))
def test_changes_are_refused_alike(brokers: Brokers, refused: tuple[int, str, str, str | None, int]) -> None:
    kind, name, key, value, operation = refused
    ((answer,),) = ask_both(brokers, put(kind, name, key, value, operation))
    assert answer[2] != ErrorCode.NONE


def test_requests_are_refused_alike(brokers: Brokers) -> None:
    ask_both(
        brokers,
        change((TOPIC, "t", [("retention.ms", SET, "1"), ("retention.ms", SET, "2")])),
        change((TOPIC, "t", []), (TOPIC, "nope", []), (TOPIC, "t", [])),
        change((TOPIC, "t", []), (GROUP, "t", []), (99, "t", []), (BROKER, "1", [])),
        describe((TOPIC, "nope"), (TOPIC, "a b"), (TOPIC, ""), (BROKER, "2"), (BROKER, "x"), (METRICS, "")),
        describe((LOGGER, ""), (LOGGER, "x"), (LOGGER, "2"), (GROUP, ""), (TOPIC, "__cluster_metadata")),
        describe((TOPIC, "t"), (99, "x")),
        create("bad", retention_ms="x"),
        create("bad", foo="x"),
        create("bad", min_compaction_lag_ms="5", max_compaction_lag_ms="4"),
        everything(),
    )
