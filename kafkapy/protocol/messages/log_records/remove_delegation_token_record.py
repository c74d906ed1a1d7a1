"""RemoveDelegationTokenRecord (type 26 of `__cluster_metadata`): removes a delegation token."""

from kafkapy.protocol.schema import message, string


@message(key=26, valid="0", flexible="0+")
class RemoveDelegationTokenRecord:
    token_id: str = string()
