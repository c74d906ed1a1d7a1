"""Kafka's uuids: 16 raw bytes inside, URL-safe base64 of 22 characters in text."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from kafkapy.protocol.schema import ZERO_UUID

__all__ = ["METADATA_TOPIC_ID", "ZERO_UUID", "parse_uuid", "uuid_text"]

METADATA_TOPIC_ID = (1).to_bytes(16)


def uuid_text(uuid: bytes) -> str:
    """The 22 characters that Kafka's tools print."""
    return urlsafe_b64encode(uuid).rstrip(b"=").decode()


def parse_uuid(text: str) -> bytes:
    """The 16 bytes that `text` stands for; ValueError if it is no uuid."""
    try:
        uuid = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise ValueError(f"{text!r} is not a uuid") from error
    if len(uuid) != 16:
        raise ValueError(f"{text!r} is not a uuid")
    return uuid
