"""What decides about requests: nothing yet, whatever `authorizer.class.name` says.

All of it follows from here: without an authorizer everybody may do everything
(`kafkapy.security.operations`), and there are no rules (ACLs) that clients could read or change.
"""

from typing import NoReturn

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

UNKNOWN = 0
"""The number of what is unknown, among kinds of resources, patterns, operations and permissions alike."""


def rules_to_read() -> NoReturn:
    """The rules there are. KafkaError: nobody keeps any. Source: `AclApis.handleDescribeAcls`."""
    raise KafkaError(ErrorCode.SECURITY_DISABLED, "No Authorizer is configured on the broker")


def rules_to_change() -> NoReturn:
    """The rules, for somebody who adds or removes some. KafkaError: nobody keeps any."""
    raise KafkaError(ErrorCode.SECURITY_DISABLED, "No Authorizer is configured.")
