"""Proofs that a coordinator knows of the transaction that is about to start in a partition (KIP-890).

The broker asks the coordinator before it appends the first transactional batch of a producer, and shows the
log, with the batch, the `Verification` that the log gave it before asking. A late batch of a transaction
that has ended has none. Source: Kafka's `VerificationStateEntry`.
"""

from dataclasses import dataclass

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader


@dataclass(slots=True, eq=False)
class Verification:
    """One question to a coordinator, first asked at `started_ms`; the object itself is the proof."""

    epoch: int
    lowest_sequence: int
    bumps_epoch: bool
    """Whether the producer has a new epoch, and so counts from 0, in every transaction."""
    started_ms: int


class Verifications:
    """The questions that are open, by producer id."""

    __slots__ = ("_by_producer",)

    def __init__(self) -> None:
        self._by_producer: dict[int, Verification] = {}

    def start(self, header: BatchHeader, bumps_epoch: bool, now_ms: int) -> Verification:
        """A new question, or the one that is open already: retries of a batch share it."""
        epoch, sequence = header.producer_epoch, header.base_sequence
        found = self._by_producer.get(header.producer_id)
        if found is None:
            found = Verification(epoch, sequence, bumps_epoch, now_ms)
            self._by_producer[header.producer_id] = found
        elif epoch > found.epoch:
            found.epoch, found.lowest_sequence = epoch, sequence
        elif epoch == found.epoch:
            found.lowest_sequence = min(found.lowest_sequence, sequence)
        return found

    def check(
        self,
        header: BatchHeader,
        shown: Verification | None,
        is_known: bool,
        from_client: bool,
        partition: str,
    ) -> None:
        """For a transactional batch of a producer without an open transaction here.

        KafkaError: INVALID_TXN_STATE without proof, OUT_OF_ORDER_SEQUENCE_NUMBER if an earlier batch of the
        transaction is still to come. `is_known`: the log remembers the producer.
        """
        found = self._by_producer.get(header.producer_id)
        if shown is None or shown is not found:
            raise KafkaError(ErrorCode.INVALID_TXN_STATE, "Record was not part of an ongoing transaction")
        first = header.base_sequence
        if from_client and (first > found.lowest_sequence or (found.bumps_epoch and first and not is_known)):
            raise KafkaError(
                ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                f"Out of order sequence number for producer {header.producer_id} in partition {partition}: "
                f"{first} (incoming seq. number), {found.lowest_sequence} (earliest seen sequence)",
            )

    def withdraw(self, producer_id: int, refused: Verification) -> None:
        """The coordinator has refused for good: the batch says nothing about the order of those to come."""
        if self._by_producer.get(producer_id) is refused:
            del self._by_producer[producer_id]

    def end(self, producer_id: int) -> None:
        """The producer's transaction has started, or ended."""
        self._by_producer.pop(producer_id, None)

    def expire(self, now_ms: int, expiration_ms: int) -> None:
        for producer_id, open_since in list(self._by_producer.items()):
            if now_ms - open_since.started_ms >= expiration_ms:
                del self._by_producer[producer_id]

    def clear(self) -> None:
        self._by_producer.clear()
