"""UserScramCredentialRecord (type 11 of `__cluster_metadata`): sets a SCRAM credential."""

from kafkapy.protocol.schema import bytes_, int8, int32, message, string


@message(key=11, valid="0", flexible="0+")
class UserScramCredentialRecord:
    name: str = string()
    mechanism: int = int8()
    salt: bytes = bytes_()
    stored_key: bytes = bytes_()
    server_key: bytes = bytes_()
    iterations: int = int32()
