"""JoinGroup, SyncGroup, Heartbeat: members come, agree and stay, in every version and state."""

import time
from typing import Any

from compat.differential.conversation import Client, Conversation, scenario, versions
from compat.differential.group_requests import heartbeat, join, leave, subscription, sync
from kafkapy.protocol.messages.describe_groups import DescribeGroupsRequest
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest
from kafkapy.protocol.messages.join_group import JoinGroupRequest
from kafkapy.protocol.messages.sync_group import SyncGroupRequest

FIRST_VERSION_THAT_NEEDS_AN_ID = 4
NOBODY = "nobody-11111111-2222-4333-8444-555555555555"
NEWS = subscription("news")


def joined(client: Client, group: str, version: int = 9, **fields: Any) -> Any:
    """A member that has gone through both joins, if its version has two."""
    answer = client.ask(join(group, **fields), version)
    if version >= FIRST_VERSION_THAT_NEEDS_AN_ID and fields.get("instance") is None:
        answer = client.ask(join(group, answer.member_id, **fields), version)
    return answer


def stable(talk: Conversation, group: str, **fields: Any) -> Any:
    """A group of one member, stable in generation 1; the member's answer to its join."""
    leader = joined(talk.main, group, **fields)
    kind = fields.get("kind", "consumer")
    assignment = {leader.member_id: b"all"}
    talk.ask(
        sync(
            group,
            leader.member_id,
            leader.generation_id,
            assignment,
            kind=kind,
            protocol=leader.protocol_name,
            instance=fields.get("instance"),
        ),
        5,
    )
    return leader


@scenario
def every_version_of_joining(talk: Conversation) -> None:
    for version in versions(JoinGroupRequest):
        group = talk.name(f"v{version}")
        answer = talk.ask(join(group), version, "without an id")
        talk.ask(join(group, answer.member_id), version, "with an id")
        talk.ask(join(group, NOBODY), version, "with an id that nobody was given")
        talk.ask(join("", ""), version, "group without a name")
        talk.ask(join(talk.name("new"), NOBODY), version, "unknown group")


@scenario
def every_version_of_a_whole_round(talk: Conversation) -> None:
    for version in versions(SyncGroupRequest):
        group = talk.name(f"v{version}")
        leader = joined(talk.main, group)
        talk.ask(heartbeat(group, leader.member_id, 1), min(version, 4), "before sync")
        talk.ask(sync(group, leader.member_id, 1, {leader.member_id: b"all", "other": b"x"}), version)
        talk.ask(sync(group, leader.member_id, 1), version, "again")
        talk.ask(heartbeat(group, leader.member_id, 1), min(version, 4), "after sync")


@scenario
def every_version_of_heartbeats(talk: Conversation) -> None:
    group = talk.name("g")
    leader = stable(talk, group)
    for version in versions(HeartbeatRequest):
        talk.ask(heartbeat(group, leader.member_id, 1), version)
        talk.ask(heartbeat(group, leader.member_id, 0), version, "old generation")
        talk.ask(heartbeat(group, leader.member_id, 2), version, "next generation")
        talk.ask(heartbeat(group, leader.member_id, -1), version, "no generation")
        talk.ask(heartbeat(group, NOBODY, 1), version, "unknown member")
        talk.ask(heartbeat(group, "", 1), version, "no member")
        talk.ask(heartbeat(talk.name("no-such"), leader.member_id, 1), version, "unknown group")
        talk.ask(heartbeat("", leader.member_id, 1), version, "no group")
        if version >= 3:
            talk.ask(heartbeat(group, leader.member_id, 1, instance="i"), version, "unknown instance")


@scenario
def refused_syncs(talk: Conversation) -> None:
    group = talk.name("g")
    leader = joined(talk.main, group)
    me = leader.member_id
    cases = {
        "unknown group": sync(talk.name("no-such"), me, 1),
        "no group": sync("", me, 1),
        "unknown member": sync(group, NOBODY, 1),
        "no member": sync(group, "", 1),
        "old generation": sync(group, me, 0),
        "next generation": sync(group, me, 2),
        "other type": sync(group, me, 1, kind="other"),
        "no type": sync(group, me, 1, kind=None),
        "other protocol": sync(group, me, 1, protocol="roundrobin"),
        "no protocol": sync(group, me, 1, protocol=None),
        "neither": sync(group, me, 1, kind=None, protocol=None),
        "unknown instance": sync(group, me, 1, instance="i"),
        "unknown member of old generation": sync(group, NOBODY, 0),
        "old generation and other type": sync(group, me, 0, kind="other"),
    }
    for version in (3, 4, 5):
        for note, request in cases.items():
            talk.ask(request, version, note)


