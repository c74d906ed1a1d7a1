"""Kafka's file and directory names."""

import pytest

from kafkapy.storage.names import (
    DELETE_DIRECTORY,
    LOG,
    STRAY_DIRECTORY,
    departing_directory,
    file_name,
    future_directory,
    is_departing,
    offset_of,
    parse_future_directory,
    parse_partition_directory,
    partition_directory,
)

UNIQUE = bytes(range(16))


def test_segment_files_are_named_by_twenty_digits() -> None:
    assert file_name(42, LOG) == "00000000000000000042.log"
    assert offset_of("00000000000000000042.timeindex.deleted") == 42
    assert [
        offset_of(name) for name in ("42.log", "leader-epoch-checkpoint", "0000000000000000004x.log", "")
    ] == [None] * 4


def test_the_partition_is_what_follows_the_last_dash() -> None:
    assert partition_directory("a-b", 3) == "a-b-3"
    assert parse_partition_directory("a-b-3") == ("a-b", 3)


@pytest.mark.parametrize(
    "name", ["topic", "-1", "topic-", "topic-x", "topic-1.abc-delete", "lost+found", "topic-²"]
)
def test_other_names_are_no_partitions(name: str) -> None:
    assert parse_partition_directory(name) is None


def test_a_departing_directory_keeps_its_partition_and_gets_an_id() -> None:
    name = departing_directory("a-b", 3, UNIQUE, DELETE_DIRECTORY)
    assert name == "a-b-3.000102030405060708090a0b0c0d0e0f-delete"
    assert is_departing(name, DELETE_DIRECTORY)
    assert not is_departing(name, STRAY_DIRECTORY)
    assert not is_departing("a-b-delete", DELETE_DIRECTORY)


def test_the_name_of_a_long_topic_is_cut_to_what_a_file_system_takes() -> None:
    name = departing_directory("t" * 249, 12, UNIQUE, DELETE_DIRECTORY)
    assert len(name) == 255
    assert is_departing(name, DELETE_DIRECTORY)


def test_future_directories_are_read_back() -> None:
    name = future_directory("a-b", 3, bytes(range(16)))
    assert name == "a-b-3.000102030405060708090a0b0c0d0e0f-future"
    assert parse_future_directory(name) == ("a-b", 3)
    for other in ("a-b-3", "a-b-3.00-future", name.replace("-future", "-delete"), "x.y-future"):
        assert parse_future_directory(other) is None
