"""How long offsets and groups are kept (KIP-211)."""

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.coordinator.group_harness import GroupHarness

DAY_MS = 24 * 60 * 60 * 1000
CHECK_MS = 600_000
SECOND_MS = 1_000


def keep_alive(group: GroupHarness, name: str, for_ms: int, every_ms: int = 1_000_000) -> None:
    for _ in range(for_ms // every_ms):
        group.advance(every_ms)
        assert group.heartbeat(name) is ErrorCode.NONE


async def test_offsets_of_an_empty_group_expire_a_week_after_it_became_empty(group: GroupHarness) -> None:
    group.settle("a", session_ms=1_800_000)
    group.commit(1, name="a", topic="other")
    keep_alive(group, "a", 3 * DAY_MS)
    group.leave("a")
    group.advance(7 * DAY_MS - SECOND_MS)
    assert group.fetch("other") == 1
    group.advance(SECOND_MS + CHECK_MS)
    assert group.fetch("other") is None
    assert group.state == "Dead"


async def test_offsets_of_somebody_outside_of_a_group_expire_by_their_own_age(group: GroupHarness) -> None:
    group.commit(1)
    group.advance(DAY_MS)
    group.commit(2, partition=1)
    group.advance(6 * DAY_MS + CHECK_MS)
    assert (group.fetch(), group.fetch(partition=1)) == (None, 2)
    assert group.state == "Empty"
    group.advance(DAY_MS)
    assert group.state == "Dead"


async def test_a_commit_renews_the_offset(group: GroupHarness) -> None:
    for offset in range(4):
        group.commit(offset)
        group.advance(5 * DAY_MS)
    assert group.fetch() == 3


async def test_offsets_of_topics_that_a_stable_group_reads_never_expire(group: GroupHarness) -> None:
    group.settle("a", topics=["topic"], session_ms=1_800_000)
    group.commit(1, name="a", topic="topic")
    group.commit(1, name="a", topic="other")
    keep_alive(group, "a", 8 * DAY_MS)
    assert (group.fetch("topic"), group.fetch("other")) == (1, None)


async def test_what_a_group_reads_may_be_unknown_and_then_nothing_expires(group: GroupHarness) -> None:
    group.settle("a", protocols={"range": b"?"}, session_ms=1_800_000)
    group.commit(1, name="a")
    keep_alive(group, "a", 8 * DAY_MS)
    assert group.fetch() == 1


async def test_offsets_of_a_running_group_of_another_kind_never_expire(group: GroupHarness) -> None:
    group.settle("a", protocol_type="connect", session_ms=1_800_000)
    group.commit(1, name="a")
    keep_alive(group, "a", 8 * DAY_MS)
    assert group.fetch() == 1


async def test_a_retention_that_the_client_asked_for_counts_instead(group: GroupHarness) -> None:
    group.commit(1, retention_ms=CHECK_MS)
    group.commit(2, partition=1, retention_ms=30 * DAY_MS)
    group.commit(3, partition=2, retention_ms=-2)
    assert group.fetch(partition=2) == 3
    group.advance(CHECK_MS)
    assert (group.fetch(), group.fetch(partition=2)) == (None, None)
    group.advance(20 * DAY_MS)
    assert group.fetch(partition=1) == 2


async def test_an_empty_group_without_offsets_goes_at_the_next_check(group: GroupHarness) -> None:
    group.settle("a", session_ms=1_800_000)
    group.advance(CHECK_MS)
    assert group.state == "Stable"
    group.leave("a")
    group.advance(CHECK_MS)
    assert group.state == "Dead"
    assert group.records[-1][1] is None


async def test_an_id_given_out_does_not_keep_an_empty_group(group: GroupHarness) -> None:
    group.join("a", must_know_its_id=True, session_ms=1_800_000)
    group.advance(CHECK_MS)
    assert group.state == "Dead"
    assert group.join("a", must_know_its_id=True).code is ErrorCode.UNKNOWN_MEMBER_ID
    group.advance(1_800_000)


async def test_the_check_goes_on_after_the_log_refused_it(group: GroupHarness) -> None:
    group.commit(1, retention_ms=1)
    group.log.refuses = KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS)
    group.advance(CHECK_MS)
    assert group.fetch() == 1
    group.log.refuses = None
    group.advance(CHECK_MS)
    assert group.fetch() is None


async def test_the_check_goes_on_after_a_restart(group: GroupHarness) -> None:
    group.commit(1)
    group.advance(3 * DAY_MS)
    group.load()
    group.advance(5 * DAY_MS)
    assert group.fetch() is None