@scenario
def session_timeouts(talk: Conversation) -> None:
    for session_ms in (0, -1, 999, 1000, 1_800_000, 1_800_001):
        talk.ask(join(talk.name(str(session_ms)), session_ms=session_ms), note=f"{session_ms} ms")
    talk.ask(join("", session_ms=0), note="no group as well")
    talk.ask(join(talk.name("new"), NOBODY, session_ms=0), note="unknown member as well")


@scenario
def protocols(talk: Conversation) -> None:
    group = talk.name("g")
    talk.ask(join(talk.name("a"), protocols={}), note="none")
    talk.ask(join(talk.name("b"), kind=""), note="no type")
    talk.ask(join(talk.name("c"), kind="", protocols={}), 3, "neither")
    stable(talk, group, protocols={"range": subscription("a"), "sticky": subscription("b")})
    other = talk.connect("other")
    other.ask(join(group, protocols={"roundrobin": subscription()}), 9, "none in common")
    other.ask(join(group, protocols={}), 9, "none at all")
    other.ask(join(group, kind="connect"), 9, "other type")
    other.ask(join(group, kind="", protocols={}), 9, "nothing")
    other.ask(join(group, kind="connect", instance="i"), 9, "other type, static")


@scenario
def the_protocol_that_most_prefer(talk: Conversation) -> None:
    group = talk.name("g")
    lists = [("a", "b", "c"), ("c", "b"), ("b", "c"), ("c", "b", "x")]
    clients = [talk.connect(f"client-{number}") for number in range(len(lists))]

    def asking(number: int, member: str = "") -> JoinGroupRequest:
        protocols = {name: f"{name} of {number}".encode() for name in lists[number]}
        return join(group, member, kind="connect", protocols=protocols)

    ids = [client.ask(asking(number), 9).member_id for number, client in enumerate(clients)]
    clients[0].ask(asking(0, ids[0]), 9, "alone")
    waiting = []
    for number in (1, 2, 3, 0):
        waiting.append((clients[number], clients[number].begin(asking(number, ids[number]), 9)))
        talk.let_it_arrive()
    for client, each in waiting:
        client.finish(each)


@scenario
def two_members(talk: Conversation) -> None:
    for version in (2, 5, 7, 9):
        group = talk.name(f"v{version}")
        a, b = talk.connect("a"), talk.connect("b")
        first = joined(a, group, version)
        a.ask(sync(group, first.member_id, 1, {first.member_id: b"all"}), 3)
        given = b.ask(join(group), version).member_id if version >= FIRST_VERSION_THAT_NEEDS_AN_ID else ""
        waiting = b.begin(join(group, given), version, "the second comes")
        until_rebalancing(talk, group, first.member_id, 1)
        a.ask(heartbeat(group, first.member_id, 1), 3, "rebalancing")
        a.ask(sync(group, first.member_id, 1), 3, "rebalancing")
        again = a.ask(join(group, first.member_id), version, "the first again")
        second = b.finish(waiting)
        parked = b.begin(sync(group, second.member_id, 2), 3, "the second waits for the leader")
        a.ask(heartbeat(group, first.member_id, 2), 3, "before sync")
        shares = {first.member_id: b"half", second.member_id: b"other half"}
        a.ask(sync(group, again.member_id, 2, shares), 3)
        b.finish(parked)
        b.ask(heartbeat(group, second.member_id, 2), 3, "stable")


def until_rebalancing(talk: Conversation, group: str, member: str, generation: int) -> None:
    talk.until(heartbeat(group, member, generation), lambda response: response.error_code == 27)


@scenario
def joining_again_while_stable(talk: Conversation) -> None:
    group = talk.name("g")
    a, b = talk.connect("a"), talk.connect("b")
    first = joined(a, group)
    a.ask(sync(group, first.member_id, 1, {first.member_id: b"all"}), 5)
    given = b.ask(join(group), 9).member_id
    waiting = b.begin(join(group, given), 9)
    until_rebalancing(talk, group, first.member_id, 1)
    a.ask(join(group, first.member_id), 9)
    second = b.finish(waiting)
    a.ask(sync(group, first.member_id, 2, {first.member_id: b"1", second.member_id: b"2"}), 5)
    b.ask(join(group, second.member_id), 9, "a follower with nothing new")
    waiting = b.begin(join(group, second.member_id, protocols={"range": NEWS}), 9, "with news")
    until_rebalancing(talk, group, first.member_id, 2)
    a.ask(join(group, first.member_id), 9)
    b.finish(waiting)
    a.ask(sync(group, first.member_id, 3, {first.member_id: b"1", second.member_id: b"2"}), 5)
    waiting = a.begin(join(group, first.member_id), 9, "the leader with nothing new")
    until_rebalancing(talk, group, second.member_id, 3)
    b.ask(join(group, second.member_id), 9)
    a.finish(waiting)


