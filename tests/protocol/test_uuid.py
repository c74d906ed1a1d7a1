"""Kafka's text form of uuids."""

import pytest

from kafkapy.protocol.uuid import METADATA_TOPIC_ID, ZERO_UUID, parse_uuid, uuid_text


def test_a_uuid_is_22_characters_of_url_safe_base64() -> None:
    assert uuid_text(ZERO_UUID) == "AAAAAAAAAAAAAAAAAAAAAA"
    assert uuid_text(METADATA_TOPIC_ID) == "AAAAAAAAAAAAAAAAAAAAAQ"
    assert uuid_text(b"\xfb\xff" * 8) == "-__7__v_-__7__v_-__7_w"


def test_text_comes_back_as_the_same_bytes() -> None:
    for uuid in (ZERO_UUID, METADATA_TOPIC_ID, bytes(range(16)), b"\xff" * 16):
        assert parse_uuid(uuid_text(uuid)) == uuid


@pytest.mark.parametrize("text", ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAA", "A", "é" * 22])
def test_text_that_is_no_uuid_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a uuid"):
        parse_uuid(text)
