"""How keys and values of records are shown: as text, or taken apart by what the broker's own topics hold.

The names are those of the options of Apache Kafka's `dump-log`, and so is what comes out, but for the words
about bytes that cannot be taken apart.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from kafkapy.protocol.codec import decode
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.json_form import json_form, json_line
from kafkapy.protocol.messages.consumer_protocol import (
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
)
from kafkapy.protocol.messages.log_records.framing import (
    CoordinatorRecords,
    UnknownRecordType,
    decode_versioned,
)
from kafkapy.protocol.messages.log_records.group_metadata import GroupMetadataValue
from kafkapy.protocol.messages.log_records.kraft_version_record import KRaftVersionRecord
from kafkapy.protocol.messages.log_records.leader_change_message import LeaderChangeMessage
from kafkapy.protocol.messages.log_records.snapshot_footer_record import SnapshotFooterRecord
from kafkapy.protocol.messages.log_records.snapshot_header_record import SnapshotHeaderRecord
from kafkapy.protocol.messages.log_records.tables import (
    GROUP_RECORDS,
    METADATA_RECORDS,
    SHARE_STATE_RECORDS,
    TRANSACTION_RECORDS,
)
from kafkapy.protocol.messages.log_records.voters_record import VotersRecord
from kafkapy.protocol.schema import schema_of
from kafkapy.records.control import ControlType, control_type, end_transaction_marker
from kafkapy.records.record import Record
from kafkapy.storage.dump_items import Part

_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")
_CONTROLS: dict[ControlType, tuple[str, type[Any]]] = {
    ControlType.LEADER_CHANGE: ("LeaderChange:", LeaderChangeMessage),
    ControlType.SNAPSHOT_HEADER: ("SnapshotHeader", SnapshotHeaderRecord),
    ControlType.SNAPSHOT_FOOTER: ("SnapshotFooter", SnapshotFooterRecord),
    ControlType.KRAFT_VERSION: ("KRaftVersion", KRaftVersionRecord),
    ControlType.KRAFT_VOTERS: ("KRaftVoters", VotersRecord),
}


class Shown(NamedTuple):
    """What is shown of a record; None where there is nothing to show."""

    key: Part | None
    payload: Part | None


Decoder: TypeAlias = Callable[[Record], Shown]


class Undecodable(Exception):
    """A record that the chosen decoder is not for; the text says which."""


def plain_decoder(key: Callable[[bytes], Part], value: Callable[[bytes], Part]) -> Decoder:
    """For the topics of users: `text_part` and its like for keys and for values."""

    def shown(record: Record) -> Shown:
        return Shown(
            None if record.key is None else key(record.key),
            None if record.value is None else value(record.value),
        )

    return shown


def text_part(content: bytes) -> Part:
    """UTF-8; what is none becomes U+FFFD as in Java, where a lone surrogate is one character."""
    text = _SURROGATE.sub(b"\xef\xbf\xbd", content).decode(errors="replace")
    return Part(text, text if text.encode() == content else {"bytes": content.hex()})


def number_part(size_bytes: int) -> Callable[[bytes], Part]:
    """A signed number of that many bytes."""

    def part(content: bytes) -> Part:
        if len(content) < size_bytes:
            raise Undecodable(f"{len(content)} bytes are no number of {size_bytes}")
        number = int.from_bytes(content[:size_bytes], signed=True)
        return Part(str(number), number)

    return part


def group_decoder(record: Record) -> Shown:
    """For `__consumer_offsets`."""
    return _coordinator_record(record, GROUP_RECORDS)


def transaction_decoder(record: Record) -> Shown:
    """For `__transaction_state`."""
    return _coordinator_record(record, TRANSACTION_RECORDS)


def share_state_decoder(record: Record) -> Shown:
    """For `__share_group_state`."""
    return _coordinator_record(record, SHARE_STATE_RECORDS)


def metadata_decoder(record: Record) -> Shown:
    """For `__cluster_metadata` and its snapshots."""
    try:
        message, version = METADATA_RECORDS.read(record.value or b"")
    except (UnknownRecordType, MalformedMessage) as error:
        return Shown(None, _words(f"Error at {record.offset}, skipping. {error}"))
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(message).__name__).upper()
    return Shown(None, _part({"type": name, "version": version, "data": json_form(message, version)}))


def control_part(record: Record) -> Part:
    """What a control record says. KafkaError(INVALID_RECORD)."""
    marker = end_transaction_marker(record)
    if marker is not None:
        how = "COMMIT" if marker.committed else "ABORT"
        epoch = marker.coordinator_epoch
        return Part(
            f"endTxnMarker: {how} coordinatorEpoch: {epoch}", {"type": how, "coordinatorEpoch": epoch}
        )
    kind = control_type(record.key)
    if kind not in _CONTROLS:
        number = int.from_bytes((record.key or b"")[2:4], signed=True)
        return Part(f"controlType: {kind.name}({number})", {"type": kind.name, "number": number})
    words, cls = _CONTROLS[kind]
    value = record.value or b""
    version = int.from_bytes(value[:2], signed=True)
    try:
        message = decode(cls, min(version, schema_of(cls).valid_versions[-1]), value)
    except MalformedMessage as error:
        raise Undecodable(f"control record at offset {record.offset}: {error}") from error
    data = json_form(message, version)
    return Part(f"{words} {json_line(data)}", {"type": kind.name, "data": data})


def _coordinator_record(record: Record, records: CoordinatorRecords) -> Shown:
    if record.key is None:
        raise Undecodable(
            f"Failed to decode message at offset {record.offset} using the specified decoder (message had a "
            f"missing key)"
        )
    record_type = int.from_bytes(record.key[:2], signed=True)
    try:
        key, value = records.decode(record.key, record.value)
    except (UnknownRecordType, MalformedMessage) as error:
        if record_type not in records.types:
            words = f"Unknown record type {record_type} at offset {record.offset}, skipping."
        else:
            words = f"Error at offset {record.offset}, skipping. {error}"
        return Shown(_words(words), None)
    shown_key = _part({"type": str(record_type), "data": json_form(key, 0)})
    if value is None or record.value is None:
        return Shown(shown_key, _words("<DELETE>"))
    version = int.from_bytes(record.value[:2], signed=True)
    data = json_form(value, version)
    if isinstance(value, GroupMetadataValue) and value.protocol_type == "consumer":
        for member, form in zip(value.members, data["members"], strict=True):
            form["subscription"] = _blob(
                ConsumerProtocolSubscription, member.subscription, form["subscription"]
            )
            form["assignment"] = _blob(ConsumerProtocolAssignment, member.assignment, form["assignment"])
    return Shown(shown_key, _part({"version": str(version), "data": data}))


def _blob(cls: type[Any], content: bytes, otherwise: str) -> Any:
    try:
        message = decode_versioned(cls, content)
    except (UnknownRecordType, MalformedMessage):
        return otherwise
    return json_form(message, int.from_bytes(content[:2], signed=True))


def _part(data: Any) -> Part:
    return Part(json_line(data), data)


def _words(text: str) -> Part:
    return Part(text, text)
