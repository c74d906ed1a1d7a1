"""RemoveUserScramCredentialRecord (type 22 of `__cluster_metadata`): removes a SCRAM credential."""

from kafkapy.protocol.schema import int8, message, string


@message(key=22, valid="0", flexible="0+")
class RemoveUserScramCredentialRecord:
    name: str = string()
    mechanism: int = int8()
