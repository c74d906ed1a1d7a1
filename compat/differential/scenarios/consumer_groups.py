"""ConsumerGroupHeartbeat and ConsumerGroupDescribe (KIP-848): members come, share, give up, go; patterns."""

import re
from typing import Any

from compat.differential.conversation import Conversation, scenario
from compat.differential.group_requests import commit, heartbeat, join
from compat.differential.scenarios.join_group import stable
from kafkapy.protocol.messages.consumer_group_describe import ConsumerGroupDescribeRequest
from kafkapy.protocol.messages.consumer_group_heartbeat import ConsumerGroupHeartbeatRequest, TopicPartitions
from kafkapy.protocol.messages.list_groups import ListGroupsRequest

Owned = list[tuple[bytes, list[int]]]
PATTERNS = r"""
    orders.* ^orders$ (orders|payments)-[0-9]+ [a-z]{1,3}\.\d+ .*?a $^ ^* (^)* | || () \d\D\w\W\s\S
    (?i)ORDERS (?i:a)b (?s). (?m)^a$ (?U)a+ (?-s)a (?) (?P<name>a) (?<name>a) (?:a|b) (?P<> (?P<n-m>a)
    (?P<n>a)(?P<n>b) (?P=n) (?P<n (?'n'a) (?#a) (?>a) (?=a) (?!a) (?<=a) (?<!a) (?i (?i- (?-) (?i-) (?
    \pL \PL \p{Greek} \p{^Lu} \P{Any} \pX \p{Foo} \p \p{Greek [\p{Nd}_]
    [[:alpha:]]+ [[:^digit:]] [[:nope:]] [[:alpha] [ [] []a] [^]a] [a- [a-] [-a] [z-a] [a-\d] [\d-z]
    \Qa.b*\E \Qa.b \E a\b\B\A\z \Z \C \G \h \_ \- \é é \ a[\
    \x41 \x{1F600} \x4 \x{} \x{110000} \101 \0 \1 \8 (a)\1
    a{2} a{,2} a{2,} a{2 a{01} a{1000} a{1001} a{3,2} a{123456789} {2}
    a** a+* a{2}{3} a?? a??? {* * + ? a++ (*) a|* (?i)* a(?i)* ( ) a) (a
"""


def beat(group: str, member: str, epoch: int, owned: Owned | None = None, **more: Any) -> Any:
    partitions = None
    if owned is not None:
        partitions = [TopicPartitions(topic_id=topic_id, partitions=held) for topic_id, held in owned]
    return ConsumerGroupHeartbeatRequest(
        group_id=group, member_id=member, member_epoch=epoch, topic_partitions=partitions, **more
    )


def enter(group: str, member: str, *topics: str, **more: Any) -> Any:
    if "subscribed_topic_regex" not in more:
        more["subscribed_topic_names"] = list(topics)
    return beat(group, member, 0, [], rebalance_timeout_ms=60_000, **more)


def ready_topic(talk: Conversation, word: str, partitions: int) -> str:
    name = talk.create_topic(word, partitions=partitions)
    talk.let_changes_arrive()
    return name


def describe(*groups: str, operations: bool = False) -> Any:
    return ConsumerGroupDescribeRequest(group_ids=list(groups), include_authorized_operations=operations)


def described(talk: Conversation, group: str, note: str) -> None:
    for version in (0, 1):
        talk.ask(describe(group), version, note)


@scenario
def patterns(talk: Conversation) -> None:
    for number, pattern in enumerate(PATTERNS.split()):
        talk.ask(enter(talk.name(f"g{number}"), "m", subscribed_topic_regex=pattern), 1, pattern)


@scenario
def a_pattern_and_names(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 2)
    group = talk.name("g")
    pattern = re.escape(topic[:-1]) + "."
    entered = talk.ask(enter(group, "m", subscribed_topic_regex=pattern, subscribed_topic_names=[]), 1)
    epoch = entered.member_epoch
    talk.until(describe(group), lambda response: response.groups[0].group_epoch > epoch)
    epoch = talk.ask(beat(group, "m", epoch), 1, "when the pattern has been looked up").member_epoch
    described(talk, group, "with a pattern")
    talk.ask(beat(group, "m", epoch, subscribed_topic_regex="["), 1, "another that is none")
    talk.ask(beat(group, "m", epoch, subscribed_topic_names=["other"]), 1, "a name besides")
    talk.ask(beat(group, "m", epoch, [], subscribed_topic_regex=""), 1, "no pattern any more")
    described(talk, group, "without")


