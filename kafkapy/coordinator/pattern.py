"""Patterns that clients name topics and transactional ids with, in RE2's syntax; matching takes linear time.

What a pattern is and what it matches is as in Apache Kafka, that is in re2j. Names are short, so that calls
of google-re2 cost more than the work: only large patterns, which somebody may have made to keep the broker
busy, are left to it, where it is installed (`pip install kafkapy-broker[re2]`).
"""

from collections.abc import Callable
from functools import lru_cache

from kafkapy.coordinator.pattern_parser import matcher_of
from kafkapy.coordinator.pattern_program import UnsupportedPattern
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

Matches = Callable[[str], bool]
"""Whether all of a text matches."""


LARGE_STATES = 500


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Matches:
    """UnsupportedPattern for what is no pattern, or too large."""
    ours = matcher_of(pattern)
    return (ours.size > LARGE_STATES and re2_matcher(pattern)) or ours


def compile_pattern(pattern: str) -> Matches:
    """For a subscription. INVALID_REGULAR_EXPRESSION for what is no pattern, or too large."""
    try:
        return matcher(pattern)
    except UnsupportedPattern as error:
        raise KafkaError(
            ErrorCode.INVALID_REGULAR_EXPRESSION,
            f"SubscribedTopicRegex `{pattern}` is not a valid regular expression: {error}.",
        ) from error


def re2_matcher(pattern: str) -> Matches | None:
    """None where google-re2 is not installed, or does not take the pattern."""
    try:
        import re2  # here, because most brokers never meet a pattern, and all of them have to start
    except ImportError:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error:
        return None
    return lambda text: compiled.fullmatch(text) is not None
