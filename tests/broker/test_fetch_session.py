"""Fetch sessions as a client sees them: what it is told, what it is not, and what it may not do."""

import random
from collections.abc import Sequence

import pytest

from kafkapy.broker.fetch_partition import FetchedPartition, PartitionKey, WantedPartition
from kafkapy.broker.fetch_session import EVICTION_MS, MAX_EPOCH, FetchSessions, SessionRequest
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

ID = bytes(range(16))


def wanted(index: int, *, topic: str | None = "t", offset: int = 0) -> WantedPartition:
    return WantedPartition(topic, ID, index, offset, 1024)


def nothing_new(want: WantedPartition, high_watermark: int = 5) -> FetchedPartition:
    return FetchedPartition(want, high_watermark=high_watermark, log_start_offset=0)


class Client:
    """Sends one fetch after another and answers each partition with what `answers` holds."""

    def __init__(self, slots: int = 10) -> None:
        self.sessions = FetchSessions(slots, random.Random(1))
        self.now_ms = 0
        self.read: list[WantedPartition] = []

    def fetch(
        self,
        session_id: int,
        epoch: int,
        partitions: Sequence[WantedPartition] = (),
        forgotten: Sequence[PartitionKey] = (),
        *,
        by_id: bool = False,
        records: dict[int, bytes] | None = None,
        high_watermark: int = 5,
        error: dict[int, ErrorCode] | None = None,
    ) -> tuple[int, list[int]]:
        """The session id of the response, and the indexes of the partitions in it."""
        request = SessionRequest(session_id, epoch, by_id, partitions, forgotten)
        plan = self.sessions.open(request, self.now_ms)
        self.read = list(plan.partitions)
        fetched = []
        for want in plan.partitions:
            answer = nothing_new(want, high_watermark)._replace(records=(records or {}).get(want.index, b""))
            if error and want.index in error:
                answer = FetchedPartition(want, error[want.index])
            fetched.append(answer)
        answered_id, answers = self.sessions.answer(plan, fetched, self.now_ms)
        return answered_id, [answer.wanted.index for answer in answers]


def test_a_full_fetch_is_answered_whole_and_gets_a_session() -> None:
    client = Client()
    session_id, answered = client.fetch(0, 0, [wanted(0), wanted(1)])
    assert session_id > 0
    assert answered == [0, 1]


def test_a_fetch_without_session_stays_without_one() -> None:
    client = Client()
    assert client.fetch(0, -1, [wanted(0)]) == (0, [0])
    assert len(client.sessions) == 0


def test_an_incremental_fetch_reads_what_is_remembered_and_answers_only_what_changed() -> None:
    client = Client()
    session_id, _ = client.fetch(0, 0, [wanted(0), wanted(1)])
    assert client.fetch(session_id, 1) == (session_id, [])
    assert [want.index for want in client.read] == [0, 1]
    assert client.fetch(session_id, 2, records={1: b"x"}) == (session_id, [1])
    assert client.fetch(session_id, 3, high_watermark=6) == (session_id, [0, 1])


def test_a_partition_that_returned_data_moves_to_the_end() -> None:
    client = Client()
    session_id, _ = client.fetch(0, 0, [wanted(0), wanted(1)])
    client.fetch(session_id, 1, records={0: b"x"})
    client.fetch(session_id, 2)
    assert [want.index for want in client.read] == [1, 0]


def test_an_error_is_always_answered_and_so_is_what_follows_it() -> None:
    client = Client()
    session_id, _ = client.fetch(0, 0, [wanted(0)])
    refused = {0: ErrorCode.NOT_LEADER_OR_FOLLOWER}
    assert client.fetch(session_id, 1, error=refused) == (session_id, [0])
    assert client.fetch(session_id, 2, error=refused) == (session_id, [0])
    assert client.fetch(session_id, 3) == (session_id, [0])
    assert client.fetch(session_id, 4) == (session_id, [])


def test_partitions_are_added_changed_and_forgotten() -> None:
    client = Client()
    session_id, _ = client.fetch(0, 0, [wanted(0)])
    assert client.fetch(session_id, 1, [wanted(1)]) == (session_id, [1])
    assert client.fetch(session_id, 2, [wanted(0, offset=7)], [("t", 1)]) == (session_id, [])
    assert [(want.index, want.fetch_offset) for want in client.read] == [(0, 7)]


def test_a_session_without_partitions_ends() -> None:
    client = Client()
    session_id, _ = client.fetch(0, 0, [wanted(0)])
    assert client.fetch(session_id, 1, [], [("t", 0)]) == (0, [])
    assert len(client.sessions) == 0


def test_topic_ids_are_keys_of_their_own_and_do_not_mix_with_names() -> None:
    client = Client()
    session_id, _ = client.fetch(0, 0, [wanted(0, topic=None)], by_id=True)
    with pytest.raises(KafkaError) as refused:
        client.fetch(session_id, 1)
    assert refused.value.code is ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR
    assert client.fetch(session_id, 1, [], [(ID, 0)], by_id=True) == (0, [])


def test_unknown_sessions_and_wrong_epochs_are_refused() -> None:
    client = Client()
    with pytest.raises(KafkaError) as refused:
        client.fetch(77, 1)
    assert refused.value.code is ErrorCode.FETCH_SESSION_ID_NOT_FOUND
    session_id, _ = client.fetch(0, 0, [wanted(0)])
    with pytest.raises(KafkaError) as refused:
        client.fetch(session_id, 2)
    assert refused.value.code is ErrorCode.INVALID_FETCH_SESSION_EPOCH


def test_the_epoch_after_the_largest_is_one() -> None:
    client = Client()
    session_id, _ = client.fetch(0, 0, [wanted(0)])
    session, _ = client.sessions._sessions[session_id]
    session.epoch = MAX_EPOCH
    client.fetch(session_id, MAX_EPOCH)
    assert client.fetch(session_id, 1) == (session_id, [])


def test_naming_a_session_in_a_full_fetch_closes_it() -> None:
    client = Client()
    first, _ = client.fetch(0, 0, [wanted(0)])
    second, _ = client.fetch(first, 0, [wanted(0)])
    assert len(client.sessions) == 1
    assert client.fetch(second, -1, [wanted(0)]) == (0, [0])
    assert len(client.sessions) == 0


def test_the_last_of_two_mentions_counts() -> None:
    client = Client()
    client.fetch(0, 0, [wanted(0, offset=1), wanted(0, offset=2)])
    assert [want.fetch_offset for want in client.read] == [2]


def test_a_full_cache_gives_no_session_until_one_was_idle_for_two_minutes() -> None:
    client = Client(slots=1)
    first, _ = client.fetch(0, 0, [wanted(0)])
    assert client.fetch(0, 0, [wanted(0)])[0] == 0
    client.now_ms = EVICTION_MS + 1
    second, _ = client.fetch(0, 0, [wanted(0)])
    assert second not in (0, first)


def test_a_full_cache_prefers_larger_sessions_to_old_smaller_ones() -> None:
    client = Client(slots=1)
    first, _ = client.fetch(0, 0, [wanted(0)])
    client.now_ms = EVICTION_MS
    client.fetch(first, 1)
    assert client.fetch(0, 0, [wanted(0)])[0] == 0
    assert client.fetch(0, 0, [wanted(0), wanted(1)])[0] not in (0, first)
