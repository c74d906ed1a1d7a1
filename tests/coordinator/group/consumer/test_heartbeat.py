"""Members of a consumer group, heartbeat by heartbeat. Texts and epochs are those of Apache Kafka 4.3."""

from typing import Any

import pytest

from bench.check import instructions
from kafkapy.coordinator.group.consumer.heartbeat import HeartbeatRequest, check_request
from kafkapy.coordinator.group.consumer.settings import GroupTiming
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.coordinator.consumer_harness import ConsumerHarness, topic, topic_id

ALL = {topic_id("topic"): frozenset(range(6))}


@pytest.fixture
def group() -> ConsumerHarness:
    return ConsumerHarness()


@pytest.mark.parametrize("say", ["beat", "enter", "go"])
def test_what_a_member_costs_does_not_depend_on_how_many_there_are(say: str) -> None:
    def cost(members: int) -> int:
        group = ConsumerHarness(timing=GroupTiming(assignment_interval_ms=60_000))
        for number in range(members):
            group.enter(f"m{number}")
        group.beat("m0")
        name = {"beat": "m0", "enter": "new", "go": "m1"}[say]
        return instructions(lambda: getattr(group, say)(name))

    assert cost(200) == cost(20)


class TestChecks:
    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            ({"member_id": " "}, "MemberId can't be empty."),
            ({"instance_id": ""}, "InstanceId can't be empty."),
            ({"rack_id": ""}, "RackId can't be empty."),
            ({"rebalance_timeout_ms": -1}, "RebalanceTimeoutMs must be provided in first request."),
            ({"owned": None}, "TopicPartitions must be empty when (re-)joining."),
            ({"owned": ALL}, "TopicPartitions must be empty when (re-)joining."),
            ({"names": None}, "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null"),
            ({"epoch": -2}, "InstanceId can't be null."),
            ({"epoch": -3}, "MemberEpoch is invalid."),
        ],
    )
    def test_what_is_no_sensible_request_is_refused(self, options: dict[str, Any], reason: str) -> None:
        good = HeartbeatRequest("a", 0, rebalance_timeout_ms=5, names=("topic",), owned={})
        check_request("group", good, ("uniform",))
        with pytest.raises(KafkaError) as refusal:
            check_request("group", good._replace(**options), ("uniform",))
        assert refusal.value.code is ErrorCode.INVALID_REQUEST
        assert refusal.value.detail.startswith(reason)

    def test_the_member_is_looked_at_before_the_group(self) -> None:
        with pytest.raises(KafkaError, match=r"MemberId can't be empty\."):
            check_request("", HeartbeatRequest("", 0), ("uniform",))

    def test_an_assignor_that_the_broker_does_not_offer_is_refused(self, group: ConsumerHarness) -> None:
        call = group.enter("a", server_assignor="none")
        with pytest.raises(KafkaError, match="ServerAssignor none is not supported"):
            _ = call.result

    def test_a_pattern_that_does_not_parse_is_refused(self, group: ConsumerHarness) -> None:
        assert group.enter("a", regex="(").code is ErrorCode.INVALID_REGULAR_EXPRESSION

    def test_heartbeats_of_members_of_no_group_are_refused(self, group: ConsumerHarness) -> None:
        assert group.call("a", 5).code is ErrorCode.GROUP_ID_NOT_FOUND
        assert group.call("a", -1).code is ErrorCode.GROUP_ID_NOT_FOUND

    def test_a_full_group_takes_only_members_it_knows(self) -> None:
        group = ConsumerHarness(consumer={"max_size": 1})
        assert group.enter("a").code is ErrorCode.NONE
        assert group.enter("b").code is ErrorCode.GROUP_MAX_SIZE_REACHED
        assert group.enter("a").code is ErrorCode.NONE

    def test_a_broker_without_consumer_groups_says_so(self) -> None:
        assert ConsumerHarness(consumer={"enabled": False}).enter("a").code is ErrorCode.UNSUPPORTED_VERSION


