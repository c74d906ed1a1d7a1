"""Every message and version against bytes that Apache Kafka wrote (with `compat/schemas/golden.py`)."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from kafkapy.protocol import codec
from kafkapy.protocol.catalog import every_message
from kafkapy.protocol.codegen import decoder
from kafkapy.protocol.layout import layout_of
from kafkapy.protocol.schema import Wire
from kafkapy.protocol.uuid import parse_uuid
from tests.protocol.samples import MESSAGES_AND_VERSIONS

FILES = sorted((Path(__file__).parent / "golden").glob("*.jsonl"))


def samples(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def message_from(cls: type[Any], fields: dict[str, Any], version: int) -> Any:
    """The message that Kafka's JSON describes; names are matched without case and underscores."""
    layout = layout_of(cls, version)
    wires = {name.replace("_", ""): (name, wire) for name, wire in {**layout.plain, **layout.tagged}.items()}
    values = {name: [] if wire.default == [] else wire.default for name, wire in layout.absent.items()}
    for key, value in fields.items():
        name, wire = wires.pop(key.lower())
        values[name] = _value(value, wire, version)
    assert all(wire.kind == "struct" for _, wire in wires.values()), "only tagged structs may be left out"
    return cls(**values, **{name: None for name, _ in wires.values()})


def _value(value: Any, wire: Wire, version: int) -> Any:
    if value is None:
        return None
    if wire.kind == "array":
        return [_element(item, wire.element, version) for item in value]
    return _element(value, wire.element if wire.kind == "struct" else wire.kind, version)


def _element(value: Any, kind: Any, version: int) -> Any:
    if isinstance(kind, type):
        return message_from(kind, value, version)
    if kind == "uuid":
        return parse_uuid(value)
    return b64decode(value) if kind in ("bytes", "records") else value


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_messages_are_written_as_apache_kafka_writes_them_and_read_back(path: Path) -> None:
    for entry in samples(path):
        cls, version = every_message()[entry["message"]], entry["version"]
        message = message_from(cls, entry["fields"], version)
        golden = bytes.fromhex(entry["bytes"])
        assert codec.encode(message, version).hex() == golden.hex(), (cls, version)
        assert decoder(cls, version)(golden) == (message, len(golden))


def test_every_message_and_version_has_a_sample() -> None:
    covered = {(entry["message"], entry["version"]) for path in FILES for entry in samples(path)}
    assert covered == {(cls.__name__, version) for cls, version in MESSAGES_AND_VERSIONS}
