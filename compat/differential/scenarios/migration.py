"""Classic and consumer members in one group, and groups that turn from one kind into the other (KIP-848)."""

from typing import Any

from compat.differential.conversation import Conversation, scenario
from compat.differential.group_requests import commit, heartbeat, join, leave, subscription, sync
from compat.differential.scenarios.consumer_groups import beat, described, enter, ready_topic
from kafkapy.protocol.messages.consumer_protocol import ConsumerProtocolAssignment, TopicPartition
from kafkapy.protocol.messages.describe_groups import DescribeGroupsRequest
from kafkapy.protocol.messages.list_groups import ListGroupsRequest
from kafkapy.protocol.messages.log_records.framing import encode_versioned


def share(topic: str, *partitions: int) -> bytes:
    """What a classic member is assigned."""
    assigned = [TopicPartition(topic=topic, partitions=list(partitions))]
    return bytes(encode_versioned(ConsumerProtocolAssignment(assigned_partitions=assigned), 1))


def classic_group(talk: Conversation, group: str, topic: str, **member: Any) -> str:
    """Stable, with one member that has both partitions of the topic; its id."""
    asked = talk.ask(join(group, protocols={"range": subscription(topic)}, **member), 9)
    member_id: str = asked.member_id
    if not member:
        talk.ask(join(group, member_id, protocols={"range": subscription(topic)}), 9)
    talk.ask(sync(group, member_id, 1, {member_id: share(topic, 0, 1)}, instance=member.get("instance")), 5)
    return member_id


def seen(talk: Conversation, group: str, note: str) -> None:
    """By the administrators of both kinds."""
    described(talk, group, note)
    talk.ask(DescribeGroupsRequest(groups=[group]), 6, note)
    listed = talk.quietly.ask(ListGroupsRequest(), 5)
    talk.note(f"{note}, listed", [each for each in listed.groups if each.group_id == group])


@scenario
def a_classic_member_joins_a_consumer_group(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 2)
    topic_id = talk.topic_id(topic)
    group = talk.name("g")
    wanted = {"range": subscription(topic)}
    talk.ask(enter(group, "m", topic), 1)
    classic = talk.ask(join(group, protocols=wanted), 9, "without an id").member_id
    talk.ask(join(group, protocols={"range": b"no subscription"}), 3, "without a subscription")
    joined = talk.ask(join(group, classic, protocols=wanted), 9, "with an id")
    seen(talk, group, "it has joined")
    talk.ask(sync(group, classic, joined.generation_id), 5, "nothing is free")
    talk.ask(sync(group, classic, joined.generation_id - 1), 5, "of an older generation")
    told = talk.ask(beat(group, "m", 2, [(topic_id, [0, 1])]), 1, "the other has to give up")
    kept = told.assignment.topic_partitions[0].partitions
    talk.ask(beat(group, "m", 2, [(topic_id, kept)]), 1, "it has")
    talk.ask(heartbeat(group, classic, joined.generation_id), 4, "it is told to join again")
    again = talk.ask(join(group, classic, protocols=wanted), 9)
    talk.ask(sync(group, classic, again.generation_id), 5, "now it gets its share")
    talk.ask(heartbeat(group, classic, again.generation_id), 4, "all is well")
    seen(talk, group, "settled")
    talk.ask(commit(group, topic, (0, 5), member_id=classic, generation=again.generation_id), 9)
    talk.ask(commit(group, topic, (0, 5), member_id=classic, generation=again.generation_id - 1), 9)
    talk.ask(beat(group, classic, again.generation_id), 1, "it speaks the other protocol")
    talk.ask(leave(group, (classic, None)), 5)
    seen(talk, group, "it has left")


@scenario
def a_consumer_member_joins_a_classic_group(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 2)
    group = talk.name("g")
    classic = classic_group(talk, group, topic)
    talk.ask(enter(group, "m", topic), 1, "the group becomes a consumer group")
    seen(talk, group, "of both kinds")
    talk.ask(heartbeat(group, classic, 1), 4, "the classic member has to join again")
    again = talk.ask(join(group, classic, protocols={"range": subscription(topic)}), 9)
    talk.ask(sync(group, classic, again.generation_id), 5)
    talk.ask(beat(group, "m", 2, []), 1)
    seen(talk, group, "on the way")
    talk.ask(beat(group, "m", -1), 1, "the group becomes a classic one again")
    talk.ask(heartbeat(group, classic, again.generation_id), 4)
    rejoined = talk.ask(join(group, classic, protocols={"range": subscription(topic)}), 9)
    talk.ask(
        sync(group, classic, rejoined.generation_id, {classic: share(topic, 0, 1)}), 5, "it leads as before"
    )
    seen(talk, group, "classic")


@scenario
def a_static_classic_member_is_replaced(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 2)
    group = talk.name("g")
    classic = classic_group(talk, group, topic, instance="i")
    talk.ask(enter(group, "m", topic, instance_id="i"), 1, "in its place")
    talk.ask(heartbeat(group, classic, 1, instance="i"), 4, "the old one")
    seen(talk, group, "replaced")
    talk.ask(beat(group, "m", -2, instance_id="i"), 1, "it leaves for now")
    seen(talk, group, "gone for now")


@scenario
def groups_that_cannot_be_converted(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 2)
    for note, kind, metadata in (("other kind", "connect", b"x"), ("no subscription", "consumer", b"x")):
        group = talk.name(kind)
        protocols = {"range": metadata}
        member = talk.ask(join(group, kind=kind, protocols=protocols), 9).member_id
        talk.ask(join(group, member, kind=kind, protocols=protocols), 9)
        talk.ask(sync(group, member, 1, {member: b"all"}, kind=kind), 5)
        talk.ask(enter(group, "m", topic), 1, note)


@scenario
def empty_groups_change_their_kind(talk: Conversation) -> None:
    topic = ready_topic(talk, "t", 2)
    group = talk.name("g")
    talk.ask(commit(group, topic, (0, 5)), 9)
    talk.ask(enter(group, "m", topic), 1, "a group of offsets alone")
    talk.ask(beat(group, "m", -1), 1)
    classic_group(talk, group, topic)
    seen(talk, group, "classic")
