"""The comparison itself: what it sees, what it lets pass, and that no difference stays excused for ever."""

from typing import Any

from compat.differential.compare import ABSENT, Difference, Side, differences, report
from compat.differential.conversation import Closed, Step
from compat.differential.known_differences import Known
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest, HeartbeatResponse
from kafkapy.protocol.messages.metadata import MetadataResponse, MetadataResponseBroker, MetadataResponseTopic

ASKED = HeartbeatRequest(group_id="g", generation_id=1, member_id="m")
THERE, HERE = ("127.0.0.1", 1111), ("127.0.0.1", 2222)


def compared(theirs: list[Any], ours: list[Any]) -> list[Difference]:
    """The differences between what two brokers answered."""
    sides = [
        Side(address, [Step("", 4, ASKED, outcome) for outcome in outcomes])
        for address, outcomes in ((THERE, theirs), (HERE, ours))
    ]
    return differences(*sides, run="4711")


def topics(*named: tuple[str, bytes], port: int = 1, cluster_id: str = "a") -> MetadataResponse:
    return MetadataResponse(
        brokers=[MetadataResponseBroker(node_id=1, host="127.0.0.1", port=port)],
        cluster_id=cluster_id,
        topics=[
            MetadataResponseTopic(name=name, topic_id=topic_id, partitions=[]) for name, topic_id in named
        ],
    )


def test_a_field_that_differs_is_named_and_shown_with_its_request() -> None:
    (difference,) = compared([HeartbeatResponse(error_code=25)], [HeartbeatResponse(error_code=22)])
    assert (difference.where, difference.path) == ("Heartbeat v4", ".error_code")
    assert (difference.apache_kafka, difference.kafkapy) == ("25 UNKNOWN_MEMBER_ID", "22 ILLEGAL_GENERATION")
    assert "HeartbeatRequest(group_id='g', generation_id=1, member_id='m')" in report([difference])


def test_a_closed_connection_and_a_missing_step_differ_from_an_answer() -> None:
    assert compared([Closed()], [Closed()]) == []
    assert len(compared([Closed()], [HeartbeatResponse()])) == 1
    (missing,) = compared([HeartbeatResponse()], [])
    assert missing.kafkapy is ABSENT


def test_addresses_and_names_of_clusters_may_differ() -> None:
    assert compared([topics(port=1111, cluster_id="a")], [topics(port=2222, cluster_id="b")]) == []
    assert [d.path for d in compared([topics(port=1111)], [topics(port=1111)])] == [".brokers[0].port"]


def test_ids_may_differ_but_must_be_the_same_where_they_were_the_same() -> None:
    one, two, three, four = (bytes([number]) * 16 for number in range(1, 5))
    right = compared([topics(("t", one)), topics(("t", one))], [topics(("t", three)), topics(("t", three))])
    wrong = compared([topics(("t", one)), topics(("t", one))], [topics(("t", three)), topics(("t", four))])
    other = compared([topics(("t", one)), topics(("t", two))], [topics(("t", three)), topics(("t", three))])
    none = compared([topics(("t", one))], [topics(("t", bytes(16)))])
    assert (right, len(wrong), len(other), len(none)) == ([], 1, 1, 1)


def test_topics_of_metadata_have_no_order_but_their_number_counts() -> None:
    assert (
        compared([topics(("a", bytes(16)), ("b", bytes(16)))], [topics(("b", bytes(16)), ("a", bytes(16)))])
        == []
    )
    assert len(compared([topics(("a", bytes(16)))], [topics(("a", bytes(16)), ("a", bytes(16)))])) == 1


def test_a_known_difference_covers_its_scenario_and_path_only() -> None:
    (difference,) = compared([HeartbeatResponse(error_code=25)], [HeartbeatResponse(error_code=22)])
    assert Known("file::name", "Heartbeat v4.error_*", "because").covers("file::name", difference)
    assert not Known("file::name", "Heartbeat v3.*", "because").covers("file::name", difference)
    assert not Known("file::name", "*", "because").covers("file::other", difference)
    assert not Known("file::name", "*", "because", lacking=True).covers("file::name", difference)
