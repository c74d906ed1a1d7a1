"""Patterns that clients send, in RE2's syntax as Kafka's coordinators take it (RE2/J)."""

import re

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

_NOT_IN_RE2 = re.compile(
    r"""
    \(\?(?:[=!>#(]|<[=!])     # lookaround, atomic groups, comments, conditions
    | \(\?P[=>]               # references to groups
    | \\[1-9]
    | (?<!\\)[*+?}]\+         # possessive repetition
    """,
    re.VERBOSE,
)
_ESCAPED_OR_CLASS = re.compile(r"\\[^1-9]|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z_])")


def compile_pattern(text: str) -> re.Pattern[str]:
    """KafkaError(INVALID_REGULAR_EXPRESSION) for what RE2 does not know, or nobody."""
    if _NOT_IN_RE2.search(_ESCAPED_OR_CLASS.sub("x", text)):
        raise _invalid(text)
    try:
        return re.compile(_NAMED_GROUP.sub("(?P<", text).replace(r"\z", r"\Z"))
    except (re.error, OverflowError, RecursionError):
        raise _invalid(text) from None


def _invalid(text: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REGULAR_EXPRESSION, f"The pattern {text!r} is not valid.")