@scenario
def joining_again_before_sync(talk: Conversation) -> None:
    group = talk.name("g")
    first = joined(talk.main, group)
    talk.ask(join(group, first.member_id), 9, "with nothing new")
    talk.ask(join(group, first.member_id, protocols={"range": NEWS}), 9, "with news")
    talk.ask(sync(group, first.member_id, 1), 5, "of the old generation")
    talk.ask(sync(group, first.member_id, 2, {first.member_id: b"x"}), 5)


@scenario
def a_newcomer_breaks_up_the_sync(talk: Conversation) -> None:
    group = talk.name("g")
    a, b, c = talk.connect("a"), talk.connect("b"), talk.connect("c")
    first, second = (client.ask(join(group), 9).member_id for client in (a, b))
    a.ask(join(group, first), 9, "alone")
    parked_join = b.begin(join(group, second), 9)
    until_rebalancing(talk, group, first, 1)
    a.ask(join(group, first), 9)
    generation = b.finish(parked_join).generation_id
    parked_sync = b.begin(sync(group, second, generation), 5, "parked")
    third = c.ask(join(group), 9).member_id
    waiting = [(c, c.begin(join(group, third), 9, "comes"))]
    b.finish(parked_sync)
    for client, member in ((a, first), (b, second)):
        waiting.append((client, client.begin(join(group, member), 9)))
        talk.let_it_arrive()
    for client, each in waiting:
        client.finish(each)


@scenario
def pending_members(talk: Conversation) -> None:
    group = talk.name("g")
    given = talk.ask(join(group), 9).member_id
    talk.ask(heartbeat(group, given, 0), 4, "has not joined yet")
    talk.ask(sync(group, given, 0), 5, "has not joined yet")
    talk.ask(leave(group, (given, None)), 5, "leaves")
    talk.ask(join(group, given), 9, "has left")


@scenario
def ids_of_members(talk: Conversation) -> None:
    for client_id in (None, "", "x", "with space", "ä"):
        client = talk.connect(client_id)
        group = talk.name(f"g{client_id!r}")
        client.ask(join(group), 9, f"client {client_id!r}")
        client.ask(join(group, instance="me"), 9, f"client {client_id!r}, static")


@scenario
def an_empty_group_again(talk: Conversation) -> None:
    group = talk.name("g")
    leader = stable(talk, group)
    talk.ask(leave(group, (leader.member_id, None)), 5)
    talk.ask(heartbeat(group, leader.member_id, 1), 4, "empty")
    talk.ask(sync(group, leader.member_id, 1), 5, "empty")
    talk.ask(join(group, leader.member_id), 9, "the old id")
    joined(talk.main, group, kind="other")


@scenario
def members_that_fall_silent(talk: Conversation) -> None:
    group = talk.name("g")
    leader = stable(talk, group, session_ms=1000)
    talk.until(DescribeGroupsRequest(groups=[group]), lambda said: said.groups[0].group_state == "Empty")
    talk.ask(heartbeat(group, leader.member_id, 1), 4)
    talk.ask(sync(group, leader.member_id, 1), 5)
    talk.ask(join(group, leader.member_id, session_ms=1000), 9)
    pending = talk.ask(join(group, session_ms=1000), 9).member_id
    time.sleep(1.5)
    talk.ask(join(group, pending, session_ms=1000), 9, "an id that was not used in time")


@scenario
def members_that_never_sync(talk: Conversation) -> None:
    group = talk.name("g")
    leader = joined(talk.main, group, rebalance_ms=1000)
    talk.until(DescribeGroupsRequest(groups=[group]), lambda said: not said.groups[0].members)
    talk.ask(sync(group, leader.member_id, 1, {leader.member_id: b"x"}), 5, "too late")
    talk.ask(heartbeat(group, leader.member_id, 1), 4)
    talk.ask(DescribeGroupsRequest(groups=[group]), 6)


@scenario
def members_that_do_not_join_again(talk: Conversation) -> None:
    group = talk.name("g")
    a, b = talk.connect("a"), talk.connect("b")
    first = joined(a, group, rebalance_ms=1000)
    a.ask(sync(group, first.member_id, 1, {first.member_id: b"all"}), 5)
    given = b.ask(join(group, rebalance_ms=1000), 9).member_id
    b.ask(join(group, given, rebalance_ms=1000), 9, "answered without the other")
    a.ask(heartbeat(group, first.member_id, 1), 4, "left behind")
    a.ask(join(group, first.member_id), 9, "left behind")
