"""CreateTopics: names, counts, assignments, configs, and which check comes first."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import create, new_topic
from kafkapy.protocol.messages.create_topics import CreateTopicsRequest

MANY = 2**31 - 1


@scenario
def every_version(talk: Conversation) -> None:
    for version in versions(CreateTopicsRequest):
        name = talk.name(f"v{version}")
        talk.ask(create(new_topic(name, 2)), version)
        talk.ask(create(new_topic(name, 2)), version, "again")
        talk.ask(create(new_topic(talk.name(f"dry{version}"))), version)
        talk.ask(create(new_topic(talk.name(f"bad{version}!"))), version)


@scenario
def nothing_at_all(talk: Conversation) -> None:
    for version in versions(CreateTopicsRequest):
        talk.ask(create(), version)


@scenario
def defaults_of_the_broker(talk: Conversation) -> None:
    for version in versions(CreateTopicsRequest):
        talk.ask(create(new_topic(talk.name(f"v{version}"), -1, -1)), version)


@scenario
def impossible_names(talk: Conversation) -> None:
    names = [
        "",
        ".",
        "..",
        "a b",
        "ä",
        "a/b",
        "a" * 249,
        "a" * 250,
        "a\n",
        "*",
        "__cluster_metadata",
        " a",
        "a,b",
    ]
    for name in names:
        talk.ask(create(new_topic(name), validate_only=True), note=repr(name))


@scenario
def names_that_collide(talk: Conversation) -> None:
    dotted, underscored = talk.name("a.b"), talk.name("a_b")
    talk.ask(create(new_topic(dotted), new_topic(underscored)), note="both new")
    talk.create_topic("c.d")
    talk.ask(create(new_topic(talk.name("c_d"))))
    talk.ask(create(new_topic(talk.name("c_d"))), 2)
    talk.ask(create(new_topic(talk.name("c.d"))))


@scenario
def impossible_counts(talk: Conversation) -> None:
    for number, (partitions, replicas) in enumerate(
        [
            (0, 1),
            (-2, 1),
            (1, 0),
            (1, -2),
            (1, 2),
            (0, 0),
            (0, 2),
            (10_001, 1),
            (1, 32767),
            (-1, 2),
            (MANY, 1),
        ]
    ):
        for version in (2, 7):
            request = create(new_topic(talk.name(str(number)), partitions, replicas))
            talk.ask(request, version, f"{partitions} partitions, {replicas} replicas")


@scenario
def too_many_partitions_in_all(talk: Conversation) -> None:
    talk.ask(create(new_topic(talk.name("a"), 5000), new_topic(talk.name("b"), 5001)))
    talk.ask(create(new_topic(talk.name("c"), 10_001), new_topic("!", 0), new_topic(talk.name("d"))))


@scenario
def assignments_by_hand(talk: Conversation) -> None:
    cases = {
        "one": (-1, -1, [(0, [1])]),
        "two": (-1, -1, [(0, [1]), (1, [1])]),
        "other order": (-1, -1, [(1, [1]), (0, [1])]),
        "count as well": (1, -1, [(0, [1])]),
        "factor as well": (-1, 1, [(0, [1])]),
        "both as well": (1, 1, [(0, [1])]),
        "gap": (-1, -1, [(0, [1]), (2, [1])]),
        "not from zero": (-1, -1, [(1, [1])]),
        "twice": (-1, -1, [(0, [1]), (0, [1])]),
        "no replica": (-1, -1, [(0, [])]),
        "unknown broker": (-1, -1, [(0, [7])]),
        "unknown broker as well": (-1, -1, [(0, [1, 7])]),
        "same broker twice": (-1, -1, [(0, [1, 1])]),
        "negative broker": (-1, -1, [(0, [-1])]),
        "different factors": (-1, -1, [(0, [1]), (1, [])]),
        "negative partition": (-1, -1, [(-1, [1])]),
        "count zero": (0, -1, [(0, [1])]),
        "factor zero": (-1, 0, [(0, [1])]),
    }
    for number, (note, (partitions, replicas, assignments)) in enumerate(cases.items()):
        topic = new_topic(talk.name(str(number)), partitions, replicas, assignments)
        talk.ask(create(topic), 7, note)
        talk.ask(create(topic), 3, note)


@scenario
def configs(talk: Conversation) -> None:
    cases: dict[str, list[tuple[str, str | None]]] = {
        "good": [("cleanup.policy", "compact"), ("retention.ms", "1000")],
        "spaces": [("cleanup.policy", " compact , delete "), ("retention.ms", " 5 ")],
        "unknown": [("no.such.config", "1")],
        "null": [("retention.ms", None)],
        "null of unknown": [("no.such.config", None)],
        "no number": [("retention.ms", "soon")],
        "too small": [("retention.ms", "-2")],
        "no choice": [("cleanup.policy", "burn")],
        "empty": [("cleanup.policy", "")],
        "empty name": [("", "1")],
        "twice": [("retention.ms", "1"), ("retention.ms", "2")],
        "boolean": [("preallocate", "TRUE"), ("unclean.leader.election.enable", "False")],
        "no boolean": [("preallocate", "yes")],
        "longest": [("flush.ms", str(2**63 - 1)), ("retention.ms", str(2**63 - 1))],
        "too long": [("flush.ms", str(2**63))],
        "small segments": [("segment.bytes", "14")],
        "lags": [("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "5")],
        "remote": [("remote.storage.enable", "true")],
        "throttled": [("leader.replication.throttled.replicas", "0:1")],
        "badly throttled": [("leader.replication.throttled.replicas", "0")],
        "old": [("message.format.version", "3.0")],
        "min isr": [("min.insync.replicas", "0")],
        "compression": [("compression.type", "GZIP")],
        "level": [("compression.gzip.level", "0")],
        "ratio": [("min.cleanable.dirty.ratio", "1.5")],
        "internal": [("internal.segment.bytes", "100")],
    }
    for number, (note, pairs) in enumerate(cases.items()):
        talk.ask(create(new_topic(talk.name(str(number)), configs=pairs)), 7, note)
        talk.ask(create(new_topic(talk.name(f"old{number}"), configs=pairs)), 2, note)


@scenario
def several_at_once(talk: Conversation) -> None:
    there = talk.create_topic("there")
    talk.ask(
        create(
            new_topic(talk.name("z")),
            new_topic(there),
            new_topic("!"),
            new_topic(talk.name("a"), 0),
            new_topic(talk.name("b"), configs={"x": "1"}),
            new_topic(talk.name("y")),
        )
    )


@scenario
def named_twice(talk: Conversation) -> None:
    one, other = talk.name("one"), talk.name("other")
    talk.ask(create(new_topic(one), new_topic(other), new_topic(one, 3)))
    talk.ask(create(new_topic("!"), new_topic("!")), note="and impossible")
    talk.ask(create(new_topic("__cluster_metadata"), new_topic("__cluster_metadata")), note="and reserved")


@scenario
def validate_only(talk: Conversation) -> None:
    there = talk.create_topic("there")
    for version in versions(CreateTopicsRequest):
        for topic in (
            new_topic(there),
            new_topic(talk.name(), 3),
            new_topic(talk.name(), configs={"x": "1"}),
        ):
            talk.ask(create(topic, validate_only=True), version)
    talk.ask(create(new_topic(talk.name()), validate_only=True), note="still not there")


@scenario
def which_check_comes_first(talk: Conversation) -> None:
    there = talk.create_topic("there")
    cases = {
        "there, and no partitions": new_topic(there, 0),
        "there, and unknown config": new_topic(there, configs={"x": "1"}),
        "there, and null config": new_topic(there, configs={"retention.ms": None}),
        "no partitions, and no replicas": new_topic(talk.name("a"), 0, 0),
        "no partitions, and unknown config": new_topic(talk.name("b"), 0, configs={"x": "1"}),
        "bad name, and no partitions": new_topic("a b", 0),
        "bad name, and null config": new_topic("a b", configs={"retention.ms": None}),
        "bad assignment, and unknown config": new_topic(talk.name("c"), -1, -1, [(0, [7])], {"x": "1"}),
        "unknown and null config": new_topic(talk.name("d"), configs={"x": "1", "retention.ms": None}),
        "two bad configs": new_topic(talk.name("e"), configs={"retention.ms": "x", "flush.ms": "y"}),
    }
    for note, topic in cases.items():
        talk.ask(create(topic), note=note)


@scenario
def internal_topics(talk: Conversation) -> None:
    for name in ("__consumer_offsets", "__transaction_state", "__share_group_state", "__mine"):
        talk.ask(create(new_topic(name), validate_only=True), note=name)


@scenario
def short_of_time(talk: Conversation) -> None:
    talk.ask(create(new_topic(talk.name("a")), timeout_ms=0))
    talk.ask(create(new_topic(talk.name("b")), timeout_ms=-1))
