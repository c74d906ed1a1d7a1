"""`quorum-state`: the file in which a voter remembers, across restarts, which quorum epoch it has seen.

Version 0 names the voters that the configuration gives (static quorum); version 1 belongs to quorums whose
voters are in the log (KIP-853). kafkapy keeps the version that it finds. Source: Kafka's
`FileQuorumStateStore`.
"""

import json
from dataclasses import dataclass

from kafkapy.protocol.uuid import ZERO_UUID, uuid_text


class DamagedQuorumState(ValueError):
    """The file is not what a voter writes."""


@dataclass(frozen=True, slots=True)
class QuorumState:
    """Who leads the metadata log in which epoch."""

    leader_id: int
    leader_epoch: int


def encode_quorum_state(state: QuorumState, *, dynamic_voters: bool) -> bytes:
    """The content of the file."""
    content: dict[str, object]
    if dynamic_voters:
        content = {
            "leaderId": state.leader_id,
            "leaderEpoch": state.leader_epoch,
            "votedId": -1,
            "votedDirectoryId": uuid_text(ZERO_UUID),
            "data_version": 1,
        }
    else:
        content = {
            "clusterId": "",
            "leaderId": state.leader_id,
            "leaderEpoch": state.leader_epoch,
            "votedId": -1,
            "appliedOffset": 0,
            "currentVoters": [{"voterId": state.leader_id}],
            "data_version": 0,
        }
    return json.dumps(content, separators=(",", ":")).encode()


def decode_quorum_state(content: bytes) -> QuorumState:
    """What the file says; DamagedQuorumState if that cannot be told."""
    try:
        fields = json.loads(content)
        if fields["data_version"] not in (0, 1):
            raise DamagedQuorumState(f"quorum-state has data_version {fields['data_version']}")
        return QuorumState(int(fields["leaderId"]), int(fields["leaderEpoch"]))
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, DamagedQuorumState):
            raise
        raise DamagedQuorumState("quorum-state does not parse") from error
