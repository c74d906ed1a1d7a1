"""Messages made up for codec tests: every message and version there is, filled by a seeded random source or
by Hypothesis.
"""

from random import Random
from typing import Any

from hypothesis import strategies as st

from kafkapy.protocol.catalog import every_message
from kafkapy.protocol.layout import layout_of
from kafkapy.protocol.schema import Wire, default_instance, fresh, schema_of

INTEGERS = {
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
}


MESSAGES = list(every_message().values())
MESSAGES_AND_VERSIONS = [(cls, version) for cls in MESSAGES for version in schema_of(cls).valid_versions]


def sample(cls: type[Any], version: int, seed: object = 0, *, tame: bool = False) -> Any:
    """A message whose every field of this version has some value: edge cases among them, unless `tame`.

    Fields that the version lacks have their defaults. The same arguments give the same message.
    """
    return _Sampler(Random(f"{cls.__name__} {version} {seed}"), version, tame).struct(cls)


class _Sampler:
    def __init__(self, random: Random, version: int, tame: bool) -> None:
        self.random = random
        self.version = version
        self.tame = tame

    def struct(self, cls: type[Any]) -> Any:
        layout = layout_of(cls, self.version)
        values = {name: fresh(wire.default) for name, wire in layout.absent.items()}
        for name, wire in {**layout.plain, **layout.tagged}.items():
            values[name] = self.value(wire)
        return cls(**values)

    def value(self, wire: Wire) -> Any:
        if self.version in wire.nullable and self.random.random() < 0.25:
            return None
        if wire.kind == "array":
            short = isinstance(wire.element, type) or self.tame or self.random.random() < 0.9
            count = self.random.randrange(4) if short else self.random.choice((31, 32, 126, 127, 200))
            return [self.scalar(wire.element) for _ in range(count)]
        if wire.kind == "struct" and self.version in wire.tagged and self.version not in wire.nullable:
            value = self.struct(wire.element)
            return None if value == default_instance(wire.element) else value
        return self.scalar(wire.element if wire.kind == "struct" else wire.kind)

    def scalar(self, kind: Any) -> Any:
        if isinstance(kind, type):
            return self.struct(kind)
        if kind in INTEGERS:
            return self.integer(*INTEGERS[kind])
        if kind == "bool":
            return self.random.random() < 0.5
        if kind == "float64":
            return self.random.choice((0.0, -1.5, 1e300))
        if kind == "uuid":
            return self.random.randbytes(16)
        size = self.random.randrange(9) if self.tame else self.random.choice((0, 1, 7, 126, 127, 128, 300))
        if kind == "string":
            return "".join(
                self.random.choice("abcz-._09" if self.tame else "aZ\x00é中\U0001f600") for _ in range(size)
            )
        return self.random.randbytes(size)

    def integer(self, least: int, most: int) -> int:
        if self.tame:
            return self.random.randrange(100)
        return self.random.choice((least, most, 0, 1, self.random.randint(least, most)))


def strategy(cls: type[Any], version: int) -> st.SearchStrategy[Any]:
    """Messages of one class in one version, as Hypothesis makes them up and shrinks them."""
    layout = layout_of(cls, version)
    values = {name: st.builds(fresh, st.just(wire.default)) for name, wire in layout.absent.items()}
    for name, wire in {**layout.plain, **layout.tagged}.items():
        values[name] = _strategy_of_field(wire, version)
    return st.builds(cls, **values)


def _strategy_of_field(wire: Wire, version: int) -> st.SearchStrategy[Any]:
    nullable = version in wire.nullable
    if wire.kind == "array":
        made: st.SearchStrategy[Any] = st.lists(_strategy_of_kind(wire.element, version), max_size=4)
    elif wire.kind == "struct" and version in wire.tagged and not nullable:
        made = strategy(wire.element, version).map(
            lambda value: None if value == default_instance(wire.element) else value
        )
    else:
        made = _strategy_of_kind(wire.element if wire.kind == "struct" else wire.kind, version)
    return st.none() | made if nullable else made


def _strategy_of_kind(kind: Any, version: int) -> st.SearchStrategy[Any]:
    if isinstance(kind, type):
        return strategy(kind, version)
    if kind in INTEGERS:
        return st.integers(*INTEGERS[kind])
    if kind == "string":
        return st.text(st.characters(exclude_categories=("Cs",)), max_size=130)
    if kind == "uuid":
        return st.binary(min_size=16, max_size=16)
    if kind == "bool":
        return st.booleans()
    return st.floats(allow_nan=False) if kind == "float64" else st.binary(max_size=130)
