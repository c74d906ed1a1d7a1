"""Writes the source of encoders: one function per message and version, with no branch on the version.

The function joins small byte strings, by way of a list if there are loops or branches. Neighbouring fields of
fixed size become one precompiled `struct.Struct`. Record batches are chunks of their own and not copied.
"""

import struct
from typing import Any

from kafkapy.protocol import primitives
from kafkapy.protocol.layout import layout_of
from kafkapy.protocol.primitives import FORMATS, SHORT_ARRAY, SHORT_LENGTHS
from kafkapy.protocol.schema import Wire, default_instance
from kafkapy.protocol.source import Source


class EncoderSource:
    """One encoder being written: `pieces` and `fixed` are
    what straight-line code still has to append to `out`.
    """

    def __init__(self, version: int, *, flexible: bool) -> None:
        self._version = version
        self._flexible = flexible
        self._out = "out"
        self._started: set[str] = set()
        self._pieces: list[str] = []
        self._fixed: list[tuple[str, str]] = []
        self.source = Source(
            SHORT=SHORT_LENGTHS,
            long_string=primitives.compact_string_length,
            long_bytes=primitives.compact_length,
            uvarint=primitives.uvarint,
            StructError=struct.error,
        )

    def write_struct(self, cls: type[Any], value: str) -> None:
        layout = layout_of(cls, self._version)
        for name, wire in layout.absent.items():
            if not wire.ignorable:
                self._refuse(cls, name, wire, value)
        for name, wire in layout.plain.items():
            self._write_value(wire, f"{value}.{name}", self._version in wire.nullable)
        if self._flexible and layout.tagged:
            self._write_tags(layout.tagged, value)
        elif self._flexible:
            self._fixed.append(("x", ""))

    def flush(self) -> None:
        """Put what is pending into the list `out`; needed before and at the end of every loop or branch."""
        self._close_fixed()
        if self._out not in self._started:
            self._started.add(self._out)
            self.source.line(f"{self._out} = [{', '.join(self._pieces)}]")
        else:
            for piece in self._pieces:
                self.source.line(f"{self._out}.append({piece})")
        self._pieces.clear()

    def joined(self) -> str:
        """An expression for all bytes since `out` began; without loops and branches no list is needed."""
        self._close_fixed()
        if self._out in self._started:
            self.flush()
            return f"b''.join({self._out})"
        pieces = self._pieces.copy()
        self._pieces.clear()
        return pieces[0] if len(pieces) == 1 else f"b''.join(({', '.join(pieces)}))"

    def _piece(self, expression: str) -> None:
        self._close_fixed()
        self._pieces.append(expression)

    def _close_fixed(self) -> None:
        if not self._fixed:
            return
        formats = "".join(form for form, _ in self._fixed)
        values = ", ".join(value for _, value in self._fixed if value)
        self._fixed.clear()
        self._pieces.append(
            f"{self.source.packer(formats)}({values})" if values else repr(bytes(len(formats)))
        )

    def _refuse(self, cls: type[Any], name: str, wire: Wire, value: str) -> None:
        with self.source.block(f"if {self._differs(f'{value}.{name}', wire.default)}:"):
            self.source.line(
                f'raise ValueError("{cls.__name__}.{name} cannot travel in version {self._version}")'
            )

    def _differs(self, value: str, default: Any) -> str:
        if default is None:
            return f"{value} is not None"
        if default == []:
            return f"{value} != []"
        return f"{value} != {self.source.constant('default', default)}"

    def _write_value(self, wire: Wire, value: str, nullable: bool) -> None:
        if wire.kind in FORMATS:
            self._fixed.append((FORMATS[wire.kind], value))
        elif wire.kind == "array":
            self._write_array(wire, value, nullable)
        elif wire.kind == "struct":
            self._write_nested(wire, value, nullable)
        elif wire.kind == "records":
            self._write_records(value, nullable)
        else:
            self._write_text(wire.kind, value, nullable)

    def _write_text(self, kind: str, value: str, nullable: bool) -> None:
        """A string or bytes: a length, then the content; both appended without a branch."""
        source, content = self.source, self.source.name("s")
        prefix = self._length_of(kind, content)
        if not nullable:
            source.line(f"{content} = {value}.encode()" if kind == "string" else f"{content} = {value}")
            self._prefix(kind, content, prefix)
        else:
            source.line(f"{content} = {value}")
            length = source.name("n")
            with source.block(f"if {content} is None:"):
                source.line(f"{length} = {self._null_of(kind)!r}; {content} = b''")
            with source.block("else:"):
                if kind == "string":
                    source.line(f"{content} = {content}.encode()")
                source.line(f"{length} = {prefix}")
            self._piece(length)
        self._piece(content)

    def _prefix(self, kind: str, content: str, prefix: str) -> None:
        if self._flexible:
            self._piece(prefix)
        else:
            self._fixed.append(("h" if kind == "string" else "i", f"len({content})"))

    def _length_of(self, kind: str, content: str) -> str:
        if not self._flexible:
            return f"{self.source.packer('h' if kind == 'string' else 'i')}(len({content}))"
        slow = "long_string" if kind == "string" else "long_bytes"
        return f"(SHORT[n] if (n := len({content})) < 127 else {slow}(n))"

    def _null_of(self, kind: str) -> bytes:
        if self._flexible:
            return b"\x00"
        return b"\xff\xff" if kind == "string" else b"\xff\xff\xff\xff"

    def _write_records(self, value: str, nullable: bool) -> None:
        source, content = self.source, self.source.name("r")
        source.line(f"{content} = {value}")
        self.flush()
        write = (
            f"{self._out}.append({self._length_of('records', content)}); "
            f"chunks.append(b''.join({self._out})); chunks.append({content}); {self._out}.clear()"
        )
        if not nullable:
            source.line(write)
            return
        with source.block(f"if {content} is None:"):
            source.line(f"{self._out}.append({self._null_of('records')!r})")
        with source.block("else:"):
            source.line(write)

    def _write_nested(self, wire: Wire, value: str, nullable: bool) -> None:
        """A struct; where null is allowed, behind a byte: 1, or for null -1, or 0 in the tag section."""
        source, content = self.source, self.source.name("o")
        source.line(f"{content} = {value}")
        if not nullable:
            self.write_struct(wire.element, content)
            return
        self.flush()
        null = b"\x00" if self._version in wire.tagged else b"\xff"
        with source.block(f"if {content} is None:"):
            source.line(f"{self._out}.append({null!r})")
        with source.block("else:"):
            self._piece(r"b'\x01'")
            self.write_struct(wire.element, content)
            self.flush()

    def _write_array(self, wire: Wire, value: str, nullable: bool) -> None:
        source, items = self.source, self.source.name("a")
        source.line(f"{items} = {value}")
        element = wire.element
        packed = isinstance(element, str) and element in FORMATS
        length = self._array_of_fixed(str(element), items) if packed else self._length_of("array", items)
        if nullable:
            prefix = source.name("n")
            with source.block(f"if {items} is None:"):
                source.line(f"{prefix} = {self._null_of('array')!r}; {items} = ()")
            with source.block("else:"):
                source.line(f"{prefix} = {length}")
            self._piece(prefix)
        elif packed or self._flexible:
            self._piece(length)
        else:
            self._fixed.append(("i", f"len({items})"))
        if packed:
            return
        self.flush()
        item = source.name("e")
        with source.block(f"for {item} in {items}:"):
            if isinstance(element, type):
                self.write_struct(element, item)
            else:
                self._write_text(str(element), item, False)
            self.flush()

    def _array_of_fixed(self, element: str, items: str) -> str:
        """An expression for length and values of an array of numbers or uuids."""
        source, form = self.source, FORMATS[element]
        short = source.constant("arrays", primitives.array_packers(form, compact=self._flexible))
        long = source.constant("array", primitives.long_array_packer(form, compact=self._flexible))
        prefix = "n + 1" if self._flexible else "n"
        return f"({short}[n]({prefix}, *{items}) if (n := len({items})) < {SHORT_ARRAY} else {long}({items}))"

    def _write_tags(self, tagged: dict[str, Wire], value: str) -> None:
        """The tag section: a count, then tag, size and content of every field that is not its default."""
        source, outer = self.source, self._out
        self.flush()
        tests = {name: self._tag_test(name, wire, value) for name, wire in tagged.items()}
        with source.block(f"if {' or '.join(tests.values())}:"):
            tags, body = source.name("tags"), source.name("body")
            source.line(f"{tags} = []")
            for name, wire in tagged.items():
                with source.block(f"if {tests[name]}:"):
                    self._out = body
                    self._started.discard(body)
                    self._write_value(wire, f"{value}.{name}", self._version in wire.nullable)
                    source.line(f"{body} = {self.joined()}")
                    tag = primitives.uvarint(wire.tag or 0)
                    source.line(f"{tags} += ({tag!r}, uvarint(len({body})), {body})")
            self._out = outer
            source.line(f"{outer}.append(uvarint(len({tags}) // 3)); {outer} += {tags}")
        with source.block("else:"):
            source.line(rf"{outer}.append(b'\x00')")

    def _tag_test(self, name: str, wire: Wire, value: str) -> str:
        test = self._differs(f"{value}.{name}", wire.default)
        if wire.kind == "struct" and self._version not in wire.nullable:
            test = f"({test} and {self._differs(f'{value}.{name}', default_instance(wire.element))})"
        return test


def encoder_source(cls: type[Any], version: int, *, flexible: bool, with_records: bool) -> Source:
    """`def encode(message) -> list[bytes | bytearray | memoryview]`, for one version of one message."""
    writer = EncoderSource(version, flexible=flexible)
    source = writer.source
    with source.block("def encode(message):"):
        with source.block("try:"):
            if with_records:
                source.line("chunks = []")
            writer.write_struct(cls, "message")
            if with_records:
                writer.flush()
                source.line("if out: chunks.append(b''.join(out))")
            source.line(f"return {'chunks' if with_records else f'[{writer.joined()}]'}")
        with source.block("except (AttributeError, TypeError, StructError) as error:"):
            source.line(f"raise ValueError(f'{cls.__name__} v{version}: {{error}}') from error")
    return source
