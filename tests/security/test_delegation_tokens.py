import pytest

from kafkapy.config.listeners import SecurityProtocol
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.security.delegation_tokens import tokens_for
from kafkapy.security.principals import ANONYMOUS, Principal

ALICE = Principal("User", "alice")
NOT_ALLOWED = ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED
DISABLED = ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED


@pytest.mark.parametrize(
    ("protocol", "principal", "code"),
    [
        (SecurityProtocol.PLAINTEXT, ANONYMOUS, NOT_ALLOWED),
        (SecurityProtocol.PLAINTEXT, ALICE, NOT_ALLOWED),
        (SecurityProtocol.SSL, ANONYMOUS, NOT_ALLOWED),
        (SecurityProtocol.SSL, ALICE, DISABLED),
        (SecurityProtocol.SASL_PLAINTEXT, ALICE, DISABLED),
        (SecurityProtocol.SASL_SSL, ALICE, DISABLED),
    ],
)
def test_only_who_has_proved_to_be_somebody_may_ask(
    protocol: SecurityProtocol, principal: Principal, code: ErrorCode
) -> None:
    with pytest.raises(KafkaError) as refused:
        tokens_for(protocol, principal)
    assert refused.value.code == code
