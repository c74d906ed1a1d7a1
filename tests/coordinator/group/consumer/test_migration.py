"""Classic and consumer members in one group, and groups that turn from one kind into the other."""

import pytest

from kafkapy.coordinator.group.consumer.blobs import read_assignment
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.consumer_protocol import (
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
    TopicPartition,
)
from kafkapy.protocol.messages.log_records.framing import encode_versioned
from kafkapy.protocol.uuid import parse_uuid
from tests.coordinator.consumer_harness import ConsumerHarness, topic_id

SHARE = encode_versioned(
    ConsumerProtocolAssignment(
        assigned_partitions=[TopicPartition(topic="topic", partitions=list(range(6)))]
    ),
    1,
)


def classic_group(**options: object) -> ConsumerHarness:
    """A stable classic group with the member "old", which has everything."""
    group = ConsumerHarness(consumer=dict(options))
    group.join("old")
    group.advance(0)
    group.sync("old", {"old": SHARE})
    assert group.state == "Stable"
    return group


def share_of(group: ConsumerHarness, blob: bytes) -> set[int]:
    return set(read_assignment(blob, group.topics).get(topic_id("topic"), ()))


def rejoin(group: ConsumerHarness, *owned: int) -> int:
    """The classic member joins again, says what it still has, and is told its generation."""
    group.join("old", protocols={"range": subscription_with(owned)})
    return int(group._joins["old"].result.generation_id)


def subscription_with(owned: tuple[int, ...]) -> bytes:
    partitions = [TopicPartition(topic="topic", partitions=list(owned))]
    return encode_versioned(ConsumerProtocolSubscription(topics=["topic"], owned_partitions=partitions), 1)


class TestUpgrade:
    async def test_a_consumer_member_turns_a_classic_group_into_a_consumer_group(self) -> None:
        group = classic_group()
        assert group.enter("new").code is ErrorCode.NONE
        old = group.group.profiles[group.id_of("old")]
        assert old.classic is not None
        assert (group.group.epoch, group.group.holding(old.member_id).epoch) == (2, 1)
        assert group.shares() == {"new": {}}, "the other one still has it all"

    async def test_the_classic_member_gives_up_its_half_by_joining_twice(self) -> None:
        group = classic_group()
        group.enter("new")
        assert group.heartbeat("old", generation=1) is ErrorCode.REBALANCE_IN_PROGRESS
        generation = rejoin(group, *range(6))
        first = group.sync("old", generation=generation)
        kept = share_of(group, first.result.assignment)
        assert len(kept) == 3
        assert group.heartbeat("old", generation=generation) is ErrorCode.REBALANCE_IN_PROGRESS
        generation = rejoin(group, *kept)
        assert share_of(group, group.sync("old", generation=generation).result.assignment) == kept
        group.beat("new")
        assert set(group.shares()["new"]["topic"]) == set(range(6)) - kept
        assert group.heartbeat("old", generation=generation) is ErrorCode.NONE
        assert group.group.state_name == "Stable"

    async def test_who_waits_for_a_join_is_told_to_come_again(self) -> None:
        group = ConsumerHarness(initial_rebalance_delay_ms=3_000)
        waiting = group.join("old")
        group.enter("new")
        assert waiting.code is ErrorCode.REBALANCE_IN_PROGRESS

    @pytest.mark.parametrize("options", [{"may_upgrade": False}, {"max_size": 0}])
    async def test_it_must_be_allowed(self, options: dict[str, object]) -> None:
        group = classic_group(**options)
        assert group.enter("new").code is ErrorCode.GROUP_ID_NOT_FOUND
        assert group.state == "Stable"

    async def test_groups_of_other_protocols_stay_what_they_are(self) -> None:
        group = ConsumerHarness()
        group.join("old", protocol_type="connect")
        group.advance(0)
        assert group.enter("new").code is ErrorCode.GROUP_ID_NOT_FOUND

    async def test_an_empty_classic_group_is_replaced_and_keeps_its_offsets(self) -> None:
        group = classic_group()
        group.commit(7, name="old")
        group.leave("old")
        group.enter("new")
        assert group.group.state_name == "Stable"
        assert group.fetch() == 7

    async def test_replay_gives_the_same_groups(self) -> None:
        group = classic_group()
        group.enter("new")
        before = dict(group.shard.groups)
        group.groups.close()
        group.load()
        assert group.shard.groups == before


