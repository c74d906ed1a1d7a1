"""Types, versions and frames around the records of internal topics."""

from typing import Any

import pytest

from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.messages.consumer_protocol import ConsumerProtocolSubscription
from kafkapy.protocol.messages.log_records.end_txn_marker import EndTxnMarker
from kafkapy.protocol.messages.log_records.feature_level_record import FeatureLevelRecord
from kafkapy.protocol.messages.log_records.framing import (
    UnknownRecordType,
    decode_versioned,
    encode_key,
    encode_metadata_record,
    encode_versioned,
)
from kafkapy.protocol.messages.log_records.offset_commit import OffsetCommitKey, OffsetCommitValue
from kafkapy.protocol.messages.log_records.tables import (
    GROUP_RECORDS,
    METADATA_RECORDS,
    SHARE_STATE_RECORDS,
    TRANSACTION_RECORDS,
)
from tests.protocol.samples import sample

KEY = OffsetCommitKey(group="g", topic="t", partition=1)
VALUE = OffsetCommitValue(offset=9, metadata="m", commit_timestamp=5)


def test_a_key_follows_its_type_and_a_value_its_version() -> None:
    assert encode_key(KEY) == b"\0\1" + b"\0\1g" + b"\0\1t" + b"\0\0\0\1"
    assert encode_versioned(VALUE, 3) == b"\0\3" + (9).to_bytes(8) + b"\xff" * 4 + b"\0\1m" + (5).to_bytes(8)


@pytest.mark.parametrize("table", [GROUP_RECORDS, TRANSACTION_RECORDS, SHARE_STATE_RECORDS])
def test_every_coordinator_record_comes_back_by_its_type(table: Any) -> None:
    for pair in table.types.values():
        for version in pair.value.valid_versions:
            key, value = sample(pair.key, 0), sample(pair.value, version)
            assert table.decode(encode_key(key), encode_versioned(value, version)) == (key, value)


def test_a_deletion_has_a_key_alone() -> None:
    assert GROUP_RECORDS.decode(encode_key(KEY), None) == (KEY, None)


def test_every_metadata_record_comes_back_by_its_type() -> None:
    for cls in METADATA_RECORDS.types.values():
        for version in cls.valid_versions:
            record = sample(cls, version)
            assert METADATA_RECORDS.decode(encode_metadata_record(record, version)) == record


def test_a_metadata_record_is_framed_by_three_varints() -> None:
    record = FeatureLevelRecord(name="group.version", feature_level=1)
    assert encode_metadata_record(record, 0) == b"\1\x0c\0" + b"\x0egroup.version" + b"\0\1" + b"\0"


def test_the_tables_hold_every_type_of_their_topic() -> None:
    assert sorted(GROUP_RECORDS.types) == [*range(9), *range(10, 18), *range(19, 24)]
    assert sorted(TRANSACTION_RECORDS.types) == [0]
    assert sorted(SHARE_STATE_RECORDS.types) == [0, 1]
    assert len(METADATA_RECORDS.types) == 26


def test_what_a_newer_broker_wrote_is_told_from_garbage() -> None:
    with pytest.raises(UnknownRecordType, match="record type 99"):
        GROUP_RECORDS.decode(b"\0\x63" + b"anything", None)
    with pytest.raises(UnknownRecordType, match="OffsetCommitValue of version 5"):
        GROUP_RECORDS.decode(encode_key(KEY), b"\0\5")
    with pytest.raises(UnknownRecordType, match="frame version 2"):
        METADATA_RECORDS.decode(b"\2\0\0")
    with pytest.raises(UnknownRecordType, match="type 100 version 0"):
        METADATA_RECORDS.decode(b"\1\x64\0")
    with pytest.raises(UnknownRecordType, match="type 12 version 1"):
        METADATA_RECORDS.decode(b"\1\x0c\1")


@pytest.mark.parametrize("garbage", [b"", b"\0", b"\0\1\0\5a"])
def test_bytes_that_are_no_key_are_malformed(garbage: bytes) -> None:
    with pytest.raises(MalformedMessage):
        GROUP_RECORDS.decode(garbage, None)


@pytest.mark.parametrize("garbage", [b"", b"\1", b"\1\x0c", b"\1\x0c\0", b"\x80\x80\x80\x80\x80\1"])
def test_bytes_that_are_no_metadata_record_are_malformed(garbage: bytes) -> None:
    with pytest.raises(MalformedMessage):
        METADATA_RECORDS.decode(garbage)


def test_other_blobs_carry_their_version_in_front_too() -> None:
    assert encode_versioned(EndTxnMarker(coordinator_epoch=3), 0) == b"\0\0" + b"\0\0\0\3"
    subscription = ConsumerProtocolSubscription(topics=["a"], rack_id="r")
    assert decode_versioned(ConsumerProtocolSubscription, encode_versioned(subscription, 3)) == subscription
