"""RemoveRaftVoter (API key 81): removes a voter from the metadata quorum (KIP-853)."""

from kafkapy.protocol.schema import int16, int32, message, string, uuid


@message(key=81, valid="0", flexible="0+")
class RemoveRaftVoterRequest:
    cluster_id: str | None = string(nullable="0+")
    voter_id: int = int32()
    voter_directory_id: bytes = uuid()


@message(key=81, valid="0", flexible="0+")
class RemoveRaftVoterResponse:
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16(default=0)
    error_message: str | None = string(nullable="0+")
