"""How records of the internal topics are framed around their schemas.

Coordinator topics (`__consumer_offsets`, `__transaction_state`, `__share_group_state`): the key is an int16
record type and the key schema in version 0, the value an int16 version and the value schema; a null value
deletes the key. `__cluster_metadata`: no key; the value is frame version, record type and record version as
unsigned varints, then the record. The `api_key` of a declared class is its record type.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from kafkapy.protocol.codegen import decoder, encoder
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.primitives import Buffer, read_uvarint, uvarint
from kafkapy.protocol.schema import schema_of

METADATA_FRAME_VERSION = 1


class UnknownRecordType(Exception):
    """A record of a type, or of a version, that a newer broker wrote: loaders skip it or refuse to go on."""


class Pair(NamedTuple):
    """The classes of one record type."""

    key: type[Any]
    value: type[Any]


class CoordinatorRecords:
    """The record types of one coordinator topic."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.types: dict[int, Pair] = {}
        for pair in pairs:
            record_type = schema_of(pair.key).api_key
            assert record_type is not None
            self.types[record_type] = pair

    def decode(self, key: Buffer, value: Buffer | None) -> tuple[Any, Any | None]:
        """Key and value objects of one record; the value is None for a deletion.

        UnknownRecordType, or MalformedMessage for bytes that do not parse.
        """
        pair = self.types.get(_int16(key))
        if pair is None:
            raise UnknownRecordType(f"record type {_int16(key)}")
        decoded_key, _ = decoder(pair.key, 0)(key, 2)
        return decoded_key, None if value is None else decode_versioned(pair.value, value)


def encode_key(key: Any) -> bytes:
    """Record type and key."""
    record_type = schema_of(type(key)).api_key
    assert record_type is not None
    return record_type.to_bytes(2) + b"".join(encoder(type(key), 0)(key))


def encode_versioned(message: Any, version: int) -> bytes:
    """An int16 version and the message: values of coordinator
    records, control records, consumer protocol blobs.
    """
    return version.to_bytes(2) + b"".join(encoder(type(message), version)(message))


def decode_versioned(cls: type[Any], buffer: Buffer) -> Any:
    """What `encode_versioned` wrote. UnknownRecordType for a version that `cls` has not."""
    version = _int16(buffer)
    if version not in schema_of(cls).valid_versions:
        raise UnknownRecordType(f"{cls.__name__} of version {version}")
    message, _ = decoder(cls, version)(buffer, 2)
    return message


class MetadataRecords:
    """The record types of the metadata log."""

    def __init__(self, classes: Iterable[type[Any]]) -> None:
        self.types: dict[int, type[Any]] = {}
        for cls in classes:
            record_type = schema_of(cls).api_key
            assert record_type is not None
            self.types[record_type] = cls

    def decode(self, value: Buffer) -> Any:
        """The record in the value of one log entry. UnknownRecordType, or MalformedMessage."""
        return self.read(value)[0]

    def read(self, value: Buffer) -> tuple[Any, int]:
        """As `decode`, with the version that the record was written in."""
        try:
            frame_version, position = read_uvarint(value, 0)
            record_type, position = read_uvarint(value, position)
            version, position = read_uvarint(value, position)
        except IndexError as error:
            raise MalformedMessage("a metadata record ends within its frame") from error
        if frame_version != METADATA_FRAME_VERSION:
            raise UnknownRecordType(f"metadata frame version {frame_version}")
        cls = self.types.get(record_type)
        if cls is None or version not in schema_of(cls).valid_versions:
            raise UnknownRecordType(f"metadata record type {record_type} version {version}")
        record, _ = decoder(cls, version)(value, position)
        return record, version


def encode_metadata_record(record: Any, version: int) -> bytes:
    """Frame version, record type, record version, and the record."""
    record_type = schema_of(type(record)).api_key
    assert record_type is not None
    head = uvarint(METADATA_FRAME_VERSION) + uvarint(record_type) + uvarint(version)
    return head + b"".join(encoder(type(record), version)(record))


def _int16(buffer: Buffer) -> int:
    if len(buffer) < 2:
        raise MalformedMessage("a record's key or value is shorter than its type or version")
    return int.from_bytes(buffer[:2], signed=True)
