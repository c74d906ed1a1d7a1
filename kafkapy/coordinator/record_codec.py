"""Coordinator records to and from the bytes of Kafka's internal topics.

A key is its int16 record type and then the fields; a value is its int16 version and then the fields.
"""

import struct
from collections.abc import Mapping
from typing import Any

from kafkapy.coordinator.decision import Record
from kafkapy.protocol.codegen import decoder, encoder
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.schema import schema_of

_INT16 = struct.Struct(">h")
KEY_VERSION = 0

RecordTypes = Mapping[int, tuple[type[Any], type[Any]]]
"""The classes of key and value by record type."""


def encode_record(record: Record) -> tuple[bytes, bytes | None]:
    key, value, version = record
    key_class = type(key)
    encoded_key = b"".join((_INT16.pack(key_class.api_key), *encoder(key_class, KEY_VERSION)(key)))
    if value is None:
        return encoded_key, None
    return encoded_key, b"".join((_INT16.pack(version), *encoder(type(value), version)(value)))


def decode_record(types: RecordTypes, key: bytes, value: bytes | None) -> Record | None:
    """The record, or None if its type is not among `types`; MalformedMessage if it is and does not parse."""
    record_type = _read_int16(key)
    if record_type not in types:
        return None
    key_class, value_class = types[record_type]
    decoded_key, _ = decoder(key_class, KEY_VERSION)(key, _INT16.size)
    if value is None:
        return Record(decoded_key, None)
    version = _read_int16(value)
    if version not in schema_of(value_class).valid_versions:
        raise MalformedMessage(f"{value_class.__name__} has no version {version}")
    decoded_value, _ = decoder(value_class, version)(value, _INT16.size)
    return Record(decoded_key, decoded_value, version)


def _read_int16(buffer: bytes) -> int:
    if len(buffer) < _INT16.size:
        raise MalformedMessage("a record without a type or version")
    number: int = _INT16.unpack_from(buffer)[0]
    return number
