"""Writes the source of decoders: one function per message and version, with no branch on the version.

Neighbouring fields of fixed size, and the length of what follows them, are read by one precompiled
`struct.Struct`, straight into the slots of the object. Slices are not checked one by one: a position beyond
the end makes the next read fail, and `decode` checks the last position. What a hostile count can cost is
bounded before its loop starts.

Text that is not UTF-8 is accepted with replacement characters, as Apache Kafka does.
"""

import struct
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any

from kafkapy.protocol import primitives
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.layout import Layout, layout_of, least_bytes
from kafkapy.protocol.primitives import FORMATS, SHORT_ARRAY, Buffer
from kafkapy.protocol.schema import Wire, default_instance
from kafkapy.protocol.source import Source

SIZES = {
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "uint16": 2,
    "uint32": 4,
    "float64": 8,
    "bool": 1,
    "uuid": 16,
}
SMALL_BUFFER_BYTES = 65536  # copying this much once is cheaper than reading single bytes of a memoryview


class DecoderSource:
    """One decoder being written: `fixed` is what the next `unpack` has to read."""

    def __init__(self, version: int, *, flexible: bool, with_records: bool) -> None:
        self._version = version
        self._flexible = flexible
        self._text = "str({}, 'utf-8', 'replace')" if with_records else "{}.decode('utf-8', 'replace')"
        self._fixed: list[tuple[str, str, int]] = []
        self.source = Source(
            new=object.__new__,
            read_uvarint=primitives.read_uvarint,
            read_string=primitives.read_compact_string,
            read_slice=primitives.read_compact_slice,
            skip_tags=primitives.skip_tags,
            null_error=primitives.null_error,
            count_error=primitives.count_error,
            in_window=in_window,
            MalformedMessage=MalformedMessage,
            StructError=struct.error,
            default_instance=default_instance,
        )

    def read_struct(self, cls: type[Any], target: str) -> None:
        """Build an object of `cls` and put it into the variable `target`."""
        layout = layout_of(cls, self._version)
        self.source.line(f"{target} = new({self.source.constant('class_', cls)})")
        for name, wire in [*layout.absent.items(), *layout.tagged.items()]:
            self.source.line(f"{target}.{name} = {self._default(wire.default)}")
        for name, wire in layout.plain.items():
            self._read_value(wire, f"{target}.{name}", f"{cls.__name__}.{name}")
        if self._flexible:
            self._read_tags(cls, layout, target)

    def close_fixed(self, *, stay: int = 0) -> None:
        """Read the pending fields of fixed size; the position stays before the last `stay` bytes of them."""
        if not self._fixed:
            return
        formats = "".join(form for form, _, _ in self._fixed)
        targets = ", ".join(target for _, target, _ in self._fixed)
        size = sum(size for _, _, size in self._fixed) - stay
        comma = "," if len(self._fixed) == 1 else ""
        self._fixed.clear()
        self.source.line(f"{targets}{comma} = {self.source.unpacker(formats)}(b, p); p += {size}")

    def _marker(self, target: str) -> None:
        """Read the byte that leads a compact value, and fixed fields before it; the position stays at it."""
        if self._fixed:
            self._fixed.append(("B", target, 1))
            self.close_fixed(stay=1)
        else:
            self.source.line(f"{target} = b[p]")

    def _default(self, default: Any) -> str:
        if is_dataclass(default):
            return f"default_instance({self.source.constant('class_', type(default))})"
        return "[]" if default == [] else self.source.constant("default", default)

    def _read_value(self, wire: Wire, target: str, field: str) -> None:
        nullable = self._version in wire.nullable
        if wire.kind in FORMATS:
            self._fixed.append((FORMATS[wire.kind], target, SIZES[wire.kind]))
        elif wire.kind == "array" and wire.element in FORMATS:
            self._read_array_of_fixed(wire.element, target, field, nullable)
        elif wire.kind == "array":
            self._read_array(wire, target, field, nullable)
        elif wire.kind == "struct":
            self._read_nested(wire, target, nullable)
        else:
            self._read_text(wire.kind, target, field, nullable)

    def _read_text(self, kind: str, target: str, field: str, nullable: bool) -> None:
        if not self._flexible:
            self._read_classic(kind, target, field, nullable)
        elif kind == "records":
            self._read_records(target, field, nullable)
        else:
            self._read_compact(kind, target, field, nullable)

    def _content(self, kind: str, first: str, end: str) -> str:
        if kind == "records":
            return f"view[{first}:{end}]"
        return self._text.format(f"b[{first}:{end}]") if kind == "string" else f"bytes(b[{first}:{end}])"

    def _read_compact(self, kind: str, target: str, field: str, nullable: bool) -> None:
        """A length marker of one byte decides: content follows, or null, or a longer marker."""
        source = self.source
        self._marker("n")
        with source.block("if 0 < n < 128:"):
            source.line(f"q = p + n; {target} = {self._content(kind, 'p + 1', 'q')}; p = q")
        if nullable:
            with source.block("elif not n:"):
                source.line(f"{target} = None; p += 1")
        with source.block("else:"):
            source.line(f"value, p = {'read_string' if kind == 'string' else 'read_slice'}(b, p)")
            if not nullable:
                source.line(f"if value is None: raise null_error({field!r})")
            copied = "None if value is None else bytes(value)" if kind == "bytes" else "value"
            source.line(f"{target} = {copied}")

    def _read_records(self, target: str, field: str, nullable: bool) -> None:
        """Compact bytes that are usually longer than 127."""
        source = self.source
        self._marker("n")
        with source.block("if n > 127:"):
            source.line("n, p = read_uvarint(b, p)")
        with source.block("else:"):
            source.line("p += 1")
        with source.block("if n:"):
            source.line(f"q = p + n - 1; {target} = view[p:q]; p = q")
        with source.block("else:"):
            source.line(f"{target} = None" if nullable else f"raise null_error({field!r})")

    def _read_classic(self, kind: str, target: str, field: str, nullable: bool) -> None:
        source = self.source
        self._fixed.append(("h", "n", 2) if kind == "string" else ("i", "n", 4))
        self.close_fixed()
        with source.block("if n >= 0:"):
            source.line(f"q = p + n; {target} = {self._content(kind, 'p', 'q')}; p = q")
        with source.block("else:"):
            source.line(f"{target} = None" if nullable else f"raise null_error({field!r})")

    def _read_nested(self, wire: Wire, target: str, nullable: bool) -> None:
        source, nested = self.source, self.source.name("o")
        if not nullable:
            self.read_struct(wire.element, nested)
            source.line(f"{target} = {nested}")
            return
        if self._version in wire.tagged:
            source.line("n, p = read_uvarint(b, p)")
        else:
            self._fixed.append(("b", "n", 1))
            self.close_fixed()
        with source.block("if not n:" if self._version in wire.tagged else "if n < 0:"):
            source.line(f"{target} = None")
        with source.block("else:"):
            self.read_struct(wire.element, nested)
            self.close_fixed()
            source.line(f"{target} = {nested}")

    def _read_array(self, wire: Wire, target: str, field: str, nullable: bool) -> None:
        source, items, count = self.source, self.source.name("a"), self.source.name("n")
        source.line(f"{items} = {target} = []")
        if self._flexible:
            self._marker(count)
            with source.block(f"if {count} > 127:"):
                source.line(f"{count}, p = read_uvarint(b, p)")
            with source.block("else:"):
                source.line("p += 1")
        else:
            self._fixed.append(("i", count, 4))
            self.close_fixed()
        with source.block(f"if {count} > {1 if self._flexible else 0}:"):
            self._read_elements(wire.element, items, count, field)
        with source.block(f"elif not {count}:" if self._flexible else f"elif {count} < 0:"):
            source.line(f"{target} = None" if nullable else f"raise null_error({field!r})")

    def _read_elements(self, element: str | type[Any], items: str, count: str, field: str) -> None:
        """A count that the bytes left cannot hold is refused before the loop starts."""
        source = self.source
        if self._flexible:
            source.line(f"{count} -= 1")
        least = max(1, least_bytes(element, self._version, self._flexible))
        with source.block(f"if {count} * {least} > size - p:" if least > 1 else f"if {count} > size - p:"):
            source.line(f"raise count_error({field!r}, {count})")
        with source.block(f"for _ in range({count}):"):
            item = source.name("o")
            if isinstance(element, type):
                self.read_struct(element, item)
                self.close_fixed()
            else:
                self._read_text(element, item, field, False)
            source.line(f"{items}.append({item})")

    def _read_array_of_fixed(self, element: str, target: str, field: str, nullable: bool) -> None:
        """Numbers or uuids: an unpacker per count for short arrays, a function for the others."""
        source, form, size = self.source, FORMATS[element], SIZES[element]
        unpackers = source.constant("arrays", primitives.array_unpackers(form))
        long = source.constant("array", primitives.long_array_reader(form, compact=self._flexible))
        if self._flexible:
            self._marker("n")
            with source.block("if n == 1:"):
                source.line(f"{target} = []; p += 1")
            with source.block(f"elif 1 < n <= {SHORT_ARRAY}:"):
                source.line(f"{target} = [*{unpackers}[n - 1](b, p + 1)]; p += n * {size} - {size - 1}")
        else:
            self._fixed.append(("i", "n", 4))
            self.close_fixed(stay=4)
            with source.block(f"if 0 <= n < {SHORT_ARRAY}:"):
                source.line(f"{target} = [*{unpackers}[n](b, p + 4)]; p += n * {size} + 4")
        with source.block("else:"):
            source.line(f"{target}, p = {long}(b, p, {field!r})")
            if not nullable:
                source.line(f"if {target} is None: raise null_error({field!r})")

    def _read_tags(self, cls: type[Any], layout: Layout, target: str) -> None:
        """The tag section. The size of a known field is not compared with what it took, as in Kafka."""
        source = self.source
        self._marker("n")
        if not layout.tagged and not layout.foreign_tags:
            with source.block("if n:"):
                source.line("p = skip_tags(b, p)")
            with source.block("else:"):
                source.line("p += 1")
            return
        with source.block("if not n:"):
            source.line("p += 1")
        with source.block("else:"):
            count, tag, size = source.name("tags"), source.name("tag"), source.name("size")
            source.line(f"{count}, p = read_uvarint(b, p)")
            with source.block(f"for _ in range({count}):"):
                source.line(f"{tag}, p = read_uvarint(b, p); {size}, p = read_uvarint(b, p)")
                condition = "if"
                for name, wire in layout.tagged.items():
                    with source.block(f"{condition} {tag} == {wire.tag}:"):
                        self._read_value(wire, f"{target}.{name}", f"{cls.__name__}.{name}")
                        self.close_fixed()
                    condition = "elif"
                for foreign in sorted(layout.foreign_tags):
                    with source.block(f"{condition} {tag} == {foreign}:"):
                        source.line(
                            f"raise MalformedMessage('tag {foreign} is not of version {self._version}')"
                        )
                    condition = "elif"
                with source.block("else:"):
                    source.line(f"p += {size}")


