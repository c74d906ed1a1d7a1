"""Records of internal topics taken apart; compat/data-directory compares them with Apache Kafka's tool."""

import pytest

from kafkapy.protocol.messages.consumer_protocol import ConsumerProtocolSubscription
from kafkapy.protocol.messages.log_records.framing import (
    encode_key,
    encode_metadata_record,
    encode_versioned,
)
from kafkapy.protocol.messages.log_records.group_metadata import (
    GroupMetadataKey,
    GroupMetadataValue,
    MemberMetadata,
)
from kafkapy.protocol.messages.log_records.topic_record import TopicRecord
from kafkapy.records.record import Record
from kafkapy.storage.dump_decoders import (
    Shown,
    Undecodable,
    group_decoder,
    metadata_decoder,
    number_part,
    text_part,
)
from kafkapy.storage.dump_items import Part


def record(key: bytes | None, value: bytes | None) -> Record:
    return Record(7, 0, key, value)


def text(part: Part | None) -> str:
    assert part is not None
    return part.text


def test_members_of_consumer_groups_are_taken_apart_to_the_bottom() -> None:
    subscription = encode_versioned(ConsumerProtocolSubscription(topics=["t"]), 0)
    member = MemberMetadata(
        member_id="m",
        client_id="c",
        client_host="/h",
        session_timeout=1,
        subscription=subscription,
        assignment=b"??",
    )
    value = GroupMetadataValue(
        protocol_type="consumer", generation=3, protocol=None, leader=None, members=[member]
    )
    shown = group_decoder(record(encode_key(GroupMetadataKey(group="g")), encode_versioned(value, 0)))
    assert text(shown.key) == '{"type":"2","data":{"group":"g"}}'
    assert text(shown.payload) == (
        '{"version":"0","data":{"protocolType":"consumer","generation":3,"protocol":null,"leader":null,'
        '"members":[{"memberId":"m","clientId":"c","clientHost":"/h","sessionTimeout":1,'
        '"subscription":{"topics":["t"],"userData":null},"assignment":"Pz8="}]}}'
    )


def test_deletions_and_the_future_are_named() -> None:
    key = encode_key(GroupMetadataKey(group="g"))
    assert text(group_decoder(record(key, None)).payload) == "<DELETE>"
    unknown = group_decoder(record(b"\0\x63", b""))
    assert unknown == Shown(Part(*["Unknown record type 99 at offset 7, skipping."] * 2), None)
    assert text(group_decoder(record(key, b"\0\x63")).key).startswith("Error at offset 7, skipping. ")
    with pytest.raises(Undecodable, match=r"offset 7 .* missing key"):
        group_decoder(record(None, b""))


def test_metadata_records_have_no_keys() -> None:
    value = encode_metadata_record(TopicRecord(name="t", topic_id=bytes(16)), 0)
    shown = metadata_decoder(record(None, value))
    assert shown.key is None
    assert text(shown.payload) == (
        '{"type":"TOPIC_RECORD","version":0,"data":{"name":"t","topicId":"AAAAAAAAAAAAAAAAAAAAAA"}}'
    )
    assert text(metadata_decoder(record(None, b"\1\x63\0")).payload).startswith("Error at 7, skipping. ")


def test_text_that_is_none_keeps_its_bytes_for_programs() -> None:
    assert text_part("é".encode()) == Part("é", "é")
    assert text_part(b"a\xed\xa0\x80b") == Part("a\ufffdb", {"bytes": "61eda08062"})


def test_numbers_are_signed() -> None:
    assert number_part(4)(b"\xff\xff\xff\xfe") == Part("-2", -2)
    with pytest.raises(Undecodable):
        number_part(8)(b"1")
