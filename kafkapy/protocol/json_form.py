"""A message as plain JSON data, in the form that Kafka's tools print (its generated JSON converters).

Fields have Kafka's names (`topicId`) and its order. Bytes are base64 text, UUIDs their usual text, batches
of records are only counted. Fields that a version lacks are left out, and so are tagged fields that have
their default.
"""

import base64
import json
import re
from typing import Any

from kafkapy.protocol.schema import Wire, default_instance, wires_of
from kafkapy.protocol.uuid import uuid_text

_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|.)")


def json_form(message: Any, version: int) -> dict[str, Any]:
    """What `json.dumps` takes, of a message or struct as it is in `version`."""
    found: dict[str, Any] = {}
    for name, wire in wires_of(type(message)).items():
        value = getattr(message, name)
        if version not in wire.versions or (version in wire.tagged and _is_default(value, wire)):
            continue
        if wire.kind == "records":
            found[f"{_camel_case(name)}SizeInBytes"] = len(value or b"")
        else:
            found[_camel_case(name)] = _form(value, wire.kind, wire.element, version)
    return found


def json_line(data: Any) -> str:
    """One line without spaces, as Jackson writes it: only what must be escaped is, with upper-case digits."""
    return _ESCAPED.sub(_upper_case, json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def _upper_case(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else f"\\u{found[1].upper()}"


def _form(value: Any, kind: str, element: Any, version: int) -> Any:
    if value is None:
        return None
    if kind == "array":
        inner = element if isinstance(element, str) else "struct"
        return [_form(each, inner, element, version) for each in value]
    if kind == "struct":
        return json_form(value, version)
    if kind == "uuid":
        return uuid_text(value)
    if kind == "bytes":
        return base64.b64encode(value).decode()
    return value


def _is_default(value: Any, wire: Wire) -> bool:
    """None of a tagged struct means that it is not sent."""
    if wire.kind == "struct" and value is not None:
        return bool(value == default_instance(wire.element))
    return bool(value == wire.default)


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
