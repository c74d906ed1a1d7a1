"""The number that says whether the topics of a group have changed; the numbers here are hash4j's."""

import pytest

from kafkapy.coordinator.group.consumer.topic_hash import group_hash, topic_hash
from kafkapy.coordinator.group.topics import TopicTable, TopicView

ID = bytes(range(16))
OTHER_ID = bytes(255 - byte for byte in ID)
A = TopicView("a", ID, 3)
B = TopicView("orders.eu-1_x", OTHER_ID, 1)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (A, -5962145574691208308),
        (B, 5934798902751082192),
        (TopicView("a", ID, 2, (("rack-b", "rack-a"), ("\u00fc\U0001f600",))), -7493816648895167739),
        (TopicView("large" * 40, ID, 500), -6945072051095550096),
    ],
)
def test_a_topic_has_the_hash_that_it_has_in_apache_kafka(topic: TopicView, expected: int) -> None:
    assert topic_hash(topic) == expected


def test_the_hash_of_a_group_is_that_of_its_topics_by_name() -> None:
    topics = TopicTable(B, A)
    assert group_hash(topics, ["a"]) == -7400798749114095377
    assert group_hash(topics, ["orders.eu-1_x", "a"]) == group_hash(topics, {"a", "orders.eu-1_x"})
    assert group_hash(topics, ["orders.eu-1_x", "a"]) == -6433388764316391039


def test_topics_that_are_not_there_do_not_count() -> None:
    assert group_hash(TopicTable(A), ["a", "missing"]) == group_hash(TopicTable(A), ["a"])
    assert group_hash(TopicTable(A), ["missing"]) == group_hash(TopicTable(), []) == 0


@pytest.mark.parametrize(
    "changed",
    [
        A._replace(partition_count=4),
        A._replace(topic_id=OTHER_ID),
        A._replace(racks=(("east",), (), ())),
        A._replace(racks=((), ("east",), ())),
    ],
)
def test_whatever_changes_of_a_topic_changes_the_hash(changed: TopicView) -> None:
    assert topic_hash(changed) != topic_hash(A)


def test_the_order_of_a_partitions_racks_does_not_count() -> None:
    one, other = (A._replace(racks=((racks), (), ())) for racks in (("east", "west"), ("west", "east")))
    assert topic_hash(one) == topic_hash(other)
