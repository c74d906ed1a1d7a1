"""The topic id beside a partition's segments."""

import pytest

from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.partition_metadata import format_metadata, parse_metadata, read_topic_id, write_topic_id

TOPIC_ID = (1).to_bytes(16)


def test_the_text_is_what_kafka_writes() -> None:
    assert format_metadata(TOPIC_ID) == b"version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ"
    assert parse_metadata(b"version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n") == TOPIC_ID


def test_the_id_is_read_back(memory_files: MemoryFiles) -> None:
    assert read_topic_id(memory_files, "/data") is None
    write_topic_id(memory_files, "/data", TOPIC_ID)
    assert read_topic_id(memory_files, "/data") == TOPIC_ID


@pytest.mark.parametrize(
    "content", [b"", b"version: 1\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ", b"version: 0", b"version"]
)
def test_an_unreadable_file_counts_as_missing(memory_files: MemoryFiles, content: bytes) -> None:
    memory_files.write("/data/partition.metadata", content)
    assert read_topic_id(memory_files, "/data") is None
    with pytest.raises(ValueError, match=r"version|metadata|sequence"):
        parse_metadata(content)
