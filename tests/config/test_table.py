"""Tables turn texts into typed attributes."""

import pytest

from kafkapy.config.key import REQUIRED, ConfigError, ConfigKey
from kafkapy.config.table import Table, boolean, integer, strings
from kafkapy.config.validators import at_least


class Fruit(Table):
    apple_count: int = integer(1, at_least(0), doc="Apples.")
    pears: tuple[str, ...] = strings((), doc="Pears.")


class Basket(Fruit):
    lid: bool = boolean(REQUIRED, doc="Whether it has a lid.")


def test_an_attribute_of_the_class_is_the_row_and_of_an_instance_the_value() -> None:
    row: object = Fruit.apple_count
    assert isinstance(row, ConfigKey)
    assert row.name == "apple.count"
    assert Fruit({"apple.count": "3"}).apple_count == 3


def test_a_key_that_is_not_set_has_its_default() -> None:
    fruit = Fruit({"pears": "a,b"})
    assert (fruit.apple_count, fruit.pears) == (1, ("a", "b"))
    assert fruit.is_set("pears")
    assert not fruit.is_set("apple.count")


def test_a_table_has_the_rows_of_the_tables_it_is_made_of() -> None:
    assert list(Basket.KEYS) == ["apple.count", "pears", "lid"]
    assert Basket({"lid": "true"}).value_of("apple.count") == 1


def test_a_key_without_default_must_be_set() -> None:
    with pytest.raises(ConfigError) as caught:
        Basket({})
    assert str(caught.value) == 'Missing required configuration "lid" which has no default value.'


def test_unknown_names_are_kept_as_texts() -> None:
    assert Fruit({"plum": "1"}).texts == {"plum": "1"}
