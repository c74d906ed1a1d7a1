"""How a message is declared: `@message`, `@struct` and one function per wire type, in Kafka's notation.

A declaration reads side by side with its KIP, and type checkers see it as a keyword-only dataclass:

    @message(key=12, valid="0-4", flexible="4+")
    class HeartbeatRequest:
        group_id: str = string()
        generation_id: int = int32()
        member_id: str = string()
        group_instance_id: str | None = string("3+", nullable="3+", default=None)

The first argument of a field says which versions carry it (`"3+"`, `"0-12"`, `"7"`; all by default).
`default=` makes it an optional argument of the class; the value is also what a decoder gives for versions
without the field. `tag=` puts the field into the tag section (KIP-482). Setting a field to something else
than its default for a version that cannot carry it is an error of the encoder, unless the field is
`ignorable`.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast, dataclass_transform, overload

T = TypeVar("T")
Records = bytes | bytearray | memoryview
"""Record batches as they are on the wire; decoders give a `memoryview` of their input."""

REQUIRED: Final[Any] = dataclasses.MISSING
LAST_VERSION = 32767
ZERO_UUID = bytes(16)
IMPLICIT_DEFAULTS = {
    "bool": False,
    "float64": 0.0,
    "string": "",
    "bytes": b"",
    "uuid": ZERO_UUID,
    "records": None,
    "array": [],
}


@dataclasses.dataclass(frozen=True, slots=True)
class Wire:
    """How one field travels. `element` is the element type of
    an array (a kind or a class) or the class of a struct.
    """

    kind: str
    element: Any
    versions: range
    nullable: range
    tag: int | None
    tagged: range
    default: Any
    ignorable: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Schema:
    """What `@message` was told: the API key (or record type,
    or None), and which versions exist and are flexible.
    """

    api_key: int | None
    valid_versions: range
    flexible_versions: range


def parse_versions(text: str | None) -> range:
    """`"3+"`, `"1-4"`, `"2"`, or None / `"none"` for no version at all."""
    if text is None or text == "none":
        return range(0)
    if text.endswith("+"):
        return range(int(text[:-1]), LAST_VERSION + 1)
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def default_instance(cls: type[Any]) -> Any:
    """A struct whose every field has Kafka's default, explicit or implicit."""
    return cls(**{name: fresh(wire.default) for name, wire in wires_of(cls).items()})


def fresh(default: Any) -> Any:
    """A default that may be changed without harm: lists and structs are new ones."""
    if dataclasses.is_dataclass(default):
        return default_instance(type(default))
    return [] if default == [] else default


def _implicit_default(kind: str, element: Any) -> Any:
    return default_instance(element) if kind == "struct" else IMPLICIT_DEFAULTS.get(kind, 0)