class TestEpochs:
    def test_the_first_member_gets_everything_at_epoch_2(self, group: ConsumerHarness) -> None:
        result = group.enter("a").result
        assert (result.member_id, result.epoch, result.heartbeat_interval_ms) == ("a", 2, 5_000)
        assert group.shares() == {"a": {"topic": [0, 1, 2, 3, 4, 5]}}
        assert group.group.state_name == "Stable"

    def test_nothing_new_is_not_told_again_but_to_whoever_asks_in_full(self, group: ConsumerHarness) -> None:
        group.enter("a")
        assert group.call("a", 2).result.assignment is None
        full = group.call("a", 2, rebalance_timeout_ms=60_000, names=("topic",), owned=ALL)
        assert full.result.assignment is not None

    def test_a_second_member_waits_until_the_first_has_given_up_its_half(
        self, group: ConsumerHarness
    ) -> None:
        group.enter("a")
        assert group.enter("b").result.epoch == 3
        assert group.shares()["b"] == {}
        assert group.call("a", 2).result.epoch == 2, "it has not said yet that it has stopped"
        assert group.group.state_name == "Reconciling"
        kept = {topic_id("topic"): frozenset({0, 1, 2})}
        assert group.call("a", 2, owned=kept).result.epoch == 3
        group.beat("b")
        assert group.shares()["b"] == {"topic": [3, 4, 5]}
        assert group.group.state_name == "Stable"

    def test_an_answer_that_was_lost_is_given_again(self, group: ConsumerHarness) -> None:
        group.enter("a")
        group.enter("b")
        kept = {topic_id("topic"): frozenset({0, 1, 2})}
        group.call("a", 2)
        group.call("a", 2, owned=kept)
        assert group.call("a", 2, owned=kept).result.epoch == 3
        assert group.call("a", 2).code is ErrorCode.FENCED_MEMBER_EPOCH
        assert group.call("a", 2, owned=ALL).code is ErrorCode.FENCED_MEMBER_EPOCH

    def test_other_epochs_are_fenced(self, group: ConsumerHarness) -> None:
        group.enter("a")
        assert group.call("a", 3).code is ErrorCode.FENCED_MEMBER_EPOCH
        assert group.call("a", 1).code is ErrorCode.FENCED_MEMBER_EPOCH
        assert group.call("stranger", 2).code is ErrorCode.UNKNOWN_MEMBER_ID

    def test_a_member_may_begin_anew_at_any_time(self, group: ConsumerHarness) -> None:
        group.enter("a")
        assert group.enter("a").result.epoch == 2
        assert group.group.epoch == 2, "nothing has changed for the group"

    def test_many_changes_within_the_interval_cost_one_assignment(self) -> None:
        group = ConsumerHarness(timing=GroupTiming(assignment_interval_ms=1_000))
        group.enter("a")
        for name in "bc":
            assert group.enter(name).result.epoch == 2
        assert (group.group.epoch, group.group.assignment_epoch) == (4, 2)
        assert group.group.state_name == "Assigning"
        group.advance(1_000)
        assert group.beat("b").result.epoch == 4
        group.settle_all()
        assert [len(share["topic"]) for share in group.shares().values()] == [2, 2, 2]

    def test_a_member_that_leaves_makes_room_for_the_others(self, group: ConsumerHarness) -> None:
        group.enter("a")
        group.enter("b")
        group.settle_all()
        assert group.go("a").result.epoch == -1
        assert group.beat("b").result.epoch == 4
        assert group.shares() == {"b": {"topic": [0, 1, 2, 3, 4, 5]}}
        group.go("b")
        assert group.group.state_name == "Empty"


