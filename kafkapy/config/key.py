"""One row of a configuration table: a key's type, default and accepted values, and how its text is read.

Texts are read as Kafka's ConfigDef reads them, and refused with its messages: tools print those verbatim.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum
from math import copysign, isfinite
from typing import Any, Final

Value = bool | int | float | str | tuple[str, ...] | None

REQUIRED: Final[Any] = object()
"""The default of a key that has none."""

INT_MAX: Final = 2**31 - 1
LONG_MAX: Final = 2**63 - 1
DOUBLE_MAX: Final = 1.7976931348623157e308


class ConfigType(IntEnum):
    """Kafka's config types; the number is the one DescribeConfigs sends."""

    UNKNOWN = 0
    BOOLEAN = 1
    STRING = 2
    INT = 3
    SHORT = 4
    LONG = 5
    DOUBLE = 6
    LIST = 7
    CLASS = 8
    PASSWORD = 9


class Dynamic(Enum):
    """Where a broker key may be changed while the broker runs; the value is Kafka's word for it."""

    READ_ONLY = "read-only"
    PER_BROKER = "per-broker"
    CLUSTER_WIDE = "cluster-wide"


class ConfigError(ValueError):
    """A configuration that is refused; the text is Kafka's own.

    accepted: what the key takes, where a single key is at fault.
    """

    accepted = ""


class RequestError(ConfigError):
    """A configuration for which Kafka answers INVALID_REQUEST where others get INVALID_CONFIG."""


def invalid(name: str, value: Value, reason: str = "") -> ConfigError:
    """The error of Kafka's ConfigException(name, value, reason)."""
    text = f"Invalid value {shown(value)} for configuration {name}"
    return ConfigError(f"{text}: {reason}" if reason else text)


class Validator:
    """A check: called with key and value it raises ConfigError; str() tells what it accepts, as Kafka does.

    distinct: repeated items of a list are dropped before the check.
    """

    __slots__ = ("_check", "_text", "distinct")

    def __init__(self, text: str, check: Callable[[str, Any], None], *, distinct: bool = False) -> None:
        self._text = text
        self._check = check
        self.distinct = distinct

    def __call__(self, name: str, value: Any) -> None:
        self._check(name, value)

    def __str__(self) -> str:
        return self._text


@dataclass(slots=True)
class ConfigKey:
    """A row. `name` and `attribute` are set by the table that holds it.

    synonyms: broker keys for the same setting, strongest first.
    synonym: the broker key that a topic or group key falls back to.
    no_effect: why kafkapy accepts the key and does nothing with it; empty when it is honoured.
    internal: described only where it has been set.
    foreign: a key of a plugin or of kafkapy, not of Kafka's broker, whose describe shows it as unknown.
    """

    kind: ConfigType
    default: Any
    valid: Validator | None
    doc: str
    dynamic: Dynamic = Dynamic.READ_ONLY
    synonyms: tuple[str, ...] = ()
    synonym: str = ""
    no_effect: str = ""
    internal: bool = False
    foreign: bool = False
    attribute: str = ""
    name: str = ""

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute
        self.name = attribute.replace("_", ".")

    @property
    def sensitive(self) -> bool:
        return self.kind is ConfigType.PASSWORD or self.foreign

    @property
    def accepted(self) -> str:
        """What the key takes, for error messages and documents: `INT [1,...]`."""
        return f"{self.kind.name} {self.valid}".strip() if self.valid else self.kind.name

    def parse(self, text: str | None) -> Value:
        """Read and check a text as it stands in a file or a request. ConfigError with Kafka's text."""
        try:
            value = None if text is None else PARSERS[self.kind](self.name, text)
            if self.valid:
                if self.valid.distinct and isinstance(value, tuple):
                    value = tuple(dict.fromkeys(value))
                self.valid(self.name, value)
        except ConfigError as error:
            error.accepted = self.accepted
            raise
        return value


def shown(value: Value) -> str:
    """A value inside a message, as Java prints it."""
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return "null" if value is None else text_of(value)


def text_of(value: bool | int | float | str | tuple[str, ...]) -> str:
    """The text of a value in DescribeConfigs (ConfigDef.convertToString)."""
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _double_text(value) if isinstance(value, float) else str(value)


def _double_text(value: float) -> str:
    """Java's Double.toString: 0.5, 1.0E10, 1.7976931348623157E308."""
    if not isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)
    digits = digits.rstrip("0") or "0"
    sign = "-" if copysign(1, value) < 0 else ""
    if value == 0:
        return f"{sign}0.0"
    if not -3 < point <= 7:
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{point - 1}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    return f"{sign}{digits[:point].ljust(point, '0')}.{digits[point:] or '0'}"


JAVA_BLANK = "".join(map(chr, range(0x21)))
_INTEGER = re.compile(r"[+-]?\d+")
_DOUBLE = re.compile(r"[+-]?(NaN|Infinity|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)[fFdD]?")
_COMMA = re.compile(r"\s*,\s*")


def _boolean(name: str, text: str) -> bool:
    try:
        return {"true": True, "false": False}[text.strip(JAVA_BLANK).lower()]
    except KeyError:
        raise invalid(name, text, "Expected value to be either true or false") from None


def _string(name: str, text: str) -> str:
    return text.strip(JAVA_BLANK)


def _integer(type_name: str, bits: int) -> Callable[[str, str], int]:
    limit = 1 << (bits - 1)

    def parse(name: str, text: str) -> int:
        trimmed = text.strip(JAVA_BLANK)
        if _INTEGER.fullmatch(trimmed) and -limit <= (value := int(trimmed)) < limit:
            return value
        raise invalid(name, text, f"Not a number of type {type_name}")

    return parse


def _double(name: str, text: str) -> float:
    trimmed = text.strip(JAVA_BLANK)
    if not _DOUBLE.fullmatch(trimmed):
        raise invalid(name, text, "Not a number of type DOUBLE")
    return float(trimmed.rstrip("fFdD"))


def _list(name: str, text: str) -> tuple[str, ...]:
    trimmed = text.strip(JAVA_BLANK)
    return tuple(_COMMA.split(trimmed)) if trimmed else ()


def _class(name: str, text: str) -> str:
    """Names of Kafka's own classes pass; Kafka refuses a class that it cannot find, and here is no other."""
    trimmed = text.strip(JAVA_BLANK)
    if not trimmed.startswith("org.apache.kafka."):
        raise invalid(name, text, f"Class {text} could not be found.")
    return trimmed


PARSERS: dict[ConfigType, Callable[[str, str], Value]] = {
    ConfigType.BOOLEAN: _boolean,
    ConfigType.STRING: _string,
    ConfigType.INT: _integer("INT", 32),
    ConfigType.SHORT: _integer("SHORT", 16),
    ConfigType.LONG: _integer("LONG", 64),
    ConfigType.DOUBLE: _double,
    ConfigType.LIST: _list,
    ConfigType.CLASS: _class,
    ConfigType.PASSWORD: _string,
}
