"""Which fields one version of a message carries, where they travel, and the fewest bytes they take."""

import struct
from dataclasses import dataclass
from typing import Any

from kafkapy.protocol.primitives import FORMATS
from kafkapy.protocol.schema import Wire, wires_of


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a struct in one version: in order, in
    the tag section by tag, and those it does not carry.

    `foreign_tags` are of fields that only other versions have in the tag section. Unlike unknown tags they
    are refused, as Kafka does.
    """

    plain: dict[str, Wire]
    tagged: dict[str, Wire]
    absent: dict[str, Wire]
    foreign_tags: frozenset[int]


def layout_of(cls: type[Any], version: int) -> Layout:
    layout = Layout({}, {}, {}, frozenset())
    tags = set()
    for name, wire in wires_of(cls).items():
        if wire.tag is not None and version not in wire.tagged:
            tags.add(wire.tag)
        if version not in wire.versions:
            layout.absent[name] = wire
        elif version in wire.tagged:
            layout.tagged[name] = wire
        else:
            layout.plain[name] = wire
    by_tag = sorted(layout.tagged.items(), key=lambda item: item[1].tag or 0)
    return Layout(layout.plain, dict(by_tag), layout.absent, frozenset(tags))


def least_bytes(kind: str | type[Any], version: int, flexible: bool) -> int:
    """The size of the smallest value of a type: what bounds
    how many elements the bytes that are left can hold.
    """
    if isinstance(kind, type):
        fields = layout_of(kind, version).plain.values()
        return flexible + sum(_least_bytes_of_field(wire, version, flexible) for wire in fields)
    if kind in FORMATS:
        return struct.calcsize(">" + FORMATS[kind])
    if flexible:
        return 1
    return 2 if kind == "string" else 4


def _least_bytes_of_field(wire: Wire, version: int, flexible: bool) -> int:
    if not isinstance(wire.element, type) or wire.kind == "array":
        return least_bytes(wire.kind, version, flexible)
    return 1 if version in wire.nullable else least_bytes(wire.element, version, flexible)


def carries_records(cls: type[Any], version: int) -> bool:
    """Whether a version of a message holds record batches, at any depth."""
    return any(
        wire.kind == "records" or (isinstance(wire.element, type) and carries_records(wire.element, version))
        for wire in wires_of(cls).values()
        if version in wire.versions
    )
