"""Configs in every version, and the order of results; what the values are is told in test_configs.py."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import batch, fetch, produce
from kafkapy.protocol.messages import alter_configs, incremental_alter_configs
from kafkapy.protocol.messages.describe_configs import DescribeConfigsRequest, DescribeConfigsResource

TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32
SET, DELETE, APPEND, SUBTRACT = range(4)


def describe(
    kind: int, name: str, *keys: str, synonyms: bool = False, all_keys: bool = False
) -> DescribeConfigsRequest:
    resource = DescribeConfigsResource(
        resource_type=kind, resource_name=name, configuration_keys=None if all_keys else list(keys)
    )
    return DescribeConfigsRequest(resources=[resource], include_synonyms=synonyms)


def change(
    kind: int, name: str, *alterations: tuple[str, int, str | None], validate_only: bool = False
) -> incremental_alter_configs.IncrementalAlterConfigsRequest:
    configs = [
        incremental_alter_configs.AlterableConfig(name=key, config_operation=operation, value=value)
        for key, operation, value in alterations
    ]
    return incremental_alter_configs.IncrementalAlterConfigsRequest(
        resources=[
            incremental_alter_configs.AlterConfigsResource(
                resource_type=kind, resource_name=name, configs=configs
            )
        ],
        validate_only=validate_only,
    )


def replace(
    kind: int, name: str, *configs: tuple[str, str | None], validate_only: bool = False
) -> alter_configs.AlterConfigsRequest:
    return alter_configs.AlterConfigsRequest(
        resources=[
            alter_configs.AlterConfigsResource(
                resource_type=kind,
                resource_name=name,
                configs=[alter_configs.AlterableConfig(name=key, value=value) for key, value in configs],
            )
        ],
        validate_only=validate_only,
    )


@scenario
def descriptions_in_every_version(talk: Conversation) -> None:
    name = talk.create_topic(configs={"retention.ms": "5000"})
    for version in versions(DescribeConfigsRequest):
        for synonyms in (False, True):
            keys = ("retention.ms", "cleanup.policy", "no.such.key", "retention.ms")
            talk.ask(describe(TOPIC, name, *keys, synonyms=synonyms), version)
        talk.ask(describe(TOPIC, name, all_keys=True), version, "all")
        talk.ask(describe(TOPIC, name), version, "an empty list")
        talk.ask(describe(GROUP, talk.name("g"), "consumer.session.timeout.ms", synonyms=True), version)
        talk.ask(describe(BROKER, "1", "num.partitions", "log.retention.hours", synonyms=True), version)
        talk.ask(DescribeConfigsRequest(resources=[]), version, "nothing")


@scenario
def several_descriptions(talk: Conversation) -> None:
    name = talk.create_topic()
    resources = [
        DescribeConfigsResource(resource_type=kind, resource_name=called, configuration_keys=["retention.ms"])
        for kind, called in ((TOPIC, "no-such"), (TOPIC, name), (BROKER, "7"), (TOPIC, name), (TOPIC, "a b"))
    ]
    talk.ask(DescribeConfigsRequest(resources=resources))


@scenario
def changes_in_every_version(talk: Conversation) -> None:
    for version in versions(incremental_alter_configs.IncrementalAlterConfigsRequest):
        name = talk.create_topic(f"v{version}")
        talk.ask(change(TOPIC, name, ("retention.ms", SET, "777"), validate_only=True), version, "only asked")
        talk.ask(change(TOPIC, name, ("cleanup.policy", APPEND, "compact")), version)
        talk.ask(change(TOPIC, name, ("retention.ms", SET, "x")), version, "no number")
        talk.ask(change(TOPIC, name, ("x", SET, "1")), version, "unknown key")
        talk.ask(change(TOPIC, name, ("retention.ms", SET, None)), version, "null")
        talk.ask(change(TOPIC, name, ("retention.ms", DELETE, None)), version, "delete what is not set")
        talk.ask(change(TOPIC, name), version, "nothing")
        talk.ask(change(TOPIC, "no-such", ("retention.ms", SET, "1")), version)
        talk.let_changes_arrive()
        talk.ask(describe(TOPIC, name, "retention.ms", "cleanup.policy"), 4, "afterwards")


@scenario
def replacements_in_every_version(talk: Conversation) -> None:
    for version in versions(alter_configs.AlterConfigsRequest):
        name = talk.create_topic(f"v{version}", configs={"segment.ms": "10000"})
        talk.ask(replace(TOPIC, name, ("retention.ms", "777"), validate_only=True), version, "only asked")
        talk.ask(replace(TOPIC, name, ("retention.ms", "778")), version)
        talk.ask(replace(TOPIC, name, ("x", "1")), version, "unknown key")
        talk.ask(replace(TOPIC, name, ("retention.ms", None)), version, "null")
        talk.ask(replace(TOPIC, "no-such", ("retention.ms", "1")), version)
        talk.let_changes_arrive()
        talk.ask(describe(TOPIC, name, "retention.ms", "segment.ms"), 4, "afterwards")


@scenario
def several_changes(talk: Conversation) -> None:
    name, other = talk.create_topic("a"), talk.create_topic("b")
    request = change(TOPIC, name, ("retention.ms", SET, "1"))
    request.resources += change(TOPIC, "no-such", ("retention.ms", SET, "1")).resources
    request.resources += change(TOPIC, other, ("retention.ms", SET, "x")).resources
    talk.ask(request)
    twice = change(TOPIC, name, ("retention.ms", SET, "1"))
    twice.resources += change(TOPIC, name, ("segment.ms", SET, "1")).resources
    talk.ask(twice, note="twice")
    talk.ask(
        change(TOPIC, name, ("retention.ms", SET, "1"), ("retention.ms", DELETE, None)), note="key twice"
    )


@scenario
def changes_take_effect(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.ask(produce(name, batch(b"x" * 1000)), 12)
    for key, value in (
        ("max.message.bytes", "500"),
        ("message.timestamp.type", "LogAppendTime"),
        ("cleanup.policy", "compact"),
        ("compression.type", "gzip"),
    ):
        talk.ask(change(TOPIC, name, (key, SET, value)))
        talk.let_changes_arrive()
        talk.ask(produce(name, batch(b"x" * 1000)), 12, f"{key}={value}")
        talk.ask(produce(name, batch(b"x", key=None)), 12, f"{key}={value}, without a key")
    talk.ask(change(TOPIC, name, ("max.message.bytes", DELETE, None), ("cleanup.policy", DELETE, None)))
    talk.let_changes_arrive()
    talk.ask(produce(name, batch(b"x" * 1000, key=None)), 12, "as before")
    talk.ask(fetch(name), 12)