def in_window(decode: Callable[[bytes], tuple[Any, int]], buffer: Buffer, position: int) -> tuple[Any, int]:
    """Decode out of a large buffer by copying little of it, or the rest if the message needs more."""
    try:
        message, size = decode(bytes(buffer[position : position + SMALL_BUFFER_BYTES]))
    except MalformedMessage:
        message, size = decode(bytes(buffer[position:]))
    return message, position + size


def decoder_source(cls: type[Any], version: int, *, flexible: bool, with_records: bool) -> Source:
    """`def decode(buffer, position=0) -> (message, position behind it)`, for one version of one message."""
    writer = DecoderSource(version, flexible=flexible, with_records=with_records)
    source = writer.source
    with source.block("def decode(b, p=0):"):
        source.line("size = len(b)")
        if with_records:
            source.line("view = b if type(b) is memoryview else memoryview(b)")
        else:
            with source.block("if type(b) is not bytes:"):
                source.line(f"if size > {SMALL_BUFFER_BYTES}: return in_window(decode, b, p)")
                source.line("b = bytes(b)")
        with source.block("try:"):
            writer.read_struct(cls, "message")
            writer.close_fixed()
        with source.block("except (IndexError, StructError) as error:"):
            source.line(f"raise MalformedMessage(f'{cls.__name__} v{version}: {{error}}') from error")
        with source.block("if p > size:"):
            source.line(f"raise MalformedMessage(f'{cls.__name__} v{version} ends {{p - size}} bytes early')")
        source.line("return message, p")
    return source
