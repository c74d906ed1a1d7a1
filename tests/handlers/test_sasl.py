"""SaslHandshake and SaslAuthenticate from clients that need not authenticate."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.sasl_authenticate import SaslAuthenticateRequest, SaslAuthenticateResponse
from kafkapy.protocol.messages.sasl_handshake import SaslHandshakeRequest, SaslHandshakeResponse
from tests.harness.broker import MemoryBroker


@pytest.mark.parametrize("version", range(2))
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", ""])
async def test_a_plaintext_listener_has_no_mechanisms(
    broker: MemoryBroker, version: int, mechanism: str
) -> None:
    answer = await broker.send(SaslHandshakeRequest(mechanism=mechanism), version)
    assert answer == SaslHandshakeResponse(error_code=ErrorCode.ILLEGAL_SASL_STATE, mechanisms=[])


@pytest.mark.parametrize("version", range(3))
async def test_a_plaintext_listener_takes_no_token(broker: MemoryBroker, version: int) -> None:
    answer = await broker.send(SaslAuthenticateRequest(auth_bytes=b"\0user\0password"), version)
    assert answer == SaslAuthenticateResponse(
        error_code=ErrorCode.ILLEGAL_SASL_STATE,
        error_message="SaslAuthenticate request received after successful authentication",
        auth_bytes=b"",
    )


async def test_the_connection_can_be_used_afterwards(broker: MemoryBroker) -> None:
    client = broker.connect()
    for _ in range(2):
        answer = await client.send(SaslHandshakeRequest(mechanism="PLAIN"))
        assert answer.error_code == ErrorCode.ILLEGAL_SASL_STATE
