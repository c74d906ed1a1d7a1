"""What administrators are told of transactional ids."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from kafkapy.coordinator.transaction.metadata import TransactionMetadata
from kafkapy.coordinator.transaction.states import STATES_BY_TEXT, TransactionState


class TransactionListing(NamedTuple):
    """One line of a list."""

    transactional_id: str
    producer_id: int
    state: TransactionState


class TransactionFilter:
    """Which ids to list; nothing given means all.

    states           as texts; those that do not exist are in `unknown_states`, and none is in them
    longer_than_ms   transactions that have been running for longer; negative means all, and an id that never
                     began one passes
    matches          whether an id is wanted
    """

    def __init__(
        self,
        *,
        states: Collection[str] = (),
        producer_ids: Collection[int] = (),
        longer_than_ms: int = -1,
        matches: Callable[[str], object] | None = None,
    ) -> None:
        self.unknown_states = [text for text in states if text not in STATES_BY_TEXT]
        self._states = {STATES_BY_TEXT[text] for text in states if text in STATES_BY_TEXT} if states else None
        self._producer_ids = frozenset(producer_ids)
        self._longer_than_ms = longer_than_ms
        self._matches = matches

    def takes(self, transactional_id: str, stored: TransactionMetadata, now_ms: int) -> bool:
        if self._producer_ids and stored.producer_id not in self._producer_ids:
            return False
        if self._states is not None and stored.state not in self._states:
            return False
        if self._longer_than_ms >= 0 and now_ms - stored.start_ms <= self._longer_than_ms:
            return False
        return self._matches is None or bool(self._matches(transactional_id))
