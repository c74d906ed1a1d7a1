"""Patterns that members subscribe with, in RE2's syntax; matching takes linear time."""

from collections.abc import Callable
from functools import lru_cache

from kafkapy.coordinator.pattern_matcher import UnsupportedPattern, linear_matcher
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

Matches = Callable[[str], bool]
"""Whether all of a topic's name matches."""


@lru_cache(maxsize=1_024)
def compile_pattern(pattern: str) -> Matches:
    """INVALID_REGULAR_EXPRESSION for what is no pattern, or more than this matcher knows."""
    try:
        return linear_matcher(pattern)
    except UnsupportedPattern as error:
        raise KafkaError(
            ErrorCode.INVALID_REGULAR_EXPRESSION,
            f"SubscribedTopicRegex `{pattern}` is not a valid regular expression: {error}.",
        ) from error
