"""Whose directory it is."""

import pytest

from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.meta_properties import (
    MetaProperties,
    WrongNode,
    check_node_id,
    parse_properties,
    read_properties,
    write_properties,
)

PROPERTIES = MetaProperties("cluster", 3, (1).to_bytes(16))


def test_the_identity_is_read_back_after_a_power_failure(memory_files: MemoryFiles) -> None:
    assert read_properties(memory_files, "/data") is None
    write_properties(memory_files, "/data", PROPERTIES)
    memory_files.crash()
    assert read_properties(memory_files, "/data") == PROPERTIES


def test_what_java_writes_is_understood() -> None:
    text = (
        b"#\n#Sat Nov 23 17:25:00 UTC 2024\nnode.id=3\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ\nversion=1\n"
        b"cluster.id=a\\=b\n! more\n\n"
    )
    assert parse_properties(text) == MetaProperties("a=b", 3, (1).to_bytes(16))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"version=0\nbroker.id=1\ncluster.id=c\n",
        b"version=2\n",
        b"version=1\nnode.id=1\n",
        b"version=1\nnode.id=x\ncluster.id=c\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ",
    ],
)
def test_other_versions_and_missing_keys_are_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"version|lacks|invalid literal"):
        parse_properties(text)


def test_a_directory_of_before_kafka_3_7_has_no_id_yet() -> None:
    assert parse_properties(b"version=1\nnode.id=3\ncluster.id=c\n") == MetaProperties("c", 3, bytes(16))


def test_the_zookeeper_era_is_named() -> None:
    with pytest.raises(ValueError, match="ZooKeeper"):
        parse_properties(b"version=0\nbroker.id=1\ncluster.id=c\n")


def test_the_directory_of_another_node_is_refused() -> None:
    check_node_id(PROPERTIES, 3)
    with pytest.raises(WrongNode, match=r"Stored node id 3 doesn't match previous node id 4"):
        check_node_id(PROPERTIES, 4)
