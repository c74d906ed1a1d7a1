"""Incremental fetch sessions (KIP-227): the broker remembers what a consumer fetches and answers only what
changed.

A session belongs to one client and remembers its partitions in order; one that returned data moves to the
end, so that a small byte limit cannot starve the others. Followers' privileged sessions are not supported:
nothing follows a single broker.
"""

import random
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kafkapy.broker.fetch_partition import FetchedPartition, PartitionKey, WantedPartition
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

NO_SESSION = 0
INITIAL_EPOCH = 0
FINAL_EPOCH = -1
MAX_EPOCH = 2**31 - 1
EVICTION_MS = 120_000


class SessionRequest(NamedTuple):
    """The session part of a Fetch request; `uses_topic_ids` from version 13 on."""

    session_id: int
    session_epoch: int
    uses_topic_ids: bool
    partitions: Sequence[WantedPartition]
    forgotten: Iterable[PartitionKey]


class FetchSession:
    """What one client fetches, in the order in which it is served."""

    __slots__ = ("created_ms", "epoch", "partitions", "session_id", "uses_topic_ids")

    def __init__(self, session_id: int, uses_topic_ids: bool, created_ms: int) -> None:
        self.session_id = session_id
        self.uses_topic_ids = uses_topic_ids
        self.created_ms = created_ms
        self.epoch = 1
        self.partitions: dict[PartitionKey, WantedPartition] = {}

    def update(self, partitions: Iterable[WantedPartition], forgotten: Iterable[PartitionKey]) -> None:
        """Apply an incremental request: additions and changes keep what was last sent, forgotten ones go."""
        for wanted in partitions:
            key = wanted.key
            known = self.partitions.get(key)
            if known is not None:
                wanted.sent_high_watermark = known.sent_high_watermark
                wanted.sent_log_start_offset = known.sent_log_start_offset
            self.partitions[key] = wanted
        for key in forgotten:
            self.partitions.pop(key, None)

    def changed(self, fetched: FetchedPartition) -> bool:
        """Whether the client must be told of this answer; remembers what it is told."""
        wanted = fetched.wanted
        must_answer = (
            fetched.high_watermark != wanted.sent_high_watermark
            or fetched.log_start_offset != wanted.sent_log_start_offset
            or fetched.error_code is not ErrorCode.NONE
            or fetched.diverging_epoch is not None
            or len(fetched.records) > 0
        )
        if must_answer:
            wanted.sent_high_watermark = fetched.high_watermark
            wanted.sent_log_start_offset = fetched.log_start_offset
            if fetched.records:
                key = wanted.key
                self.partitions[key] = self.partitions.pop(key)
        return must_answer


class FetchPlan(NamedTuple):
    """What to read for one request, and the session that will remember the answer (None: no session)."""

    partitions: Sequence[WantedPartition]
    session: FetchSession | None = None
    wants_session: bool = False
    uses_topic_ids: bool = False


class FetchSessions:
    """The broker's cache of sessions, least recently used first; at most `slots` of them."""

    def __init__(self, slots: int, chance: random.Random) -> None:
        self._slots = slots
        self._chance = chance
        self._sessions: OrderedDict[int, tuple[FetchSession, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, request: SessionRequest, now_ms: int) -> FetchPlan:
        """Find out what a request wants; KafkaError when it
        names a session that is not (or no longer) as it says.
        """
        if request.session_epoch in (INITIAL_EPOCH, FINAL_EPOCH):
            self._sessions.pop(request.session_id, None)
            wants_session = request.session_epoch == INITIAL_EPOCH
            return FetchPlan(_last_of_each(request), None, wants_session, request.uses_topic_ids)
        session, _ = self._sessions.get(request.session_id, (None, 0))
        if session is None:
            raise KafkaError(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
        if session.epoch != request.session_epoch:
            raise KafkaError(ErrorCode.INVALID_FETCH_SESSION_EPOCH)
        if session.uses_topic_ids != request.uses_topic_ids:
            raise KafkaError(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
        session.update(request.partitions, request.forgotten)
        if not session.partitions:
            del self._sessions[session.session_id]
            return FetchPlan(())
        session.epoch = 1 if session.epoch == MAX_EPOCH else session.epoch + 1
        self._sessions[session.session_id] = (session, now_ms)
        self._sessions.move_to_end(session.session_id)
        return FetchPlan(list(session.partitions.values()), session)

    def answer(
        self, plan: FetchPlan, fetched: list[FetchedPartition], now_ms: int
    ) -> tuple[int, list[FetchedPartition]]:
        """The session id for the response, and the partitions that belong into it."""
        if plan.session is not None:
            session = plan.session
            return session.session_id, [answer for answer in fetched if session.changed(answer)]
        if not plan.wants_session or not self._has_room_for(len(fetched), now_ms):
            return NO_SESSION, fetched
        session = FetchSession(self._new_id(), plan.uses_topic_ids, now_ms)
        session.update([answer.wanted for answer in fetched], ())
        for answer in fetched:
            session.changed(answer)
        self._sessions[session.session_id] = (session, now_ms)
        return session.session_id, fetched

    def _new_id(self) -> int:
        while True:
            session_id = self._chance.randrange(1, 2**31)
            if session_id not in self._sessions:
                return session_id

    def _has_room_for(self, size: int, now_ms: int) -> bool:
        """Make room when full: an idle session goes first,
        else an old one that is smaller than the newcomer.
        """
        if len(self._sessions) < self._slots:
            return True
        if not self._sessions:
            return False
        oldest, used_ms = next(iter(self._sessions.values()))
        if now_ms - used_ms > EVICTION_MS:
            del self._sessions[oldest.session_id]
            return True
        settled = [s for s, _ in self._sessions.values() if now_ms - s.created_ms >= EVICTION_MS]
        smallest = min(settled, key=lambda session: len(session.partitions), default=None)
        if smallest is None or len(smallest.partitions) >= size:
            return False
        del self._sessions[smallest.session_id]
        return True


def _last_of_each(request: SessionRequest) -> list[WantedPartition]:
    """The request's partitions in order; where one is named twice, the last mention counts."""
    keyed: dict[PartitionKey, WantedPartition] = {}
    for wanted in request.partitions:
        keyed[wanted.key] = wanted
    return list(keyed.values())
