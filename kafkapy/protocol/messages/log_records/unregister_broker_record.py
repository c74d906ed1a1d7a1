"""UnregisterBrokerRecord (type 1 of `__cluster_metadata`): forgets a broker."""

from kafkapy.protocol.schema import int32, int64, message


@message(key=1, valid="0", flexible="0+")
class UnregisterBrokerRecord:
    broker_id: int = int32()
    broker_epoch: int = int64()
