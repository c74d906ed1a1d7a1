"""Value of control records of type 5: the version of the quorum protocol (KIP-853)."""

from kafkapy.protocol.schema import int16, message


@message(valid="0", flexible="0+")
class KRaftVersionRecord:
    version: int = int16()
    kraft_version: int = int16()
