"""UnfenceBrokerRecord (type 8 of `__cluster_metadata`): unfences
a broker; superseded by BrokerRegistrationChangeRecord.
"""

from kafkapy.protocol.schema import int32, int64, message


@message(key=8, valid="0", flexible="0+")
class UnfenceBrokerRecord:
    id: int = int32()
    epoch: int = int64()
