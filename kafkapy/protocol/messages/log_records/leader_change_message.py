"""Value of control records of type 2: who leads an epoch of the metadata log (KIP-595).

v1: directory ids of the voters (KIP-853).
"""

from kafkapy.protocol.schema import ZERO_UUID, array, int16, int32, message, struct, uuid


@struct
class Voter:
    voter_id: int = int32()
    voter_directory_id: bytes = uuid("1+", default=ZERO_UUID)


@message(valid="0-1", flexible="0+")
class LeaderChangeMessage:
    version: int = int16()
    leader_id: int = int32()
    voters: list[Voter] = array(Voter)
    granting_voters: list[Voter] = array(Voter)
