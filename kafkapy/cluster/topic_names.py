"""Which topic names are allowed, and in whose words a bad one is refused (`Topic.validate`)."""

import re

from kafkapy.cluster.image import ClusterImage, collision_name
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

MAX_NAME_LENGTH = 249
_LEGAL = re.compile(r"[a-zA-Z0-9._-]+")


def check_topic_name(name: str) -> None:
    """KafkaError(INVALID_TOPIC_EXCEPTION) unless a topic may have this name."""
    reason = _reason_against(name)
    if reason is not None:
        raise KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, f"Topic name is invalid: {reason}")


def is_topic_name(name: str) -> bool:
    """Whether a topic may have this name."""
    return _reason_against(name) is None


def check_no_collision(image: ClusterImage, name: str) -> None:
    """KafkaError(INVALID_TOPIC_EXCEPTION) if a topic exists whose name differs in nothing but '.' and '_'."""
    shared = collision_name(name)
    others = [] if shared is None else image.topics_by_collision_name.get(shared, [])
    if others:
        raise KafkaError(
            ErrorCode.INVALID_TOPIC_EXCEPTION, f"Topic '{name}' collides with existing topic: {others[0]}"
        )


def _reason_against(name: str) -> str | None:
    if not name:
        return "the empty string is not allowed"
    if name in (".", ".."):
        return f"'{name}' is not allowed"
    if len(name) > MAX_NAME_LENGTH:
        return f"the length of '{name}' is longer than the max allowed length {MAX_NAME_LENGTH}"
    if not _LEGAL.fullmatch(name):
        return f"'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    return None