class TestSubscriptions:
    def test_names_that_are_no_longer_wanted_go_at_once(self, group: ConsumerHarness) -> None:
        group.topics.put(topic("other", 2))
        group.enter("a", "topic", "other")
        assert group.beat("a", names=("other",)).result.assignment == {topic_id("other"): {0: 2, 1: 2}}

    def test_a_topic_that_grows_is_assigned_anew(self, group: ConsumerHarness) -> None:
        group.enter("a")
        group.topics.put(topic("topic", 8))
        group.groups.topic_changed("topic")
        group.settle_all()
        assert group.shares() == {"a": {"topic": list(range(8))}}

    def test_changes_of_other_topics_are_nothing_to_the_group(self, group: ConsumerHarness) -> None:
        group.enter("a")
        group.topics.put(topic("other", 8))
        group.groups.topic_changed("other")
        assert group.beat("a").result.epoch == 2

    def test_a_replica_in_another_rack_is_a_change(self, group: ConsumerHarness) -> None:
        group.enter("a")
        group.topics.put(topic("topic", 6, ("rack",)))
        group.groups.topic_changed("topic")
        assert group.beat("a").result.epoch == 3

    def test_a_topic_may_be_subscribed_before_it_is_there(self, group: ConsumerHarness) -> None:
        assert group.enter("a", "later").result.assignment == {}
        group.topics.put(topic("later", 1))
        group.groups.topic_changed("later")
        group.beat("a")
        assert group.shares() == {"a": {"later": [0]}}

    def test_a_pattern_is_looked_up_beside_the_heartbeat(self, group: ConsumerHarness) -> None:
        assert group.enter("a", regex="to.*").result.epoch == 1
        group.advance(0)
        assert group.beat("a").result.epoch == 2
        assert group.shares() == {"a": {"topic": list(range(6))}}

    def test_a_pattern_finds_new_topics_ten_seconds_after_the_last_lookup(
        self, group: ConsumerHarness
    ) -> None:
        group.enter("a", regex="to.*")
        group.settle_all()
        group.topics.put(topic("tomorrow", 1))
        group.groups.topic_changed("tomorrow")
        group.settle_all()
        assert "tomorrow" not in group.shares()["a"]
        group.advance(10_001)
        group.beat("a")
        group.settle_all()
        assert group.shares()["a"]["tomorrow"] == [0]

    def test_a_pattern_nobody_uses_any_more_is_forgotten(self, group: ConsumerHarness) -> None:
        group.enter("a", regex="to.*")
        group.settle_all()
        group.beat("a", regex="")
        assert group.group.regexes == {}
        group.settle_all()
        assert group.shares() == {"a": {}}

    def test_most_votes_choose_the_assignor(self, group: ConsumerHarness) -> None:
        for name, assignor in {"a": "uniform", "b": "range", "c": "range"}.items():
            group.enter(name, server_assignor=assignor)
        assert group.groups.describe_consumer_group("group").assignor == "range"  # type: ignore[union-attr]


class TestTime:
    def test_silence_ends_the_membership(self, group: ConsumerHarness) -> None:
        group.enter("a")
        group.advance(44_999)
        group.beat("a")
        group.advance(44_999)
        assert "a" in group.group.profiles
        group.advance(1)
        assert group.beat("a").code is ErrorCode.UNKNOWN_MEMBER_ID

    def test_whoever_does_not_give_up_in_time_is_out(self, group: ConsumerHarness) -> None:
        group.enter("a", rebalance_timeout_ms=20_000)
        group.enter("b")
        group.call("a", 2)
        group.advance(19_999)
        assert group.call("a", 2).code is ErrorCode.NONE
        group.advance(1)
        assert group.call("a", 2).code is ErrorCode.UNKNOWN_MEMBER_ID
        group.beat("b")
        assert group.shares()["b"] == {"topic": list(range(6))}

    def test_the_group_may_have_a_session_timeout_of_its_own(self, group: ConsumerHarness) -> None:
        group.timing = GroupTiming(session_timeout_ms=50_000, heartbeat_interval_ms=7_000)
        assert group.enter("a").result.heartbeat_interval_ms == 7_000
        group.advance(49_999)
        assert group.call("a", 2).code is ErrorCode.NONE

    def test_after_loading_everybody_has_a_full_session(self, group: ConsumerHarness) -> None:
        group.enter("a")
        group.advance(40_000)
        group.groups.close()
        group.load()
        group.advance(44_999)
        assert group.beat("a").code is ErrorCode.NONE


class TestStaticMembers:
    def test_leaving_for_now_keeps_the_assignment_for_the_next_of_that_instance(
        self, group: ConsumerHarness
    ) -> None:
        group.enter("a", instance_id="i")
        group.enter("b")
        group.settle_all()
        had = group.owned["a"]
        assert group.call("a", -2, instance_id="i").result.epoch == -2
        again = group.enter("c", instance_id="i").result
        assert {t: frozenset(held) for t, held in again.assignment.items()} == had
        assert again.epoch == 3, "no new group epoch"
        assert group.call("a", 3, instance_id="i").code is ErrorCode.FENCED_INSTANCE_ID

    def test_an_instance_that_has_not_left_cannot_be_replaced(self, group: ConsumerHarness) -> None:
        group.enter("a", instance_id="i")
        assert group.enter("b", instance_id="i").code is ErrorCode.UNRELEASED_INSTANCE_ID
        assert group.call("b", -2, instance_id="i").code is ErrorCode.FENCED_INSTANCE_ID
        assert group.call("b", 2, instance_id="other").code is ErrorCode.UNKNOWN_MEMBER_ID

    def test_the_place_is_kept_no_longer_than_a_session(self, group: ConsumerHarness) -> None:
        group.enter("a", instance_id="i")
        group.call("a", -2, instance_id="i")
        group.advance(45_000)
        assert group.group.is_empty
