"""Snapshots of the metadata log, and its election file."""

from collections.abc import Callable

import pytest

from kafkapy.protocol.codec import encode
from kafkapy.protocol.messages.log_records.snapshot_footer_record import SnapshotFooterRecord
from kafkapy.protocol.messages.log_records.snapshot_header_record import SnapshotHeaderRecord
from kafkapy.records.control import ControlType, control_batch
from kafkapy.storage.check import check
from kafkapy.storage.check_metadata import metadata_problems
from kafkapy.storage.memory_files import MemoryFiles

NAME = f"{12:020d}-0000000003.checkpoint"
HEADER = bytes(
    control_batch(
        ControlType.SNAPSHOT_HEADER,
        encode(SnapshotHeaderRecord(version=0, last_contained_log_timestamp=5), 0),
        5,
    )
)
FOOTER = bytes(
    control_batch(ControlType.SNAPSHOT_FOOTER, encode(SnapshotFooterRecord(version=0), 0), 5, base_offset=1)
)


def problems(files: MemoryFiles) -> list[str]:
    return [problem.text for problem in metadata_problems(files, "/data")]


def test_a_snapshot_from_header_to_footer_is_sound(memory_files: MemoryFiles) -> None:
    memory_files.write(f"/data/{NAME}", HEADER + FOOTER)
    memory_files.write("/data/quorum-state", b'{"leaderId":1,"leaderEpoch":3,"data_version":0}')
    assert problems(memory_files) == []


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (lambda content: content[:-1], "bytes after position 83 are no batch"),
        (lambda content: HEADER, "does not begin with a header and end with a footer"),
        (lambda content: b"", "does not begin with a header and end with a footer"),
        (lambda content: content[:-1] + b"?", "has a wrong checksum"),
    ],
)
def test_damage_is_found(memory_files: MemoryFiles, damage: Callable[[bytes], bytes], text: str) -> None:
    memory_files.write(f"/data/{NAME}", damage(HEADER + FOOTER))
    (problem,) = problems(memory_files)
    assert text in problem


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"leaderId":1}'])
def test_an_election_file_that_does_not_parse_is_found(memory_files: MemoryFiles, content: bytes) -> None:
    memory_files.write("/data/quorum-state", content)
    assert problems(memory_files) == ["does not say who leads in which epoch"]


def test_the_first_snapshot_of_a_cluster_is_looked_at_too(memory_files: MemoryFiles) -> None:
    memory_files.write("/data/bootstrap.checkpoint", HEADER)
    found = {problem.path: problem.text for problem in check(memory_files, "/data")}
    assert "/data/bootstrap.checkpoint" in found
