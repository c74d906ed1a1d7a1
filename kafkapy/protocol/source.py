"""A function being written as Python source: its lines, and the constants they use."""

import linecache
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Source:
    """Lines of one function. `build` compiles it; the text stays visible in tracebacks and as `.source`."""

    def __init__(self, **constants: Any) -> None:
        self._lines: list[str] = []
        self._depth = 0
        self._names = 0
        self._constants: dict[str, Any] = constants

    def line(self, text: str) -> None:
        self._lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def name(self, prefix: str) -> str:
        """A local variable that nothing else uses."""
        self._names += 1
        return f"{prefix}{self._names}"

    def constant(self, prefix: str, value: Any) -> str:
        """A name or literal for a value that does not change from call to call."""
        if value is None or type(value) in (bool, int, str, bytes):
            return repr(value)
        name = self.name(prefix)
        self._constants[name] = value
        return name

    def packer(self, formats: str) -> str:
        return self._struct("pack", formats, lambda: struct.Struct(">" + formats).pack)

    def unpacker(self, formats: str) -> str:
        return self._struct("unpack", formats, lambda: struct.Struct(">" + formats).unpack_from)

    def _struct(self, prefix: str, formats: str, make: Callable[[], Any]) -> str:
        name = f"{prefix}_{formats.replace('?', 'B_')}"
        if name not in self._constants:
            self._constants[name] = make()
        return name

    def build(self, function: str, title: str) -> Any:
        text = "\n".join(self._lines) + "\n"
        linecache.cache[title] = (len(text), None, text.splitlines(keepends=True), title)
        exec(compile(text, title, "exec"), self._constants)
        built = self._constants[function]
        built.source = text
        return built
