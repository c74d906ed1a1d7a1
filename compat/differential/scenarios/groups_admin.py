"""DescribeGroups, ListGroups, DeleteGroups: groups as administrators see them, in each state."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.group_requests import (
    commit,
    fetch_offsets,
    heartbeat,
    join,
    leave,
    subscription,
    sync,
)
from compat.differential.scenarios.join_group import joined, stable, until_rebalancing
from kafkapy.protocol.messages.delete_groups import DeleteGroupsRequest
from kafkapy.protocol.messages.describe_groups import DescribeGroupsRequest
from kafkapy.protocol.messages.list_groups import ListedGroup, ListGroupsRequest

FIRST_VERSION_WITH_STATES, FIRST_VERSION_WITH_TYPES = 4, 5


def look_at(talk: Conversation, group: str, note: str) -> None:
    """In every version that describes or lists groups."""
    for version in versions(DescribeGroupsRequest):
        talk.ask(DescribeGroupsRequest(groups=[group]), version, note)
    for version in versions(ListGroupsRequest):
        listed(talk, group, ListGroupsRequest(), version, note)


def listed(talk: Conversation, group: str, request: ListGroupsRequest, version: int, note: str) -> None:
    """Noted is only this group: other scenarios have left theirs."""
    response = talk.quietly.ask(request, version)
    mine: list[ListedGroup] = [each for each in response.groups if each.group_id == group]
    talk.note(f"{note}: listed by v{version}, error {response.error_code}", mine)


@scenario
def unknown(talk: Conversation) -> None:
    look_at(talk, talk.name("no-such"), "unknown")
    for version in versions(DescribeGroupsRequest):
        talk.ask(DescribeGroupsRequest(groups=[]), version, "none")
        talk.ask(
            DescribeGroupsRequest(groups=[talk.name("b"), talk.name("a"), talk.name("b")]), version, "some"
        )


@scenario
def only_offsets(talk: Conversation) -> None:
    group, topic = talk.name("g"), talk.create_topic()
    talk.ask(commit(group, topic, (0, 1)), 9)
    look_at(talk, group, "only offsets")


@scenario
def every_state(talk: Conversation) -> None:
    group = talk.name("g")
    given = talk.ask(join(group), 9).member_id
    # Apache Kafka shows a group that is only in memory a moment later.
    talk.until(DescribeGroupsRequest(groups=[group]), lambda said: said.groups[0].group_state == "Empty")
    look_at(talk, group, "somebody was given an id")
    talk.ask(join(group, given), 9)
    look_at(talk, group, "before sync")
    talk.ask(sync(group, given, 1, {given: b"all"}), 5)
    look_at(talk, group, "stable")
    other = talk.connect("other")
    newcomer = other.ask(join(group), 9).member_id
    waiting = other.begin(join(group, newcomer), 9)
    until_rebalancing(talk, group, given, 1)
    look_at(talk, group, "rebalancing")
    talk.ask(leave(group, (newcomer, None)), 5)
    other.finish(waiting)
    talk.ask(leave(group, (given, None)), 5)
    look_at(talk, group, "empty")


@scenario
def members(talk: Conversation) -> None:
    group = talk.name("g")
    stable(talk, group, instance="me", protocols={"range": subscription("a"), "sticky": subscription("b")})
    for version in versions(DescribeGroupsRequest):
        talk.ask(DescribeGroupsRequest(groups=[group]), version)
        if version >= 3:
            talk.ask(DescribeGroupsRequest(groups=[group], include_authorized_operations=True), version)
            missing = DescribeGroupsRequest(groups=["no-such"], include_authorized_operations=True)
            talk.ask(missing, version)


@scenario
def filters(talk: Conversation) -> None:
    group, empty, topic = talk.name("g"), talk.name("empty"), talk.create_topic()
    stable(talk, group)
    talk.ask(commit(empty, topic, (0, 1)), 9)
    for states in (["Stable"], ["stable"], ["Empty"], ["EMPTY", "Stable"], ["Dead"], ["nonsense"], [""], []):
        for each in (group, empty):
            listed(talk, each, ListGroupsRequest(states_filter=states), 4, f"states {states}")
    for types in (["classic"], ["Classic"], ["consumer"], ["nonsense"], [""], ["share", "CLASSIC"], []):
        for each in (group, empty):
            listed(talk, each, ListGroupsRequest(types_filter=types), 5, f"types {types}")
    both = ListGroupsRequest(states_filter=["Stable"], types_filter=["classic"])
    listed(talk, group, both, 5, "both")


@scenario
def deletion(talk: Conversation) -> None:
    for version in versions(DeleteGroupsRequest):
        group, empty, topic = (
            talk.name(f"g{version}"),
            talk.name(f"e{version}"),
            talk.create_topic(f"t{version}"),
        )
        leader = stable(talk, group)
        talk.ask(commit(empty, topic, (0, 1)), 9)
        talk.ask(DeleteGroupsRequest(groups_names=[group, empty, "no-such"]), version)
        talk.ask(DeleteGroupsRequest(groups_names=[empty]), version, "again")
        talk.ask(DeleteGroupsRequest(groups_names=[]), version, "none")
        talk.ask(DeleteGroupsRequest(groups_names=["x", "x"]), version, "unknown twice")
        talk.ask(leave(group, (leader.member_id, None)), 5)
        talk.ask(DeleteGroupsRequest(groups_names=[group, group]), version, "left by all, twice")
        talk.ask(heartbeat(group, leader.member_id, 1), 4, "gone")
        talk.ask(fetch_offsets(7, empty, {topic: [0]}), 7, "gone")
        talk.ask(DescribeGroupsRequest(groups=[group, empty]), 6, "gone")


@scenario
def deletion_while_somebody_is_about_to_join(talk: Conversation) -> None:
    group = talk.name("g")
    given = talk.ask(join(group), 9).member_id
    talk.ask(DeleteGroupsRequest(groups_names=[group]), 2)
    talk.ask(join(group, given), 9, "after all")


@scenario
def a_group_that_changes_its_kind(talk: Conversation) -> None:
    group, topic = talk.name("g"), talk.create_topic()
    leader = stable(talk, group, kind="connect")
    talk.ask(leave(group, (leader.member_id, None)), 5)
    look_at(talk, group, "empty")
    joined(talk.main, group, kind="consumer")
    look_at(talk, group, "of consumers now")
    talk.ask(commit(group, topic, (0, 1)), 9)
