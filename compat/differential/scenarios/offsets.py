"""OffsetCommit, OffsetFetch and OffsetDelete: in every version, state of the group, and kind of mistake."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.group_requests import (
    FIRST_OFFSET_VERSION_WITH_IDS,
    commit,
    fetch_offsets,
    join,
    leave,
    of_group,
    subscription,
    sync,
)
from compat.differential.requests import delete
from compat.differential.scenarios.join_group import NOBODY, joined, stable, until_rebalancing
from kafkapy.protocol.messages.delete_groups import DeleteGroupsRequest
from kafkapy.protocol.messages.describe_groups import DescribeGroupsRequest
from kafkapy.protocol.messages.offset_commit import OffsetCommitRequest
from kafkapy.protocol.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteRequestPartition,
    OffsetDeleteRequestTopic,
)
from kafkapy.protocol.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestGroup
from kafkapy.protocol.uuid import ZERO_UUID

UNKNOWN_ID = bytes(range(16))


def called(talk: Conversation, name: str, version: int) -> str | bytes:
    return talk.topic_id(name) if version >= FIRST_OFFSET_VERSION_WITH_IDS else name


@scenario
def every_version_without_a_member(talk: Conversation) -> None:
    name = talk.create_topic(partitions=2)
    for version in versions(OffsetCommitRequest):
        group, topic = talk.name(f"v{version}"), called(talk, name, version)
        talk.ask(commit(group, topic, (0, 5, "note"), (1, 7, None), leader_epoch=3), version)
        talk.ask(commit(group, topic, (0, 2), (9, 3), (-1, 3)), version, "back, and unknown partitions")
        talk.ask(commit(group, topic, (1, -1)), version, "offset -1")
        talk.ask(commit(group, topic, (1, -5)), version, "offset -5")
        talk.ask(commit(group, topic), version, "no partition")
        talk.ask(OffsetCommitRequest(group_id=group, topics=[]), version, "no topic")
        talk.ask(
            commit(talk.name("x"), topic, (0, 1), generation=5), version, "generation of an unknown group"
        )
        talk.ask(
            commit(talk.name("y"), topic, (0, 1), member_id=NOBODY), version, "member of an unknown group"
        )
        for reading in versions(OffsetFetchRequest):
            wanted = called(talk, name, reading)
            talk.ask(fetch_offsets(reading, group, {wanted: [0, 1]}), reading, f"after v{version}")


@scenario
def a_group_without_a_name(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.quietly.ask(DeleteGroupsRequest(groups_names=[""]))
    for version in versions(OffsetCommitRequest):
        talk.ask(commit("", called(talk, name, version), (0, 1)), version)
        talk.ask(DescribeGroupsRequest(groups=[""]), 6)
        talk.ask(fetch_offsets(7, "", {name: [0]}), 7)
        talk.ask(DeleteGroupsRequest(groups_names=[""]), 2)
        talk.ask(DeleteGroupsRequest(groups_names=[""]), 2, "again")
    talk.ask(DescribeGroupsRequest(groups=[""]), 6, "gone")


@scenario
def unknown_topics(talk: Conversation) -> None:
    name = talk.create_topic()
    for version in versions(OffsetCommitRequest):
        group = talk.name(f"v{version}")
        if version < FIRST_OFFSET_VERSION_WITH_IDS:
            talk.ask(commit(group, "no-such", (0, 1)), version)
            talk.ask(commit(group, "a b", (0, 1)), version)
            talk.ask(commit(group, "", (0, 1)), version)
            mixed = commit(group, name, (0, 1), (7, 1))
            mixed.topics += commit(group, "no-such", (0, 1), (1, 1)).topics
            talk.ask(mixed, version, "one known, one not")
            talk.ask(commit(group, "no-such", (0, 1), generation=4), version, "and wrong generation")
        else:
            talk.ask(commit(group, UNKNOWN_ID, (0, 1)), version)
            talk.ask(commit(group, ZERO_UUID, (0, 1)), version)
        talk.ask(fetch_offsets(7, group, None), 7, f"after v{version}")


@scenario
def reading_in_every_version(talk: Conversation) -> None:
    name = talk.create_topic(partitions=2)
    group = talk.name("g")
    talk.ask(commit(group, name, (0, 5, "note"), leader_epoch=0), 9)
    for version in versions(OffsetFetchRequest):
        topic = called(talk, name, version)
        unknown = UNKNOWN_ID if version >= FIRST_OFFSET_VERSION_WITH_IDS else "no-such"
        talk.ask(fetch_offsets(version, group, {topic: [0, 1, 9, -1]}), version)
        talk.ask(fetch_offsets(version, group, {unknown: [0]}), version, "unknown topic")
        talk.ask(fetch_offsets(version, group, {topic: []}), version, "no partition")
        talk.ask(fetch_offsets(version, group, {}), version, "no topic")
        talk.ask(fetch_offsets(version, group, {topic: [0, 0]}), version, "partition twice")
        talk.ask(fetch_offsets(version, talk.name("no-such"), {topic: [0]}), version, "unknown group")
        if version >= 2:
            talk.ask(fetch_offsets(version, group, None), version, "all")
            talk.ask(fetch_offsets(version, talk.name("no-such"), None), version, "all of an unknown group")
        if version >= 7:
            talk.ask(fetch_offsets(version, group, {topic: [0]}, require_stable=True), version, "stable")


@scenario
def many_groups(talk: Conversation) -> None:
    name = talk.create_topic()
    a, b = talk.name("a"), talk.name("b")
    talk.ask(commit(a, name, (0, 5)), 9)
    for version in (8, 9, 10):
        topic = called(talk, name, version)
        groups = [of_group(b, {topic: [0]}), of_group(a, {topic: [0]}), of_group(a, None)]
        talk.ask(OffsetFetchRequest(groups=groups), version)
        talk.ask(OffsetFetchRequest(groups=[]), version, "none")
    for version in (9, 10):
        topic = called(talk, name, version)
        member = OffsetFetchRequestGroup(group_id=a, member_id="m", member_epoch=3, topics=None)
        talk.ask(OffsetFetchRequest(groups=[member]), version, "as a member")
        talk.ask(fetch_offsets(version, a, {ZERO_UUID if version > 9 else "": [0]}), version, "no name")


@scenario
def metadata(talk: Conversation) -> None:
    name = talk.create_topic()
    for length in (0, 1, 4095, 4096, 4097, 30_000):
        group = talk.name(str(length))
        talk.ask(commit(group, name, (0, 1, "x" * length)), 9, f"{length} characters")
        talk.ask(commit(group, name, (0, 1, "ä" * (length // 2))), 9, f"{length} bytes")
        talk.ask(fetch_offsets(7, group, {name: [0]}), 7)
    both = talk.create_topic("both", partitions=2)
    talk.ask(commit(talk.name("one"), both, (0, 1, "x" * 5000), (1, 2)), 9, "too long for one of two")


@scenario
def retention(talk: Conversation) -> None:
    name = talk.create_topic()
    for retention_ms in (-1, 0, 1000, -5, 10**12):
        group = talk.name(str(retention_ms))
        talk.ask(commit(group, name, (0, 1), retention_ms=retention_ms), 2, f"{retention_ms} ms")
        talk.ask(fetch_offsets(7, group, {name: [0]}), 7)


@scenario
def by_members(talk: Conversation) -> None:
    name = talk.create_topic()
    group = talk.name("g")
    leader = joined(talk.main, group)
    me = leader.member_id
    for version in versions(OffsetCommitRequest):
        topic = called(talk, name, version)
        talk.ask(commit(group, topic, (0, 1), member_id=me, generation=1), version, "before sync")
    talk.ask(sync(group, me, 1, {me: b"all"}), 5)
    for version in versions(OffsetCommitRequest):
        topic = called(talk, name, version)
        talk.ask(commit(group, topic, (0, 1), member_id=me, generation=1), version)
        talk.ask(commit(group, topic, (0, 1), member_id=me, generation=0), version, "old generation")
        talk.ask(commit(group, topic, (0, 1), member_id=me, generation=2), version, "next generation")
        talk.ask(commit(group, topic, (0, 1), member_id=NOBODY, generation=1), version, "unknown member")
        talk.ask(commit(group, topic, (0, 1), member_id=NOBODY), version, "unknown member, no generation")
        talk.ask(commit(group, topic, (0, 1), member_id=me), version, "no generation")
        talk.ask(commit(group, topic, (0, 1), generation=1), version, "no member")
        talk.ask(commit(group, topic, (0, 1)), version, "neither")
        talk.ask(
            commit(group, topic, (5, 1), member_id=me, generation=0), version, "old, and unknown partition"
        )
        talk.ask(commit(group, topic, member_id=me, generation=0), version, "old, and no partition")
        if version >= 7:
            talk.ask(
                commit(group, topic, (0, 1), member_id=me, generation=1, instance="i"), version, "instance"
            )
    talk.ask(fetch_offsets(7, group, None), 7)
    talk.ask(leave(group, (me, None)), 5)
    talk.ask(commit(group, name, (0, 3)), 9, "empty group, no member")
    talk.ask(commit(group, name, (0, 3), member_id=me, generation=1), 9, "empty group, old member")
    talk.ask(commit(group, name, (0, 3), generation=2), 9, "empty group, its generation")


@scenario
def while_rebalancing(talk: Conversation) -> None:
    name = talk.create_topic()
    group = talk.name("g")
    leader = stable(talk, group)
    other = talk.connect("other")
    given = other.ask(join(group), 9).member_id
    talk.ask(commit(group, name, (0, 1), member_id=given, generation=1), 9, "not joined yet")
    waiting = other.begin(join(group, given), 9)
    until_rebalancing(talk, group, leader.member_id, 1)
    talk.ask(commit(group, name, (0, 1), member_id=leader.member_id, generation=1), 9, "rebalancing")
    talk.ask(commit(group, name, (0, 1), member_id=given, generation=1), 9, "by the newcomer")
    talk.ask(commit(group, name, (0, 1)), 9, "by nobody")
    talk.ask(join(group, leader.member_id), 9)
    other.finish(waiting)
    talk.ask(
        commit(group, name, (0, 1), member_id=leader.member_id, generation=1), 9, "of the generation before"
    )
    talk.ask(commit(group, name, (0, 1), member_id=leader.member_id, generation=2), 9, "before sync")
    talk.ask(commit(group, name, (0, 1)), 9, "by nobody, before sync")


def without(group: str, topic: str, *indexes: int) -> OffsetDeleteRequest:
    partitions = [OffsetDeleteRequestPartition(partition_index=index) for index in indexes]
    return OffsetDeleteRequest(
        group_id=group, topics=[OffsetDeleteRequestTopic(name=topic, partitions=partitions)]
    )


@scenario
def deletion(talk: Conversation) -> None:
    name, other = talk.create_topic("a", partitions=2), talk.create_topic("b")
    group = talk.name("g")
    talk.ask(without(group, name, 0), note="unknown group")
    talk.ask(without("", name, 0), note="no group")
    talk.ask(commit(group, name, (0, 1), (1, 2)), 9)
    talk.ask(without(group, name, 0, 1, 9))
    talk.ask(fetch_offsets(7, group, None), 7)
    talk.ask(without(group, name, 0), note="again")
    talk.ask(without(group, other, 0), note="never committed")
    talk.ask(without(group, "no-such", 0))
    talk.ask(without(group, "a b", 0))
    talk.ask(without(group, name), note="no partition")
    talk.ask(without(group, name, 0, 0), note="twice")
    talk.ask(OffsetDeleteRequest(group_id=group, topics=[]), note="no topic")
    both = without(group, name, 0)
    both.topics += without(group, name, 1).topics
    talk.ask(both, note="topic twice")


@scenario
def deletion_while_subscribed(talk: Conversation) -> None:
    name, other = talk.create_topic("a"), talk.create_topic("b")
    group, strange, stranger = talk.name("g"), talk.name("strange"), talk.name("stranger")
    for each in (group, strange, stranger):
        talk.ask(commit(each, name, (0, 1)), 9)
        talk.ask(commit(each, other, (0, 1)), 9)
    stable(talk, group, protocols={"range": subscription(name)})
    talk.ask(without(group, name, 0), note="subscribed")
    talk.ask(without(group, other, 0), note="not subscribed")
    stable(talk, strange, protocols={"range": b"?"})
    talk.ask(without(strange, name, 0), note="nobody knows what is subscribed")
    stable(talk, stranger, kind="connect")
    talk.ask(without(stranger, name, 0), note="other type of group")


@scenario
def topics_that_went_away(talk: Conversation) -> None:
    name = talk.create_topic()
    group = talk.name("g")
    talk.ask(commit(group, name, (0, 5)), 9)
    topic_id = talk.topic_id(name)
    talk.ask(delete(name), 5)
    talk.until_gone(name)
    talk.let_changes_arrive()
    talk.ask(fetch_offsets(7, group, {name: [0]}), 7, "by name")
    talk.ask(fetch_offsets(10, group, {topic_id: [0]}), 10, "by id")
    talk.ask(fetch_offsets(7, group, None), 7, "all")
    talk.ask(commit(group, name, (0, 6)), 9)