@scenario
def what_is_refused(talk: Conversation) -> None:
    group = talk.name("g")
    for version in (0, 1):
        for note, request in {
            "no group": enter("", "m", "t"),
            "no member": enter(group, "", "t"),
            "owned at first": beat(
                group, "m", 0, [(bytes(16), [0])], rebalance_timeout_ms=1, subscribed_topic_names=[]
            ),
            "owned not said": beat(group, "m", 0, rebalance_timeout_ms=1, subscribed_topic_names=[]),
            "no timeout": beat(group, "m", 0, [], subscribed_topic_names=[]),
            "no topics": beat(group, "m", 0, [], rebalance_timeout_ms=1),
            "empty instance": enter(group, "m", "t", instance_id=""),
            "empty rack": enter(group, "m", "t", rack_id=""),
            "unknown assignor": enter(group, "m", "t", server_assignor="best"),
            "epoch -3": beat(group, "m", -3),
            "epoch -2 of no instance": beat(group, "m", -2),
            "unknown group": beat(group, "m", 1),
            "leaving an unknown group": beat(group, "m", -1),
        }.items():
            talk.ask(request, version, note)


@scenario
def two_members(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 4)
    topic_id = talk.topic_id(topic)
    group = talk.name("g")
    talk.ask(enter(group, "a", topic), 1, "the first")
    described(talk, group, "one member")
    talk.ask(enter(group, "b", topic), 1, "the second gets nothing yet")
    talk.ask(beat(group, "a", 2, [(topic_id, [0, 1, 2, 3])]), 1, "the first is told to give up")
    talk.ask(beat(group, "a", 2, [(topic_id, [0, 1, 2, 3])]), 1, "it has not yet")
    described(talk, group, "in between")
    talk.ask(beat(group, "b", 3, []), 1, "so the second has to wait")
    talk.ask(beat(group, "a", 2, [(topic_id, [0, 1])]), 1, "it has")
    talk.ask(beat(group, "b", 3, []), 1, "now the second gets them")
    described(talk, group, "settled")
    talk.ask(beat(group, "a", 2, [(topic_id, [0, 1])]), 1, "the answer was lost")
    talk.ask(beat(group, "a", 1, [(topic_id, [0, 1])]), 1, "an old epoch")
    talk.ask(beat(group, "a", 9), 1, "an epoch to come")
    talk.ask(beat(group, "c", 3), 1, "an unknown member")
    talk.ask(beat(group, "b", -1), 1, "the second goes")
    talk.ask(beat(group, "a", 3), 1, "the first gets all")
    talk.ask(beat(group, "a", -1), 1, "the first goes")
    described(talk, group, "nobody")


@scenario
def static_members(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 2)
    group = talk.name("g")
    talk.ask(enter(group, "a", topic, instance_id="i"), 1, "the first")
    talk.ask(enter(group, "b", topic, instance_id="i"), 1, "another in its place, while it is there")
    talk.ask(beat(group, "b", 2, instance_id="i"), 1, "a heartbeat of the other")
    talk.ask(beat(group, "a", 2, instance_id="j"), 1, "an unknown instance")
    talk.ask(beat(group, "b", -2, instance_id="i"), 1, "the other leaves")
    talk.ask(beat(group, "a", -2, instance_id="i"), 1, "it leaves for now")
    described(talk, group, "gone for now")
    talk.ask(enter(group, "b", topic, instance_id="i"), 1, "back under another id")
    talk.ask(beat(group, "a", 2, instance_id="i"), 1, "the old id")
    described(talk, group, "back")
    talk.ask(beat(group, "b", -1, instance_id="i"), 1, "for good")
    described(talk, group, "gone")


@scenario
def commits(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 2)
    group = talk.name("g")
    talk.ask(enter(group, "a", topic), 1)
    members = (("right", "a", 2), ("old", "a", 1), ("to come", "a", 3), ("unknown", "b", 2))
    for note, member, epoch in members:
        for version in (8, 9):
            talk.ask(commit(group, topic, (0, 5), member_id=member, generation=epoch), version, note)
    talk.ask(commit(group, topic, (0, 5)), 9, "somebody outside")


@scenario
def describing(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 2)
    consumer, classic = talk.name("consumer"), talk.name("classic")
    talk.ask(enter(consumer, "m", topic, rack_id="r", server_assignor="range"), 1)
    stable(talk, classic)
    for version in (0, 1):
        for is_wanted in (False, True):
            request = describe(consumer, classic, talk.name("nobody"), "", consumer, operations=is_wanted)
            talk.ask(request, version, f"operations {is_wanted}")
    talk.ask(describe(), 1, "none")


@scenario
def listing(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 1)
    group = talk.name("g")
    talk.ask(enter(group, "m", topic), 1)
    for kind in ("consumer", "Consumer", "classic"):
        response = talk.quietly.ask(ListGroupsRequest(types_filter=[kind]), 5)
        talk.note(f"of type {kind}", [each for each in response.groups if each.group_id == group])


@scenario
def the_other_protocol(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 1)
    classic, consumer = talk.name("classic"), talk.name("consumer")
    first = stable(talk, classic)
    talk.ask(beat(classic, "m", 1), 1, "a heartbeat in a classic group")
    talk.ask(enter(consumer, "m", topic), 1)
    talk.ask(heartbeat(consumer, "m", 2), 4, "a classic heartbeat of a consumer member")
    talk.ask(join(consumer, kind="connect"), 9, "a join of another kind")
    talk.ask(heartbeat(classic, first.member_id, 1), 4, "the classic group lives on")
