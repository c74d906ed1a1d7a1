"""Value of control records of type 4: the last record of a metadata snapshot (KIP-630)."""

from kafkapy.protocol.schema import int16, message


@message(valid="0", flexible="0+")
class SnapshotFooterRecord:
    version: int = int16()
