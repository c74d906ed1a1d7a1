"""The producers' part of an append: may these batches be written, and what changes when they are?"""

from collections.abc import Sequence

from kafkapy.records.batch import BatchHeader
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.placement import Placed
from kafkapy.storage.producer_append import DuplicateBatch, ProducerUpdate
from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.producer_verification import Verification


def check_producers(
    producers: ProducerStates,
    buffer: bytearray | memoryview,
    headers: Sequence[BatchHeader],
    placed: Sequence[Placed],
    origin: AppendOrigin,
    verification: Verification | None,
    transaction_version: int,
) -> list[ProducerUpdate] | DuplicateBatch:
    """The updates to commit once the batches are written, none for batches without a producer.

    A batch that is in the log already ends the append. KafkaError refuses it; nothing has changed then.
    """
    updates = []
    position = 0
    for header, (last_offset, _, size) in zip(headers, placed, strict=True):
        if header.producer_id >= 0:
            update = producers.check(
                header,
                last_offset - header.last_offset_delta,
                origin=origin,
                batch=memoryview(buffer)[position : position + size],
                verification=verification,
                transaction_version=transaction_version,
            )
            if isinstance(update, DuplicateBatch):
                return update
            if update is not None:
                updates.append(update)
        position += size
    return updates
