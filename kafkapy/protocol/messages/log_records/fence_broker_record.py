"""FenceBrokerRecord (type 7 of `__cluster_metadata`): fences
a broker; superseded by BrokerRegistrationChangeRecord.
"""

from kafkapy.protocol.schema import int32, int64, message


@message(key=7, valid="0", flexible="0+")
class FenceBrokerRecord:
    id: int = int32()
    epoch: int = int64()
