"""Whether one segment's batches are whole and in order, and its indexes speak of them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from kafkapy.records.batch import BatchHeader, check_crc
from kafkapy.storage import offset_index, time_index
from kafkapy.storage.files import FileSystem
from kafkapy.storage.names import LOG, OFFSET_INDEX, TIME_INDEX, file_name
from kafkapy.storage.segment import MAX_RELATIVE_OFFSET
from kafkapy.storage.segment_recovery import batches_of


class Problem(NamedTuple):
    """Something that should not be: the file, and what is wrong with it.

    `cut_at`: of a `.log` file, where the first batch stands that cannot be kept.
    """

    path: str
    text: str
    cut_at: int | None = None


class Batch(NamedTuple):
    """A batch in a segment file."""

    position: int
    header: BatchHeader
    content: memoryview


class SegmentCheck:
    """One segment of a partition; `is_active` means that indexes may lag behind the batches."""

    def __init__(self, files: FileSystem, directory: str, base_offset: int, *, is_active: bool) -> None:
        self._files = files
        self._directory = directory
        self.base_offset = base_offset
        self._is_active = is_active
        self._last_offsets: dict[int, int] = {}
        self._times: list[tuple[int, int]] = []
        self.end_offset = base_offset
        """The offset after the last one; known once `batches` has come to its end."""

    def path_of(self, suffix: str) -> str:
        return f"{self._directory}/{file_name(self.base_offset, suffix)}"

    def batches(self, problems: list[Problem]) -> Iterator[Batch]:
        """All sound batches up to the first that is none; what is wrong goes to `problems`."""
        path = self.path_of(LOG)
        log = self._files.open(path)
        end, largest = 0, -1
        for position, header, content in batches_of(log):
            if header.base_offset < self.end_offset:
                problems.append(
                    Problem(
                        path,
                        f"the batch at {position} has offset {header.base_offset}, not {self.end_offset}",
                        position,
                    )
                )
            if header.last_offset - self.base_offset > MAX_RELATIVE_OFFSET:
                text = f"offset {header.last_offset} is too far from the segment's base offset"
                problems.append(Problem(path, text, position))
            is_sound = check_crc(content, 0, header)
            if not is_sound:
                text = f"the batch at {position} (offset {header.base_offset}) has a wrong checksum"
                problems.append(Problem(path, text, position))
            if header.max_timestamp > largest:
                largest = header.max_timestamp
                self._times.append((largest, header.last_offset))
            self._last_offsets[position] = header.last_offset
            self.end_offset = header.next_offset
            end = position + header.size_bytes
            if is_sound:
                yield Batch(position, header, content)
        if end < log.size:
            text = f"{log.size - end} bytes after position {end} are no batch"
            problems.append(Problem(path, text, end))
        log.close()

    def index_problems(self) -> Iterator[Problem]:
        """To be asked after `batches`."""
        yield from self._offset_index_problems()
        yield from self._time_index_problems()

    def _offset_index_problems(self) -> Iterator[Problem]:
        path = self.path_of(OFFSET_INDEX)
        if not self._files.exists(path):
            if not self._is_active:  # it comes with the first sync
                yield Problem(path, "is missing")
            return
        content = self._files.read(path)
        if len(content) % offset_index.ENTRY.size:
            yield Problem(path, f"its {len(content)} bytes are no whole entries")
            return
        entries = list(offset_index.ENTRY.iter_unpack(content))
        for (offset, position), (next_offset, next_position) in pairwise(entries):
            if next_offset <= offset or next_position <= position:
                yield Problem(path, f"the entry of offset {self.base_offset + next_offset} does not rise")
        for relative, position in entries:
            if self._last_offsets.get(position) != self.base_offset + relative:
                yield Problem(path, f"no batch at {position} ends with offset {self.base_offset + relative}")

    def _time_index_problems(self) -> Iterator[Problem]:
        path = self.path_of(TIME_INDEX)
        if not self._files.exists(path):
            if not self._is_active:
                yield Problem(path, "is missing")
            return
        content = self._files.read(path)
        if len(content) % time_index.ENTRY.size:
            yield Problem(path, f"its {len(content)} bytes are no whole entries")
            return
        entries = list(time_index.ENTRY.iter_unpack(content))
        for (timestamp, offset), (next_timestamp, next_offset) in pairwise(entries):
            if next_timestamp <= timestamp or next_offset < offset:
                yield Problem(path, f"the entry of timestamp {next_timestamp} does not rise")
        known = set(self._times)
        for timestamp, relative in entries:
            if (timestamp, self.base_offset + relative) not in known:
                yield Problem(
                    path,
                    f"{timestamp} is not the largest timestamp up to offset {self.base_offset + relative}",
                )
        if not self._is_active and self._times and (not entries or entries[-1][0] != self._times[-1][0]):
            yield Problem(path, "the largest timestamp of the segment is missing")
