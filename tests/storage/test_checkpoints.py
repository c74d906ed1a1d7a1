"""Checkpoint files: Kafka's text, replaced as a whole, never by something older."""

import pytest

from kafkapy.storage.checkpoints import (
    MalformedCheckpoint,
    OffsetCheckpoint,
    format_offsets,
    parse_checkpoint,
    parse_offsets,
)
from kafkapy.storage.memory_files import MemoryFiles

PATH = "/data/recovery-point-offset-checkpoint"


def test_the_text_is_version_count_and_a_line_for_each_partition() -> None:
    assert format_offsets({("b", 0): 5, ("a", 10): 7, ("a", 2): 1}) == b"0\n3\na 2 1\na 10 7\nb 0 5\n"
    assert parse_offsets(b"0\n2\na 2 1\nb 0 5\n") == {("a", 2): 1, ("b", 0): 5}
    assert parse_offsets(b"0\n0\n") == {}
    assert parse_offsets(b"") == {}


@pytest.mark.parametrize(
    "content",
    [b"\n", b"0\n", b"1\n0\n", b"0\n2\na 0 1\n", b"0\nx\n", b"0\n1\na 0\n", b"0\n1\na b c\n", b"\xff\xff"],
)
def test_a_wrong_version_count_or_line_makes_it_unreadable(content: bytes) -> None:
    with pytest.raises(MalformedCheckpoint):
        parse_offsets(content)


def test_other_kinds_of_entries_are_split_into_fields() -> None:
    assert parse_checkpoint(b"0\n2\n0 0\n5 120\n") == [["0", "0"], ["5", "120"]]


def test_a_missing_file_holds_nothing(memory_files: MemoryFiles) -> None:
    assert OffsetCheckpoint(memory_files, PATH).read() == {}


def test_what_was_written_survives_a_power_failure(memory_files: MemoryFiles) -> None:
    OffsetCheckpoint(memory_files, PATH).write({("a", 0): 5})
    memory_files.crash()
    assert OffsetCheckpoint(memory_files, PATH).read() == {("a", 0): 5}


def test_a_job_that_comes_late_does_not_undo_a_newer_one(memory_files: MemoryFiles) -> None:
    checkpoint = OffsetCheckpoint(memory_files, PATH)
    late = checkpoint.write_job({("a", 0): 9})
    checkpoint.write({("a", 0): 5})
    late()
    assert checkpoint.read() == {("a", 0): 5}
