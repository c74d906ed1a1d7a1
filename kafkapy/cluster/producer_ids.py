"""Producer ids: unique for ever, handed out in blocks of 1,000 that the metadata log remembers (KIP-730).

A restart leaves the rest of a block unused, as in Kafka.
"""

from collections.abc import Callable

from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.metadata import Metadata
from kafkapy.cluster.record_types import ProducerIdsRecord
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

BLOCK_SIZE = 1_000
FETCHED_EARLY = BLOCK_SIZE // 10
_LARGEST = 2**63 - 1


def take_block(image: ClusterImage, broker_id: int, broker_epoch: int) -> ProducerIdsRecord:
    """The record that takes the ids from `image.next_producer_id` on for one broker."""
    if image.next_producer_id > _LARGEST - BLOCK_SIZE:
        raise KafkaError(
            ErrorCode.UNKNOWN_SERVER_ERROR,
            "Exhausted all producerIds as the next block's end producerId has exceeded the int64 type limit",
        )
    return ProducerIdsRecord(
        broker_id=broker_id,
        broker_epoch=broker_epoch,
        next_producer_id=image.next_producer_id + BLOCK_SIZE,
    )


class ProducerIds:
    """This broker's ids: the rest of its block, and the next block, which is taken before that is used up."""

    def __init__(self, metadata: Metadata, is_kept: Callable[[int], bool] = lambda _: True) -> None:
        """`is_kept`: whether everything below an offset of the metadata log is there for certain. An id of a
        block that could still be lost would be handed out twice.
        """
        self._metadata = metadata
        self._is_kept = is_kept
        self._block = range(0)
        self._next_block = range(0)
        self._kept_with = 0

    def next_id(self, now_ms: int) -> int:
        """An id that nobody got before. KafkaError if no block can be had, COORDINATOR_LOAD_IN_PROGRESS if
        not yet.
        """
        if len(self._block) <= FETCHED_EARLY and not self._next_block:
            self.take_block(now_ms)
        if not self._block:
            if not self._is_kept(self._kept_with):
                raise KafkaError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
            self._block, self._next_block = self._next_block, range(0)
        producer_id = self._block[0]
        self._block = self._block[1:]
        return producer_id

    def take_block(self, now_ms: int) -> None:
        """Have the metadata log remember the next block."""
        metadata = self._metadata
        first = metadata.image.next_producer_id
        metadata.commit([take_block(metadata.image, metadata.node_id, metadata.broker_epoch)], now_ms)
        self._next_block = range(first, first + BLOCK_SIZE)
        self._kept_with = metadata.end_offset
