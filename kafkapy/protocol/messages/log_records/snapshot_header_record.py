"""Value of control records of type 3: the first record of a metadata snapshot (KIP-630)."""

from kafkapy.protocol.schema import int16, int64, message


@message(valid="0", flexible="0+")
class SnapshotHeaderRecord:
    version: int = int16()
    last_contained_log_timestamp: int = int64()
