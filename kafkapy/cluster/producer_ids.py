"""Producer ids: unique for ever, handed out in blocks of 1,000 that the metadata log remembers (KIP-730).

A restart leaves the rest of a block unused, as in Kafka.
"""

from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.metadata import Metadata
from kafkapy.cluster.record_types import ProducerIdsRecord
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

BLOCK_SIZE = 1_000
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
    """This broker's ids: the rest of its block, and the next block when that is used up."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._block = iter(range(0))

    def next_id(self, now_ms: int) -> int:
        """An id that nobody got before; KafkaError if no block can be had."""
        for producer_id in self._block:
            return producer_id
        metadata = self._metadata
        first = metadata.image.next_producer_id
        metadata.commit([take_block(metadata.image, metadata.node_id, metadata.broker_epoch)], now_ms)
        self._block = iter(range(first + 1, first + BLOCK_SIZE))
        return first
