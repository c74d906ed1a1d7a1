"""Texts are read, refused and shown as Kafka's ConfigDef does it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkapy.config.key import ConfigError, ConfigKey, ConfigType, Value, text_of
from kafkapy.config.validators import at_least, items, one_of


def key(kind: ConfigType, valid: object = None) -> ConfigKey:
    return ConfigKey(kind, None, valid, "", name="some.key")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (ConfigType.BOOLEAN, " True ", True),
        (ConfigType.BOOLEAN, "FALSE", False),
        (ConfigType.INT, " +12\t", 12),
        (ConfigType.INT, "-2147483648", -(2**31)),
        (ConfigType.SHORT, "32767", 32767),
        (ConfigType.LONG, "9223372036854775807", 2**63 - 1),
        (ConfigType.DOUBLE, "1e-5", 0.00001),
        (ConfigType.DOUBLE, ".5d", 0.5),
        (ConfigType.STRING, " a b ", "a b"),
        (ConfigType.PASSWORD, " s ", "s"),
        (ConfigType.LIST, " a , b,c ", ("a", "b", "c")),
        (ConfigType.LIST, "  ", ()),
        (ConfigType.LIST, "a,,", ("a", "", "")),
        (ConfigType.CLASS, "org.apache.kafka.common.X ", "org.apache.kafka.common.X"),
    ],
)
def test_a_text_is_read_by_type(kind: ConfigType, text: str, value: Value) -> None:
    assert key(kind).parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (ConfigType.BOOLEAN, "yes", "Expected value to be either true or false"),
        (ConfigType.INT, "2147483648", "Not a number of type INT"),
        (ConfigType.INT, "1_000", "Not a number of type INT"),
        (ConfigType.INT, "", "Not a number of type INT"),
        (ConfigType.SHORT, "32768", "Not a number of type SHORT"),
        (ConfigType.LONG, "1.0", "Not a number of type LONG"),
        (ConfigType.LONG, "-9223372036854775809", "Not a number of type LONG"),
        (ConfigType.DOUBLE, "1,5", "Not a number of type DOUBLE"),
        (ConfigType.DOUBLE, "inf", "Not a number of type DOUBLE"),
        (ConfigType.CLASS, "com.acme.Policy", "Class com.acme.Policy could not be found."),
    ],
)
def test_what_cannot_be_read_is_refused_in_kafkas_words(kind: ConfigType, text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        key(kind).parse(text)
    assert str(caught.value) == f"Invalid value {text} for configuration some.key: {reason}"


def test_an_error_tells_what_the_key_accepts() -> None:
    with pytest.raises(ConfigError) as caught:
        key(ConfigType.INT, at_least(1)).parse("none")
    assert caught.value.accepted == "INT [1,...]"


def test_repeated_items_of_a_checked_list_count_once() -> None:
    assert key(ConfigType.LIST, items("a", "b")).parse("b,a,b") == ("b", "a")
    assert key(ConfigType.LIST).parse("b,a,b") == ("b", "a", "b")


def test_a_parsed_value_is_what_the_check_sees() -> None:
    refused = "Invalid value a for configuration some.key: String must be one of: b"
    with pytest.raises(ConfigError, match=re.escape(refused)):
        key(ConfigType.STRING, one_of("b")).parse(" a ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (1.0, "1.0"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (-0.25, "-0.25"),
        (0.0, "0.0"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (True, "true"),
        (7, "7"),
        (("a", "b"), "a,b"),
        ((), ""),
    ],
)
def test_a_value_is_shown_as_java_shows_it(
    value: bool | int | float | str | tuple[str, ...], text: str
) -> None:
    assert text_of(value) == text


@given(st.floats(allow_nan=False))
def test_a_double_survives_being_shown(value: float) -> None:
    assert key(ConfigType.DOUBLE).parse(text_of(value)) == value
