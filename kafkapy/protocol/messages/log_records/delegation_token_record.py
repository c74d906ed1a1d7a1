"""DelegationTokenRecord (type 10 of `__cluster_metadata`): adds or replaces a delegation token."""

from kafkapy.protocol.schema import array, int64, message, string


@message(key=10, valid="0", flexible="0+")
class DelegationTokenRecord:
    owner: str = string()
    requester: str = string()
    renewers: list[str] = array(string)
    issue_timestamp: int = int64()
    max_timestamp: int = int64()
    expiration_timestamp: int = int64()
    token_id: str = string()
