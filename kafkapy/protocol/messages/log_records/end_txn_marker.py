"""Value of control records of type 0 (abort) and 1 (commit), behind an int16 version (KIP-98)."""

from kafkapy.protocol.schema import int32, message


@message(valid="0")
class EndTxnMarker:
    coordinator_epoch: int = int32()