def _field(
    kind: str,
    versions: str,
    element: str | type[Any] | None = None,
    *,
    nullable: str | None = None,
    default: Any = REQUIRED,
    tag: int | None = None,
    tagged: str | None = None,
    ignorable: bool = False,
) -> Any:
    wire = Wire(
        kind,
        element,
        parse_versions(versions),
        parse_versions(nullable),
        tag,
        parse_versions(None if tag is None else tagged or versions),
        _implicit_default(kind, element) if default is REQUIRED else default,
        ignorable,
    )
    metadata = {"wire": wire}
    if default is REQUIRED:
        return dataclasses.field(metadata=metadata)
    if isinstance(default, list):
        return dataclasses.field(default_factory=list, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def int8(versions: str = "0+", **options: Any) -> int:
    return cast(int, _field("int8", versions, **options))


def int16(versions: str = "0+", **options: Any) -> int:
    return cast(int, _field("int16", versions, **options))


def int32(versions: str = "0+", **options: Any) -> int:
    return cast(int, _field("int32", versions, **options))


def int64(versions: str = "0+", **options: Any) -> int:
    return cast(int, _field("int64", versions, **options))


def uint16(versions: str = "0+", **options: Any) -> int:
    return cast(int, _field("uint16", versions, **options))


def uint32(versions: str = "0+", **options: Any) -> int:
    return cast(int, _field("uint32", versions, **options))


def float64(versions: str = "0+", **options: Any) -> float:
    return cast(float, _field("float64", versions, **options))


def boolean(versions: str = "0+", **options: Any) -> bool:
    return cast(bool, _field("bool", versions, **options))


def uuid(versions: str = "0+", **options: Any) -> bytes:
    """16 bytes; sixteen zeros, the default, stand for "none"."""
    return cast(bytes, _field("uuid", versions, **options))


@overload
def string(versions: str = "0+", *, nullable: str, **options: Any) -> str | None: ...
@overload
def string(versions: str = "0+", *, nullable: None = None, **options: Any) -> str: ...
def string(versions: str = "0+", *, nullable: str | None = None, **options: Any) -> str | None:
    return cast(str | None, _field("string", versions, nullable=nullable, **options))


@overload
def bytes_(versions: str = "0+", *, nullable: str, **options: Any) -> bytes | None: ...
@overload
def bytes_(versions: str = "0+", *, nullable: None = None, **options: Any) -> bytes: ...
def bytes_(versions: str = "0+", *, nullable: str | None = None, **options: Any) -> bytes | None:
    """Bytes that the decoder copies out of its input."""
    return cast(bytes | None, _field("bytes", versions, nullable=nullable, **options))


@overload
def records(versions: str = "0+", *, nullable: str, **options: Any) -> Records | None: ...
@overload
def records(versions: str = "0+", *, nullable: None = None, **options: Any) -> Records: ...
def records(versions: str = "0+", *, nullable: str | None = None, **options: Any) -> Records | None:
    """Record batches: the decoder gives a slice of its input, the encoder passes the buffer on uncopied."""
    return cast(Records | None, _field("records", versions, nullable=nullable, **options))


@overload
def array(
    element: Callable[..., T], versions: str = "0+", *, nullable: str, **options: Any
) -> list[T] | None: ...
@overload
def array(
    element: Callable[..., T], versions: str = "0+", *, nullable: None = None, **options: Any
) -> list[T]: ...
def array(
    element: Callable[..., T], versions: str = "0+", *, nullable: str | None = None, **options: Any
) -> list[T] | None:
    """A list of structs (`element` is their class) or of plain
    values (`element` is `int32`, `string`, `uuid` ...).
    """
    inner = element if isinstance(element, type) else KIND_OF_SPECIFIER[element]
    return cast(list[T] | None, _field("array", versions, inner, nullable=nullable, **options))


@overload
def nested(element: type[T], versions: str = "0+", *, default: None, **options: Any) -> T | None: ...
@overload
def nested(element: type[T], versions: str = "0+", *, nullable: str, **options: Any) -> T | None: ...
@overload
def nested(element: type[T], versions: str = "0+", *, nullable: None = None, **options: Any) -> T: ...
def nested(element: type[T], versions: str = "0+", **options: Any) -> T | None:
    """One struct. None is Kafka's null where the field is `nullable`.

    A tagged struct that is not nullable takes `default=None`: None says "not sent", which means defaults.
    """
    return cast(T | None, _field("struct", versions, element, **options))


KIND_OF_SPECIFIER: dict[Callable[..., Any], str] = {
    int8: "int8",
    int16: "int16",
    int32: "int32",
    int64: "int64",
    uint16: "uint16",
    uint32: "uint32",
    float64: "float64",
    boolean: "bool",
    uuid: "uuid",
    string: "string",
    bytes_: "bytes",
}


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(
        int8,
        int16,
        int32,
        int64,
        uint16,
        uint32,
        float64,
        boolean,
        uuid,
        string,
        bytes_,
        records,
        array,
        nested,
    ),
)
def message(
    *, key: int | None = None, valid: str, flexible: str | None = None
) -> Callable[[type[T]], type[T]]:
    """Declare a top-level message: a slotted, mutable, keyword-only dataclass that has versions.

    The class gets `api_key` (for log records: the record type), `valid_versions` and `flexible_versions`;
    typed code reads them through `schema_of`.
    """

    def declare(cls: type[T]) -> type[T]:
        declared: Any = struct(cls)
        declared.api_key = key
        declared.valid_versions = parse_versions(valid)
        declared.flexible_versions = parse_versions(flexible)
        return cast(type[T], declared)

    return declare


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(
        int8,
        int16,
        int32,
        int64,
        uint16,
        uint32,
        float64,
        boolean,
        uuid,
        string,
        bytes_,
        records,
        array,
        nested,
    ),
)
def struct(cls: type[T]) -> type[T]:
    """Declare a group of fields that messages nest.

    The class is a slotted dataclass whose `__init__` is generated when it is first called. Decoders never
    call it, and generating all of them at the start would take longer than everything else a broker does to
    start.
    """
    cls.__doc__ = cls.__doc__ or cls.__name__  # otherwise dataclass() spends half its time on one
    declare = dataclasses.dataclass(
        init=False, repr=False, eq=False, slots=True, kw_only=True, match_args=False
    )
    declared: Any = declare(cls)
    declared.__init__ = _generate_init
    declared.__eq__ = _equal
    declared.__hash__ = None
    declared.__repr__ = _shown
    return cast(type[T], declared)


def _generate_init(self: Any, **values: Any) -> None:
    """Stands for the `__init__` of a struct until it is first called."""
    cls = type(self)
    fields = [(field.name, field.type, field) for field in dataclasses.fields(cls)]
    generated: Any = dataclasses.make_dataclass(cls.__name__, fields, repr=False, eq=False, kw_only=True)
    cls.__init__ = generated.__init__
    cls.__init__(self, **values)


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)


def _shown(self: Any) -> str:
    fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
    return f"{type(self).__qualname__}({fields})"


def schema_of(cls: type[Any]) -> Schema:
    """Key and versions of a top-level message class."""
    return Schema(cls.api_key, cls.valid_versions, cls.flexible_versions)


def wires_of(cls: type[Any]) -> dict[str, Wire]:
    """The declared fields of a message or struct, in wire order."""
    return {field.name: field.metadata["wire"] for field in dataclasses.fields(cls)}
