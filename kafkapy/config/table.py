"""Declared configuration tables: one typed attribute per key.

    class LogKeys(Table):
        log_segment_bytes: int = integer(1 << 30, at_least(1 << 20), dynamic=CLUSTER_WIDE, doc="...")

The attribute is the key's name with "_" for ".". On the class it is the row (ConfigKey), on an instance the
value: `config.log_segment_bytes` is an int, also to a type checker. A table that inherits from tables has the
rows of all.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, TypedDict, TypeVar, Unpack, cast

from kafkapy.config.key import REQUIRED, ConfigError, ConfigKey, ConfigType, Dynamic, Validator, Value

PER_BROKER = Dynamic.PER_BROKER
CLUSTER_WIDE = Dynamic.CLUSTER_WIDE


class Table:
    """Values of one table, read from texts by key name."""

    KEYS: ClassVar[dict[str, ConfigKey]] = {}

    texts: Mapping[str, str]
    """What has been set, by key name, unknown names included."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.__dict__.update(self.parse(texts))
        self.texts = texts

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        rows = (
            row for base in reversed(cls.__mro__) for row in vars(base).values() if isinstance(row, ConfigKey)
        )
        cls.KEYS = {row.name: row for row in rows}

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> dict[str, Value]:
        """Attribute -> value for every key of the table; names that are no keys are ignored. ConfigError."""
        return {key.attribute: _value(key, texts) for key in cls.KEYS.values()}

    def is_set(self, name: str) -> bool:
        """Whether the key was given, rather than left to its default."""
        return name in self.texts

    def value_of(self, name: str) -> Value:
        """The value of a key given by name."""
        return cast(Value, getattr(self, self.KEYS[name].attribute))


def _value(key: ConfigKey, texts: Mapping[str, str]) -> Value:
    if key.name in texts:
        return key.parse(texts[key.name])
    if key.default is REQUIRED:
        raise ConfigError(f'Missing required configuration "{key.name}" which has no default value.')
    return cast(Value, key.default)


class Options(TypedDict, total=False):
    """What a row may say besides type, default, accepted values and documentation; see ConfigKey."""

    dynamic: Dynamic
    synonyms: tuple[str, ...]
    synonym: str
    no_effect: str
    internal: bool
    foreign: bool


Flag = TypeVar("Flag", bound=bool | None)
Number = TypeVar("Number", bound=int | None)
Real = TypeVar("Real", bound=float | None)
Text = TypeVar("Text", bound=str | None)
Texts = TypeVar("Texts", bound=tuple[str, ...] | None)


def _row(kind: ConfigType, default: Any, valid: Validator | None, doc: str, options: Options) -> Any:
    return ConfigKey(kind, default, valid, doc, **options)


def boolean(default: Flag, *, doc: str, **options: Unpack[Options]) -> Flag:
    return cast(Flag, _row(ConfigType.BOOLEAN, default, None, doc, options))


def integer(
    default: Number, valid: Validator | None = None, *, doc: str, **options: Unpack[Options]
) -> Number:
    return cast(Number, _row(ConfigType.INT, default, valid, doc, options))


def short(default: Number, valid: Validator | None = None, *, doc: str, **options: Unpack[Options]) -> Number:
    return cast(Number, _row(ConfigType.SHORT, default, valid, doc, options))


def long(default: Number, valid: Validator | None = None, *, doc: str, **options: Unpack[Options]) -> Number:
    return cast(Number, _row(ConfigType.LONG, default, valid, doc, options))


def double(default: Real, valid: Validator | None = None, *, doc: str, **options: Unpack[Options]) -> Real:
    return cast(Real, _row(ConfigType.DOUBLE, default, valid, doc, options))


def string(default: Text, valid: Validator | None = None, *, doc: str, **options: Unpack[Options]) -> Text:
    return cast(Text, _row(ConfigType.STRING, default, valid, doc, options))


def class_name(default: Text, *, doc: str, **options: Unpack[Options]) -> Text:
    return cast(Text, _row(ConfigType.CLASS, default, None, doc, options))


def password(*, doc: str, **options: Unpack[Options]) -> str | None:
    return cast(str | None, _row(ConfigType.PASSWORD, None, None, doc, options))


def strings(default: Texts, valid: Validator | None = None, *, doc: str, **options: Unpack[Options]) -> Texts:
    return cast(Texts, _row(ConfigType.LIST, default, valid, doc, options))
