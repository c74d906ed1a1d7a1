"""Delegation tokens (KIP-48): who may ask for them, and that there are none.

A token lets others act as its owner, so whoever has not proved to be somebody gets none: clients of PLAINTEXT
listeners, and of TLS without a certificate. Source: `KafkaApis.allowTokenRequests`.
"""

from typing import NoReturn

from kafkapy.config.listeners import SecurityProtocol
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.security.principals import ANONYMOUS, Principal

NO_TIME = -1
"""Where an answer has no time to tell."""


def tokens_for(protocol: SecurityProtocol, principal: Principal) -> NoReturn:
    """The tokens, for a client that came over such a listener. KafkaError: not for it, or for nobody."""
    is_anonymous = protocol is SecurityProtocol.SSL and principal == ANONYMOUS
    if protocol is SecurityProtocol.PLAINTEXT or is_anonymous:
        raise KafkaError(ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED)
    raise KafkaError(ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED)
