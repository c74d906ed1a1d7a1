"""ProducerIdsRecord (type 15 of `__cluster_metadata`): how far blocks of producer ids were handed out."""

from kafkapy.protocol.schema import int32, int64, message


@message(key=15, valid="0", flexible="0+")
class ProducerIdsRecord:
    broker_id: int = int32()
    broker_epoch: int = int64(default=-1)
    next_producer_id: int = int64()
