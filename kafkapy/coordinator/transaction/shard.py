"""The transactional ids of one partition of `__transaction_state`: commands by id, and replay of its records.

A transaction ends in three steps: the outcome is stored (prepared), every partition gets its marker, and that
all have it is stored (completed). The steps follow each other at once, each when the one before is committed;
after a crash, or when a partition does not take its marker, the second is repeated until it succeeds.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from kafkapy.coordinator.decision import Decision, Effect, Record, SetTimer, WhenCommitted, WhenTold
from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.transaction.describe import TransactionFilter, TransactionListing
from kafkapy.coordinator.transaction.end import EndStep, check_end, check_end_with_bump
from kafkapy.coordinator.transaction.environment import Marker, TransactionEnvironment
from kafkapy.coordinator.transaction.initialize import check_expected, needs_new_producer_id, next_epoch
from kafkapy.coordinator.transaction.metadata import (
    EPOCH_BUMPED,
    LARGEST_EPOCH,
    NO_EPOCH,
    NO_PRODUCER_ID,
    TopicPartition,
    TransactionMetadata,
)
from kafkapy.coordinator.transaction.records import (
    RECORDS,
    stored_transaction,
    transaction_record,
    transaction_tombstone,
)
from kafkapy.coordinator.transaction.settings import TransactionSettings
from kafkapy.coordinator.transaction.states import TransactionState
from kafkapy.coordinator.transaction.transactional_id import TransactionalId
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.log_records.framing import UnknownRecordType
from kafkapy.protocol.messages.log_records.transaction_log import TransactionLogKey


class TransactionShard:
    """Implements `kafkapy.coordinator.runtime.Shard`. Hard state: `stored` of each id."""

    def __init__(self, settings: TransactionSettings, environment: TransactionEnvironment) -> None:
        self.settings = settings
        self.ids: dict[str, TransactionalId] = {}
        self._environment = environment
        self._loaded_ms = 0

    # -- the producer --------------------------------------------------------------------------------------

    def initialize(
        self, name: str, timeout_ms: int, expected: ProducerIdentity | None, now_ms: int
    ) -> Decision[ProducerIdentity | KafkaError]:
        """Who the producer is from now on. An open transaction is aborted first: the producer has to come
        again, and is told CONCURRENT_TRANSACTIONS.
        """
        known = self.ids.get(name)
        if known is None:
            identity = ProducerIdentity(self._environment.new_producer_id(), 0)
            stored = TransactionMetadata(
                producer_id=identity.producer_id,
                epoch=0,
                timeout_ms=timeout_ms,
                state=TransactionState.EMPTY,
                last_update_ms=now_ms,
                previous_producer_id=identity.producer_id,
            )
            return self._store(name, stored, identity, NO_EPOCH)
        check_expected(known, expected)
        if known.stored.state.is_prepared:
            raise KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
        if known.is_open:
            return self._fence(known, now_ms, KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS))
        if needs_new_producer_id(known.stored, expected):
            identity = ProducerIdentity(self._environment.new_producer_id(), 0)
            last_epoch = NO_EPOCH if expected is None else known.stored.epoch
        else:
            epoch, last_epoch = next_epoch(known, expected)
            identity = ProducerIdentity(known.stored.producer_id, epoch)
        return self._store(name, known.stored.initialized(identity, timeout_ms, now_ms), identity, last_epoch)

    # -- its partitions ------------------------------------------------------------------------------------

    def add_partitions(
        self,
        name: str,
        producer: ProducerIdentity,
        partitions: Sequence[TopicPartition],
        client_version: int,
        now_ms: int,
    ) -> Decision[None]:
        """The transaction may write to them from now on; the first ones begin it."""
        known = self._known(name)
        known.check_producer(producer)
        stored = known.stored
        if known.is_open and set(partitions) <= set(stored.partitions):
            return Decision()
        return self._store(
            name, stored.with_partitions(partitions, client_version, now_ms), None, known.last_epoch
        )

    def verify_partitions(
        self, name: str, producer: ProducerIdentity, partitions: Sequence[TopicPartition]
    ) -> Decision[list[ErrorCode]]:
        """For each partition NONE, or TRANSACTION_ABORTABLE if it was not added to the transaction."""
        known = self._known(name)
        known.check_producer(producer)
        added = set(known.stored.partitions)
        return Decision(
            [ErrorCode.NONE if each in added else ErrorCode.TRANSACTION_ABORTABLE for each in partitions]
        )

    # -- its end -------------------------------------------------------------------------------------------

    def end(
        self, name: str, producer: ProducerIdentity, *, commit: bool, client_version: int, now_ms: int
    ) -> Decision[ProducerIdentity]:
        """Who the producer is in its next transaction."""
        known = self._known(name)
        bumps = client_version >= EPOCH_BUMPED
        step = (check_end_with_bump if bumps else check_end)(known.stored, producer, commit=commit)
        if step is EndStep.DONE_BEFORE:
            return Decision(ProducerIdentity(known.stored.producer_id, known.stored.epoch))
        if bumps:
            stored = self._bumped(known.stored, commit, client_version, now_ms)
            return self._prepare(known, stored, stored.next_identity, known.stored.epoch)
        stored = known.stored.prepared(
            commit=commit,
            epoch=known.stored.epoch,
            client_version=client_version,
            next_producer_id=NO_PRODUCER_ID,
            now_ms=now_ms,
        )
        return self._prepare(known, stored, stored.next_identity, known.last_epoch)

    def _bumped(
        self, stored: TransactionMetadata, commit: bool, client_version: int, now_ms: int
    ) -> TransactionMetadata:
        new_id = self._environment.new_producer_id() if stored.is_epoch_exhausted else NO_PRODUCER_ID
        return stored.prepared(
            commit=commit,
            epoch=min(stored.epoch + 1, LARGEST_EPOCH),
            client_version=client_version,
            next_producer_id=new_id,
            now_ms=now_ms,
        )

    def _prepare(
        self, known: TransactionalId, stored: TransactionMetadata, reply: Any, last_epoch: int
    ) -> Decision[Any]:
        """The outcome is in the log: from here on nothing changes it."""
        markers = WhenCommitted(partial(self.write_markers, known.name))
        return self._store(known.name, stored, reply, last_epoch, [markers])

    def _fence(self, known: TransactionalId, now_ms: int, reply: Any) -> Decision[Any]:
        """Abort with an epoch that its producer has not, so that it can do no more in the transaction."""
        stored = known.stored
        version = self._environment.transaction_version()
        if version >= EPOCH_BUMPED:
            return self._prepare(known, self._bumped(stored, False, version, now_ms), reply, stored.epoch)
        fenced = stored.prepared(
            commit=False,
            epoch=min(stored.epoch + 1, LARGEST_EPOCH),
            client_version=0,
            next_producer_id=NO_PRODUCER_ID,
            now_ms=now_ms,
        )
        return self._prepare(known, fenced, reply, NO_EPOCH)

    def write_markers(self, name: str, now_ms: int) -> Decision[None]:
        """Tell the partitions of a prepared transaction, and complete it when all of them know."""
        known = self.ids.get(name)
        if known is None or not known.stored.state.is_prepared:
            return Decision()
        stored = known.stored
        producer = ProducerIdentity(stored.producer_id, stored.epoch)
        is_commit = stored.state is TransactionState.PREPARE_COMMIT
        version = stored.client_version
        known.unmarked = tuple(
            (topic, index)
            for topic, index in (stored.partitions if known.unmarked is None else known.unmarked)
            if not self._environment.write_marker(Marker(name, producer, is_commit, version, topic, index))
        )
        if known.unmarked:
            return self._write_markers_again(name)
        ask = partial(self._environment.when_markers_kept, stored.partitions)
        return Decision(effects=[WhenTold(ask, partial(self._complete, name))])

    def _complete(self, name: str, are_markers_kept: bool, now_ms: int) -> Decision[None]:
        """The end of a prepared transaction; not before all of its markers are there for good."""
        known = self.ids.get(name)
        if known is None or not known.stored.state.is_prepared:
            return Decision()
        if not are_markers_kept:
            known.unmarked = None
            return self._write_markers_again(name)
        decision: Decision[None] = self._store(name, known.stored.completed(now_ms), None, known.last_epoch)
        decision.refused = lambda _: self._write_markers_again(name)
        return decision

    def _write_markers_again(self, name: str) -> Decision[None]:
        retry = SetTimer(("markers", name), self.settings.marker_retry_ms, partial(self.write_markers, name))
        return Decision(effects=[retry])

    # -- time ----------------------------------------------------------------------------------------------

    def abort_timed_out(self, now_ms: int) -> Decision[None]:
        """Abort what has been open for too long, each on its own, and look again later."""
        return Decision(
            effects=[
                SetTimer(("timeouts",), self.settings.timeout_check_interval_ms, self.abort_timed_out),
                *(
                    WhenCommitted(partial(self._time_out, known.name))
                    for known in self.ids.values()
                    if self._is_timed_out(known, now_ms)
                ),
            ]
        )

    def _time_out(self, name: str, now_ms: int) -> Decision[None]:
        known = self.ids.get(name)
        if known is None or not self._is_timed_out(known, now_ms):
            return Decision()
        return self._fence(known, now_ms, None)

    def _is_timed_out(self, known: TransactionalId, now_ms: int) -> bool:
        """Time in which nobody could reach the coordinator does not
        count: it is given all of its time again when that is back.
        """
        started_ms = max(known.stored.start_ms, self._loaded_ms)
        return known.is_open and started_ms + known.stored.timeout_ms < now_ms

    def expire(self, now_ms: int) -> Decision[None]:
        """Forget the ids that have not been used for long, and look again later."""
        later = SetTimer(("expire",), self.settings.expiration_check_interval_ms, self.expire)
        return Decision(effects=[later], then=lambda: self._expired(now_ms))

    def _expired(self, now_ms: int) -> Decision[None]:
        oldest_ms = now_ms - self.settings.id_expiration_ms
        return Decision(
            records=[
                transaction_tombstone(known.name)
                for known in self.ids.values()
                if known.stored.state.is_idle and known.stored.last_update_ms <= oldest_ms
            ],
            atomic=False,
        )

    # -- administration ------------------------------------------------------------------------------------

    def describe(self, name: str) -> Decision[TransactionMetadata]:
        known = self.ids.get(name)
        if known is None:
            raise KafkaError(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND)
        return Decision(known.stored)

    def listings(self, wanted: TransactionFilter, now_ms: int) -> Decision[list[TransactionListing]]:
        return Decision(
            [
                TransactionListing(known.name, known.stored.producer_id, known.stored.state)
                for known in self.ids.values()
                if wanted.takes(known.name, known.stored, now_ms)
            ]
        )

    # -- records -------------------------------------------------------------------------------------------

    def _known(self, name: str) -> TransactionalId:
        known = self.ids.get(name)
        if known is None:
            raise KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
        return known

    def _store(
        self,
        name: str,
        stored: TransactionMetadata,
        reply: Any,
        last_epoch: int,
        effects: Sequence[Effect] = (),
    ) -> Decision[Any]:
        """One record; what the log does not keep of the step is remembered once that is in it."""

        def remember() -> Decision[Any]:
            known = self.ids[name]
            known.last_epoch = last_epoch
            known.unmarked = None
            return Decision(reply, effects=list(effects))

        version = min(self._environment.transaction_version(), 1)
        return Decision(reply, records=[transaction_record(name, stored, version)], then=remember)

    def decode(self, key: bytes, value: bytes | None) -> Record | None:
        """None for what a newer broker has written."""
        try:
            return Record(*RECORDS.decode(key, value))
        except UnknownRecordType:
            return None

    def replay(self, record: Record, offset: int, producer_id: int) -> None:
        key: TransactionLogKey = record.key
        if record.value is None:
            self.ids.pop(key.transactional_id, None)
            return
        stored = stored_transaction(record.value)
        known = self.ids.get(key.transactional_id)
        if known is None:
            self.ids[key.transactional_id] = TransactionalId(key.transactional_id, stored)
        else:
            known.stored = stored

    def end_transaction(self, producer_id: int, *, commit: bool) -> None:
        """Its own log has no transactions."""

    def on_loaded(self, now_ms: int) -> Decision[None]:
        """Finish what was decided."""
        self._loaded_ms = now_ms
        settings = self.settings
        return Decision(
            effects=[
                SetTimer(("timeouts",), settings.timeout_check_interval_ms, self.abort_timed_out),
                SetTimer(("expire",), settings.expiration_check_interval_ms, self.expire),
                *(
                    WhenCommitted(partial(self.write_markers, known.name))
                    for known in self.ids.values()
                    if known.stored.state.is_prepared
                ),
            ]
        )
