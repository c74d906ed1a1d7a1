"""The same codec without code generation: a field at a time, slow, short enough to read as the specification.

Tests hold the generated encoders and decoders against it, for every message and version.
"""

import struct
from typing import Any

from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.layout import layout_of, least_bytes
from kafkapy.protocol.primitives import FORMATS, LONGEST_STRING, Buffer, read_uvarint, uvarint
from kafkapy.protocol.schema import Wire, default_instance, fresh, schema_of


def encode(message: Any, version: int) -> bytes:
    """What `codec.encode` gives."""
    writer = _Writer(version, version in schema_of(type(message)).flexible_versions)
    try:
        return writer.struct(message)
    except (AttributeError, TypeError, struct.error) as error:
        raise ValueError(str(error)) from error


def decode(cls: type[Any], version: int, buffer: Buffer) -> tuple[Any, int]:
    """What `codegen.decoder(cls, version)(buffer)` gives."""
    reader = _Reader(version, version in schema_of(cls).flexible_versions, buffer)
    try:
        return reader.struct(cls), reader.position
    except (IndexError, struct.error) as error:
        raise MalformedMessage(str(error)) from error


class _Writer:
    def __init__(self, version: int, flexible: bool) -> None:
        self.version = version
        self.flexible = flexible

    def struct(self, message: Any) -> bytes:
        layout = layout_of(type(message), self.version)
        for name, wire in layout.absent.items():
            if not wire.ignorable and getattr(message, name) != wire.default:
                raise ValueError(f"{type(message).__name__}.{name} cannot travel in version {self.version}")
        out = b"".join(self.value(wire, getattr(message, name)) for name, wire in layout.plain.items())
        return out + self.tags(message, layout.tagged) if self.flexible else out

    def tags(self, message: Any, tagged: dict[str, Wire]) -> bytes:
        fields = [(wire, getattr(message, name)) for name, wire in tagged.items()]
        sent = [
            (wire.tag or 0, self.value(wire, value))
            for wire, value in fields
            if not self.is_default(wire, value)
        ]
        return uvarint(len(sent)) + b"".join(uvarint(tag) + uvarint(len(body)) + body for tag, body in sent)

    def is_default(self, wire: Wire, value: Any) -> bool:
        if wire.kind == "struct" and self.version not in wire.nullable:
            return value is None or bool(value == default_instance(wire.element))
        return bool(value == wire.default)

    def value(self, wire: Wire, value: Any) -> bytes:
        nullable = self.version in wire.nullable
        if wire.kind in FORMATS:
            return struct.pack(">" + FORMATS[wire.kind], value)
        if wire.kind == "struct" and value is None and nullable:
            return b"\x00" if self.version in wire.tagged else b"\xff"
        if wire.kind == "struct":
            return b"\x01" + self.struct(value) if nullable else self.struct(value)
        if value is None and not nullable:
            raise ValueError(f"null for {wire.kind}")
        if wire.kind != "array":
            return self.text(wire.kind, value)
        if value is None:
            return self.length("array", None)
        return self.length("array", len(value)) + b"".join(self.element(wire.element, item) for item in value)

    def element(self, kind: Any, value: Any) -> bytes:
        if isinstance(kind, type):
            return self.struct(value)
        return struct.pack(">" + FORMATS[kind], value) if kind in FORMATS else self.text(kind, value)

    def text(self, kind: str, value: Any) -> bytes:
        if value is None:
            return self.length(kind, None)
        content = value.encode() if kind == "string" else bytes(value)
        if kind == "string" and len(content) > LONGEST_STRING:
            raise ValueError("a string is too long")
        return self.length(kind, len(content)) + content

    def length(self, kind: str, length: int | None) -> bytes:
        if self.flexible:
            return uvarint(0 if length is None else length + 1)
        return struct.pack(">h" if kind == "string" else ">i", -1 if length is None else length)


class _Reader:
    def __init__(self, version: int, flexible: bool, buffer: Buffer) -> None:
        self.version = version
        self.flexible = flexible
        self.buffer = buffer
        self.position = 0

    def struct(self, cls: type[Any]) -> Any:
        layout = layout_of(cls, self.version)
        values = {name: fresh(wire.default) for name, wire in {**layout.absent, **layout.tagged}.items()}
        values.update({name: self.value(wire) for name, wire in layout.plain.items()})
        if self.flexible:
            by_tag = {wire.tag: name for name, wire in layout.tagged.items()}
            for _ in range(self.uvarint()):
                tag, size = self.uvarint(), self.uvarint()
                if tag in by_tag:
                    values[by_tag[tag]] = self.value(layout.tagged[by_tag[tag]])
                elif tag in layout.foreign_tags:
                    raise MalformedMessage(f"tag {tag} is not of version {self.version}")
                else:
                    self.take(size)
        return cls(**values)

    def take(self, size: int) -> Buffer:
        if size > len(self.buffer) - self.position:
            raise MalformedMessage(f"{size} bytes are claimed, fewer are left")
        self.position += size
        return self.buffer[self.position - size : self.position]

    def uvarint(self) -> int:
        number, self.position = read_uvarint(self.buffer, self.position)
        return number

    def fixed(self, form: str) -> Any:
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]

    def value(self, wire: Wire) -> Any:
        nullable = self.version in wire.nullable
        if wire.kind in FORMATS:
            return self.fixed(FORMATS[wire.kind])
        if wire.kind == "struct":
            return self.nullable_struct(wire) if nullable else self.struct(wire.element)
        if wire.kind != "array":
            return self.text(wire.kind, nullable)
        count = self.length("array", nullable)
        if count is None:
            return None
        if (
            count * max(1, least_bytes(wire.element, self.version, self.flexible))
            > len(self.buffer) - self.position
        ):
            raise MalformedMessage(f"{count} elements are claimed, more than fit")
        return [self.element(wire.element) for _ in range(count)]

    def nullable_struct(self, wire: Wire) -> Any:
        is_null = self.uvarint() == 0 if self.version in wire.tagged else self.fixed("b") < 0
        return None if is_null else self.struct(wire.element)

    def element(self, kind: Any) -> Any:
        if isinstance(kind, type):
            return self.struct(kind)
        return self.fixed(FORMATS[kind]) if kind in FORMATS else self.text(kind, nullable=False)

    def text(self, kind: str, nullable: bool) -> Any:
        length = self.length(kind, nullable)
        if length is None:
            return None
        if kind == "string" and length > LONGEST_STRING:
            raise MalformedMessage("a string is too long")
        content = self.take(length)
        if kind == "string":
            return str(content, "utf-8", "replace")
        return memoryview(content) if kind == "records" else bytes(content)

    def length(self, kind: str, nullable: bool) -> int | None:
        length = self.uvarint() - 1 if self.flexible else self.fixed("h" if kind == "string" else "i")
        if length < 0 and not nullable:
            raise MalformedMessage("null where null is not allowed")
        return None if length < 0 else int(length)
