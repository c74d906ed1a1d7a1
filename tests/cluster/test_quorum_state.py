import pytest

from kafkapy.cluster.quorum_state import (
    DamagedQuorumState,
    QuorumState,
    decode_quorum_state,
    encode_quorum_state,
)

STATIC = (
    b'{"clusterId":"","leaderId":1,"leaderEpoch":2,"votedId":-1,"appliedOffset":0,'
    b'"currentVoters":[{"voterId":1}],"data_version":0}'
)
DYNAMIC = (
    b'{"leaderId":1,"leaderEpoch":2,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA",'
    b'"data_version":1}'
)


@pytest.mark.parametrize(("content", "dynamic_voters"), [(STATIC, False), (DYNAMIC, True)])
def test_the_file_is_what_kafka_writes(content: bytes, dynamic_voters: bool) -> None:
    state = QuorumState(leader_id=1, leader_epoch=2)
    assert encode_quorum_state(state, dynamic_voters=dynamic_voters) == content
    assert decode_quorum_state(content) == state


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", STATIC[:-1], STATIC.replace(b"0}", b"7}")])
def test_a_damaged_file_is_noticed(content: bytes) -> None:
    with pytest.raises(DamagedQuorumState):
        decode_quorum_state(content)
