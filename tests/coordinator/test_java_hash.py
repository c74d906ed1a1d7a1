"""Java's string hash, on values that Java gives."""

import pytest

from kafkapy.coordinator.java_hash import java_hash, partition_of, small_map_bucket


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", 0),
        ("a", 97),
        ("group", 98629247),
        ("polygenelubricants", -(2**31)),
        ("console-consumer-12345", 158455506),
        ("грип", 33105460),
        ("\U0001f600", 1772899),
    ],
)
def test_it_is_the_one_of_java(text: str, value: int) -> None:
    assert java_hash(text) == value


def test_a_group_is_in_the_partition_that_kafka_looks_for_it_in() -> None:
    assert partition_of("g1", 4) == 2
    assert partition_of("console-consumer-12345", 50) == 6
    assert partition_of("polygenelubricants", 50) == 0


def test_the_order_of_a_hash_map_is_by_the_folded_hash() -> None:
    names = ["cooperative-sticky", "roundrobin", "range", "sticky"]
    assert sorted(names, key=small_map_bucket) == ["sticky", "range", "roundrobin", "cooperative-sticky"]
