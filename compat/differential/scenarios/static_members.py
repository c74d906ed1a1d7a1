"""Static members (KIP-345): they come back under a new id, and the old id is fenced."""

from compat.differential.conversation import Conversation, scenario
from compat.differential.group_requests import commit, heartbeat, join, leave, sync
from compat.differential.scenarios.join_group import NEWS, stable, until_rebalancing
from kafkapy.protocol.messages.describe_groups import DescribeGroupsRequest


@scenario
def coming_back_while_stable(talk: Conversation) -> None:
    for version in (5, 7, 8, 9):
        group = talk.name(f"v{version}")
        first = stable(talk, group, instance="i")
        again = talk.ask(join(group, instance="i"), version, "back")
        talk.ask(heartbeat(group, first.member_id, 1, instance="i"), 4, "the old id")
        talk.ask(heartbeat(group, first.member_id, 1), 4, "the old id without the instance")
        talk.ask(heartbeat(group, again.member_id, 1, instance="i"), 4, "the new id")
        talk.ask(sync(group, again.member_id, 1, instance="i"), 5, "the new id")
        talk.ask(sync(group, first.member_id, 1, instance="i"), 5, "the old id")
        talk.ask(join(group, first.member_id, instance="i"), version, "the old id")
        talk.ask(join(group, again.member_id, instance="other"), version, "another instance")


@scenario
def coming_back_with_other_topics(talk: Conversation) -> None:
    for version in (5, 9):
        group = talk.name(f"v{version}")
        stable(talk, group, instance="i")
        talk.ask(join(group, instance="i", protocols={"range": NEWS}), version, "same protocol")
        talk.ask(join(group, instance="i", protocols={"sticky": NEWS}), version, "other protocol")


@scenario
def coming_back_before_sync(talk: Conversation) -> None:
    group = talk.name("g")
    first = talk.ask(join(group, instance="i"), 9)
    again = talk.ask(join(group, instance="i"), 9, "back")
    talk.ask(sync(group, first.member_id, 1, instance="i"), 5, "the old id")
    talk.ask(sync(group, again.member_id, 2, {again.member_id: b"all"}, instance="i"), 5)


@scenario
def two_of_one_name(talk: Conversation) -> None:
    group = talk.name("g")
    a, b, c = talk.connect("a"), talk.connect("b"), talk.connect("c")
    first = a.ask(join(group, instance="i", rebalance_ms=500), 9)
    a.ask(sync(group, first.member_id, 1, {first.member_id: b"all"}, instance="i"), 5)
    other = c.ask(join(group, rebalance_ms=500), 9).member_id
    rest = c.begin(join(group, other, rebalance_ms=500), 9, "somebody else comes")
    until_rebalancing(talk, group, first.member_id, 1)
    waiting = a.begin(join(group, first.member_id, instance="i", rebalance_ms=500), 9, "the first rejoins")
    a.finish(waiting)
    c.finish(rest)
    impostor = b.ask(join(group, instance="i", rebalance_ms=500), 9, "another of that name")
    a.ask(heartbeat(group, first.member_id, 2, instance="i"), 4, "the first")
    b.ask(heartbeat(group, impostor.member_id, impostor.generation_id, instance="i"), 4, "the second")


@scenario
def a_parked_join_is_fenced(talk: Conversation) -> None:
    group = talk.name("g")
    a, b, c = talk.connect("a"), talk.connect("b"), talk.connect("c")
    first = a.ask(join(group, rebalance_ms=60_000), 9).member_id
    a.ask(join(group, first, rebalance_ms=60_000), 9)
    a.ask(sync(group, first, 1, {first: b"all"}), 5)
    parked = b.begin(join(group, instance="i"), 9, "parked, as the first does not rejoin")
    until_rebalancing(talk, group, first, 1)
    second = c.begin(join(group, instance="i"), 9, "another of that name")
    b.finish(parked)
    a.ask(join(group, first), 9)
    c.finish(second)


@scenario
def leaving(talk: Conversation) -> None:
    group = talk.name("g")
    first = stable(talk, group, instance="i")
    talk.ask(leave(group, ("", "nobody")), 5, "unknown instance")
    talk.ask(leave(group, ("wrong", "i")), 5, "other id")
    talk.ask(leave(group, (first.member_id, "other")), 5, "other instance")
    talk.ask(leave(group, ("", "i"), ("", "i")), 5, "twice")
    talk.ask(DescribeGroupsRequest(groups=[group]), 6)


@scenario
def leaving_by_id(talk: Conversation) -> None:
    group = talk.name("g")
    first = stable(talk, group, instance="i")
    talk.ask(leave(group, (first.member_id, None)), 5)
    talk.ask(join(group, instance="i"), 9)


@scenario
def commits(talk: Conversation) -> None:
    group, topic = talk.name("g"), talk.create_topic()
    first = stable(talk, group, instance="i")
    me = first.member_id
    talk.ask(commit(group, topic, (0, 1), member_id=me, generation=1, instance="i"), 9)
    talk.ask(commit(group, topic, (0, 1), member_id=me, generation=1), 9, "without the instance")
    talk.ask(commit(group, topic, (0, 1), member_id="x", generation=1, instance="i"), 9, "other id")
    talk.ask(commit(group, topic, (0, 1), member_id=me, generation=1, instance="j"), 9, "other instance")
    talk.ask(commit(group, topic, (0, 1), generation=1, instance="i"), 9, "no id")
    talk.ask(commit(group, topic, (0, 1), member_id=me, generation=0, instance="i"), 9, "old generation")
