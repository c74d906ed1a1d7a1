"""LeaveGroup: one member and many, known and unknown."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.group_requests import heartbeat, join, leave, leave_one, sync
from compat.differential.scenarios.join_group import NOBODY, joined, stable, until_rebalancing
from kafkapy.protocol.messages.leave_group import LeaveGroupRequest

FIRST_VERSION_WITH_MANY = 3


def leaving(version: int, group: str, member: str) -> LeaveGroupRequest:
    return leave_one(group, member) if version < FIRST_VERSION_WITH_MANY else leave(group, (member, None))


@scenario
def every_version(talk: Conversation) -> None:
    for version in versions(LeaveGroupRequest):
        group = talk.name(f"v{version}")
        talk.ask(leaving(version, group, NOBODY), version, "unknown group")
        leader = stable(talk, group)
        talk.ask(leaving(version, group, NOBODY), version, "unknown member")
        talk.ask(leaving(version, group, ""), version, "no member")
        talk.ask(leaving(version, "", leader.member_id), version, "no group")
        talk.ask(leaving(version, group, leader.member_id), version)
        talk.ask(leaving(version, group, leader.member_id), version, "again")


@scenario
def several(talk: Conversation) -> None:
    group = talk.name("g")
    leader = stable(talk, group)
    for version in (3, 4, 5):
        talk.ask(leave(group), version, "nobody")
        talk.ask(leave(group, (NOBODY, None), ("", None), ("", "i"), (NOBODY, "i")), version, "strangers")
        talk.ask(leave(talk.name("no-such"), (NOBODY, None), ("", "i")), version, "unknown group")
    talk.ask(
        leave(group, (leader.member_id, None), (leader.member_id, None), (NOBODY, None)), 5, "and one twice"
    )


@scenario
def the_others_rebalance(talk: Conversation) -> None:
    group = talk.name("g")
    a, b = talk.connect("a"), talk.connect("b")
    first = joined(a, group)
    a.ask(sync(group, first.member_id, 1, {first.member_id: b"all"}), 5)
    given = b.ask(join(group), 9).member_id
    waiting = b.begin(join(group, given), 9)
    until_rebalancing(talk, group, first.member_id, 1)
    talk.ask(leave(group, (given, None)), 5, "while its join is parked")
    b.finish(waiting)
    a.ask(heartbeat(group, first.member_id, 1), 4, "still rebalancing")
    a.ask(join(group, first.member_id), 9)
    a.ask(sync(group, first.member_id, 2, {first.member_id: b"all"}), 5)