class TestClassicMembers:
    async def test_they_are_told_their_id_first(self) -> None:
        group = ConsumerHarness()
        group.enter("new")
        call = group.join("old", must_know_its_id=True)
        assert call.code is ErrorCode.MEMBER_ID_REQUIRED
        assert group.join("old").result.generation_id == 3

    async def test_their_ids_are_written_as_those_of_consumer_members(self) -> None:
        group = ConsumerHarness()
        group.enter("new")
        assert len(parse_uuid(group.join("old", must_know_its_id=True).result.member_id)) == 16

    async def test_they_must_say_what_they_subscribe_to(self) -> None:
        group = ConsumerHarness()
        group.enter("new")
        assert group.join("old", protocols={"range": b"no"}).code is ErrorCode.UNKNOWN_SERVER_ERROR

    async def test_they_must_know_a_protocol_of_the_others(self) -> None:
        group = ConsumerHarness()
        group.enter("new")
        assert group.join("old", protocol_type="connect").code is ErrorCode.INCONSISTENT_GROUP_PROTOCOL
        group.join("old", protocols=["range"])
        group.forget("other")
        assert group.join("other", protocols=["mine"]).code is ErrorCode.INCONSISTENT_GROUP_PROTOCOL

    async def test_requests_of_others_and_of_other_generations_are_refused(self) -> None:
        group = classic_group()
        group.enter("new")
        assert group.heartbeat("old", generation=9) is ErrorCode.ILLEGAL_GENERATION
        assert group.heartbeat("stranger", generation=1) is ErrorCode.UNKNOWN_MEMBER_ID
        assert group.heartbeat("new", generation=2) is ErrorCode.UNKNOWN_MEMBER_ID
        assert group.sync("old", generation=1).code is ErrorCode.REBALANCE_IN_PROGRESS

    async def test_one_that_does_not_join_when_it_is_called_is_removed(self) -> None:
        group = classic_group()
        group.enter("new")
        for _ in range(10):
            assert group.heartbeat("old", generation=1) is ErrorCode.REBALANCE_IN_PROGRESS
            group.advance(6_000)
            group.beat("new")
        assert group.heartbeat("old", generation=1) is ErrorCode.UNKNOWN_MEMBER_ID

    async def test_one_that_does_not_sync_is_removed(self) -> None:
        group = ConsumerHarness()
        group.enter("new")
        generation = group.join("old", session_ms=70_000, rebalance_ms=20_000).result.generation_id
        group.advance(20_000)
        assert group.heartbeat("old", generation=generation) is ErrorCode.UNKNOWN_MEMBER_ID

    async def test_they_leave_by_leave_group(self) -> None:
        group = classic_group()
        group.enter("new")
        assert group.leave("old", "nobody") == [ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID]
        assert set(group.group.profiles) == {"new"}

    async def test_others_can_be_taken_out_by_leave_group(self) -> None:
        group = classic_group()
        group.enter("new", instance_id="i")
        group.enter("other")
        assert group.leave("other") == [ErrorCode.NONE]
        assert len(group.group.profiles) == 2
        assert group.leave_by_instance("i") == [ErrorCode.NONE]
        assert group.state == "PreparingRebalance", "only a classic member is left"

    async def test_commits_are_checked_as_the_member_speaks(self) -> None:
        group = classic_group()
        group.enter("new")
        assert group.commit(1, name="old", generation=1).code is ErrorCode.NONE
        assert group.commit(1, name="old", generation=0).code is ErrorCode.ILLEGAL_GENERATION
        group.ids["new"] = "new"
        assert group.commit(1, name="new", generation=2).code is ErrorCode.NONE
        assert group.commit(1, name="new", generation=1).code is ErrorCode.STALE_MEMBER_EPOCH
        assert group.commit(1).code is ErrorCode.UNKNOWN_MEMBER_ID


class TestDowngrade:
    async def test_the_last_consumer_member_that_leaves_turns_the_group_back(self) -> None:
        group = classic_group()
        group.enter("new")
        assert group.go("new").code is ErrorCode.NONE
        assert group.describe().state == "PreparingRebalance"
        assert group.generation == 2
        group.join("old")
        assert group._joins["old"].result.generation_id == 3

    async def test_so_does_one_whose_session_ends(self) -> None:
        group = classic_group()
        group.enter("new")
        generation = group.join("old", session_ms=100_000).result.generation_id
        group.sync("old", generation=generation)
        group.advance(45_000)
        assert group.describe().protocol_type == "consumer"

    async def test_it_must_be_allowed(self) -> None:
        group = classic_group(may_downgrade=False)
        group.enter("new")
        group.go("new")
        assert group.group.state_name == "Assigning"

    async def test_a_classic_process_may_replace_the_last_static_consumer(self) -> None:
        group = ConsumerHarness()
        group.enter("new", instance_id="i")
        joined = group.join("old", instance="i").result
        assert (joined.generation_id, joined.protocol_name) == (2, "range")
        assert group.state == "Stable"
        synced = group.sync("old", generation=2, instance="i")
        assert share_of(group, synced.result.assignment) == set(range(6))

    async def test_an_empty_consumer_group_is_replaced_by_a_classic_one(self) -> None:
        group = ConsumerHarness()
        group.enter("new")
        group.go("new")
        group.join("old")
        group.advance(0)
        assert group.describe().protocol_type == "consumer"
        before = dict(group.shard.groups)
        group.groups.close()
        group.load()
        assert group.shard.groups == before
