"""Whether the files that only the metadata log's partition has are sound: its snapshots and `quorum-state`.

What their records mean is not judged here.
"""

import json
from collections.abc import Iterator

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import check_crc, records_of
from kafkapy.records.control import ControlType, control_type
from kafkapy.storage.check_segment import Problem
from kafkapy.storage.files import FileSystem
from kafkapy.storage.names import METADATA_SNAPSHOT, QUORUM_STATE
from kafkapy.storage.segment_recovery import batches_of


def metadata_problems(files: FileSystem, path: str) -> Iterator[Problem]:
    """Those of the directory of the metadata log. Raises OSError."""
    for name in files.list(path):
        if name.endswith(METADATA_SNAPSHOT):
            yield from snapshot_problems(files, f"{path}/{name}")
    quorum_state = f"{path}/{QUORUM_STATE}"
    if files.exists(quorum_state) and not _is_election(files.read(quorum_state)):
        yield Problem(quorum_state, "does not say who leads in which epoch")


def snapshot_problems(files: FileSystem, path: str) -> Iterator[Problem]:
    """Whole batches from a header to a footer."""
    log = files.open(path)
    kinds: list[ControlType | None] = []
    end = 0
    try:
        for position, header, batch in batches_of(log):
            end = position + header.size_bytes
            if not check_crc(batch, 0, header):
                yield Problem(path, f"the batch at {position} has a wrong checksum")
                return
            records = records_of(batch, 0, header)
            kinds.extend(control_type(record.key) if header.is_control else None for record in records)
    except KafkaError as error:
        yield Problem(path, f"the batch that ends at {end}: {error.detail}")
        return
    finally:
        log.close()
    if end < log.size:
        yield Problem(path, f"{log.size - end} bytes after position {end} are no batch")
    elif kinds[:1] != [ControlType.SNAPSHOT_HEADER] or kinds[-1] is not ControlType.SNAPSHOT_FOOTER:
        yield Problem(path, "does not begin with a header and end with a footer")


def _is_election(content: bytes) -> bool:
    try:
        fields = json.loads(content)
        return fields["data_version"] in (0, 1) and int(fields["leaderId"]) + int(fields["leaderEpoch"]) >= -1
    except (ValueError, TypeError, KeyError):
        return False
