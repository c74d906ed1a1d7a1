"""Whether a partition belongs to the transaction that is about to write to it (KIP-890).

Asked once per transaction and partition, before its first batch there: a batch that comes after its
transaction has ended is not let in. Clients of transaction version 2 leave it to the broker to add the
partition; those before have added it themselves, which is verified.
"""

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from kafkapy.broker.partition import Partition
from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.runtime import settled
from kafkapy.coordinator.transaction.metadata import EPOCH_BUMPED
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader
from kafkapy.storage.producer_verification import Verification

if TYPE_CHECKING:
    from kafkapy.broker.broker import Broker


class Enlisting(Enum):
    """What a client's request version says of how its partitions get into its transaction."""

    BEFORE_ABORTABLE = "it has added them, and does not know TRANSACTION_ABORTABLE"
    BY_CLIENT = "it has added them"
    BY_BROKER = "the broker adds them"


class Proof(NamedTuple):
    """The answer: a verification to show to the log (None: it needs none), or a refusal."""

    verification: Verification | None = None
    refusal: KafkaError | None = None


async def prove_membership(
    broker: "Broker",
    transactional_id: str,
    producer: ProducerIdentity,
    batches: Sequence[tuple[Partition, BatchHeader]],
    enlisting: Enlisting,
) -> dict[Partition, Proof]:
    """The proof for each partition, given the header of the batch that is to be written there."""
    proofs: dict[Partition, Proof] = {}
    now_ms = broker.clock.now_ms()
    is_added = enlisting is Enlisting.BY_BROKER
    verifies = is_added or broker.config.transaction_partition_verification_enable
    asked: list[Partition] = []
    for partition, header in batches:
        started = None
        if verifies:
            started = partition.log.producers.start_verification(header, bumps_epoch=is_added, now_ms=now_ms)
        proofs[partition] = Proof(started)
        if started is not None:
            asked.append(partition)
    if asked:
        codes = await _ask(broker, transactional_id, producer, asked, is_added)
        for partition, code in zip(asked, codes, strict=True):
            if code is ErrorCode.NONE:
                continue
            refused = proofs[partition].verification
            if refused is not None and not code.retriable:
                partition.log.producers.withdraw_verification(producer.producer_id, refused)
            proofs[partition] = Proof(refusal=_refusal(code, enlisting))
    return proofs


async def _ask(
    broker: "Broker",
    transactional_id: str,
    producer: ProducerIdentity,
    partitions: Sequence[Partition],
    is_added: bool,
) -> list[ErrorCode]:
    names = [(partition.topic, partition.index) for partition in partitions]
    try:
        if is_added:
            await settled(
                broker.transactions.add_partitions(
                    transactional_id, producer, names, client_version=EPOCH_BUMPED
                )
            )
            return [ErrorCode.NONE] * len(names)
        return await settled(broker.transactions.verify_partitions(transactional_id, producer, names))
    except KafkaError as refusal:
        return [refusal.code] * len(names)


def _refusal(code: ErrorCode, enlisting: Enlisting) -> KafkaError:
    """The coordinator's codes as producers know them."""
    if code is ErrorCode.PRODUCER_FENCED:
        return KafkaError(ErrorCode.INVALID_PRODUCER_EPOCH)
    if code is ErrorCode.TRANSACTION_ABORTABLE and enlisting is Enlisting.BEFORE_ABORTABLE:
        return KafkaError(ErrorCode.INVALID_TXN_STATE, "Partition was not added to the transaction")
    return KafkaError(code)
