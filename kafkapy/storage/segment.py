"""One segment of a log: a `.log` file of batches back to back, and the indexes that find things in it.

A segment only appends, finds and cuts; when to roll, what to read and what to delete is decided by others.
"""

from collections.abc import Iterator, Sequence

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader, read_header
from kafkapy.records.header import HEADER_BYTES
from kafkapy.storage.doubt import Doubt
from kafkapy.storage.files import Buffer, File, FileSystem
from kafkapy.storage.names import (
    DELETED,
    LOG,
    OFFSET_INDEX,
    SEGMENT_FILES,
    TIME_INDEX,
    TRANSACTION_INDEX,
    file_name,
)
from kafkapy.storage.offset_index import OffsetIndex
from kafkapy.storage.placement import Placed
from kafkapy.storage.time_index import TimeIndex
from kafkapy.storage.transaction_index import TransactionIndex

MAX_RELATIVE_OFFSET = 0x7FFFFFFF
NO_TIMESTAMP = -1
SCAN_BYTES = 8192
MAX_HINTS = 64


class Segment:
    """Batches from `base_offset` on. `created_ms` is when this object was made, by the wall clock."""

    __slots__ = (
        "_first_timestamp",
        "_max_timestamp",
        "_max_timestamp_offset",
        "_unindexed_bytes",
        "base_offset",
        "created_ms",
        "directory",
        "doubt",
        "files",
        "hints",
        "log",
        "offset_index",
        "time_index",
        "transaction_index",
    )

    def __init__(
        self, files: FileSystem, directory: str, base_offset: int, created_ms: int, suffix: str = ""
    ) -> None:
        """Opens the segment whose `.log` is there. Raises OSError."""
        self.files = files
        self.directory = directory
        self.base_offset = base_offset
        self.created_ms = created_ms
        self.log: File = files.open(self.path_of(LOG) + suffix)
        self.offset_index = OffsetIndex(files, self.path_of(OFFSET_INDEX) + suffix, base_offset)
        self.time_index = TimeIndex(files, self.path_of(TIME_INDEX) + suffix, base_offset)
        self.transaction_index = TransactionIndex(files, self.path_of(TRANSACTION_INDEX) + suffix)
        self.doubt: Doubt | None = None
        """What has to be checked before it is read; None for what this process has written."""
        self.hints: dict[int, int] = {}
        """Where a batch that begins with an offset starts: left by readers for their next read."""
        self._max_timestamp: int | None = None
        self._max_timestamp_offset = base_offset
        self._first_timestamp: int | None = None
        self._unindexed_bytes = 0

    @classmethod
    def create(
        cls, files: FileSystem, directory: str, base_offset: int, created_ms: int, preallocate: int = 0
    ) -> "Segment":
        """A new empty segment; whatever of that name was there is gone."""
        files.remove(f"{directory}/{file_name(base_offset, TRANSACTION_INDEX)}")
        files.open(f"{directory}/{file_name(base_offset, LOG)}", create=True)
        segment = cls(files, directory, base_offset, created_ms)
        if segment.size_bytes:
            segment.log.truncate(0)
        if preallocate:
            segment.log.preallocate(preallocate)
        segment.offset_index.entries.create()
        segment.time_index.entries.create()
        segment._max_timestamp = NO_TIMESTAMP
        return segment

    def path_of(self, suffix: str) -> str:
        return f"{self.directory}/{file_name(self.base_offset, suffix)}"

    @property
    def size_bytes(self) -> int:
        return self.log.size

    @property
    def max_timestamp(self) -> int:
        """The largest timestamp in the segment, -1 if no batch has one."""
        if self._max_timestamp is None:
            self._max_timestamp, self._max_timestamp_offset = self.time_index.last()
        return self._max_timestamp

    @property
    def max_timestamp_offset(self) -> int:
        """The last offset of the first batch that has the largest timestamp."""
        return self._max_timestamp_offset if self.max_timestamp >= 0 else self.base_offset

    @property
    def largest_timestamp(self) -> int:
        """The largest timestamp or, if no batch has one, when
        the file was last changed: what retention goes by.
        """
        return self.max_timestamp if self.max_timestamp >= 0 else self.files.modified_ms(self.log.path)

    @property
    def first_timestamp(self) -> int:
        """The largest timestamp of the first batch, -1 if there
        is none: the age of the segment counts from it.
        """
        if self._first_timestamp is None:
            if not self.size_bytes:
                return NO_TIMESTAMP
            self._first_timestamp = self.header_at(0).max_timestamp
        return self._first_timestamp

    def append(self, buffer: Buffer, batches: Sequence[Placed], index_interval_bytes: int) -> None:
        """Write batches with one call and note them.

        After an OSError from that call the segment is as before, though bytes may stand behind its end.
        """
        position = self.log.size
        self.log.append(buffer)
        for batch in batches:
            self.note(position, batch, index_interval_bytes)
            position += batch.size_bytes

    def note(self, position: int, batch: Placed, index_interval_bytes: int) -> None:
        """Remember a batch that stands at `position`, behind all
        that are known: its time, and now and then its place.
        """
        last_offset, timestamp, size = batch
        max_timestamp = self._max_timestamp
        if max_timestamp is None:
            max_timestamp = self.max_timestamp
        if timestamp > max_timestamp:
            self._max_timestamp = max_timestamp = timestamp
            self._max_timestamp_offset = last_offset
        if self._unindexed_bytes > index_interval_bytes:
            self.offset_index.append(last_offset, position)
            self.time_index.append(max_timestamp, self._max_timestamp_offset)
            self._unindexed_bytes = 0
        self._unindexed_bytes += size

    def headers(self, position: int = 0) -> Iterator[tuple[int, BatchHeader]]:
        """(position, header) of the batches from `position`, where one must start, to the end.

        Raises KafkaError(CORRUPT_MESSAGE) where no whole batch is.
        """
        block, block_at, end = b"", position, self.log.size
        while position < end:
            at = position - block_at
            if at + HEADER_BYTES > len(block):
                block, block_at, at = self.log.read(position, SCAN_BYTES), position, 0
            header = read_header(block, at)
            next_position = position + header.size_bytes
            if next_position > end:
                raise KafkaError(
                    ErrorCode.CORRUPT_MESSAGE, f"the batch at {position} of {self.log.path} is cut"
                )
            yield position, header
            position = next_position

    def header_at(self, position: int) -> BatchHeader:
        return read_header(self.log.read(position, HEADER_BYTES))

    def find(self, offset: int) -> tuple[int, BatchHeader] | None:
        """(position, header) of the first batch that ends with `offset` or above; None if all end below."""
        for position, header in self.headers(self.offset_index.position_before(offset)):
            if header.last_offset >= offset:
                return position, header
        return None

    def position_of(self, offset: int) -> int:
        """Where the first batch that ends with `offset` or above
        starts; the size of the segment if there is none.
        """
        if offset <= self.base_offset:
            return 0
        hint = self.hints.get(offset)
        if hint is not None:
            return hint
        found = self.find(offset)
        return self.log.size if found is None else found[0]

    def leave_hint(self, offset: int, position: int) -> None:
        """A reader got as far as `position`, and will ask for `offset` next."""
        hints = self.hints
        if len(hints) >= MAX_HINTS and offset not in hints:
            del hints[next(iter(hints))]
        hints[offset] = position

    def boundary(self, position: int, limit: int) -> tuple[int, int]:
        """The last end of a batch that is not above `limit`, and the offset to ask for next when reading on
        from there.

        Batches are counted from the one that starts at `position`; the answer is `position` if not even that
        one fits. The segment must go on behind `limit`.
        """
        end, next_offset = max(position, self.offset_index.position_at_most(limit)), -1
        for at, header in self.headers(end):
            if at + header.size_bytes > limit:
                return end, header.base_offset if next_offset < 0 else next_offset
            end, next_offset = at + header.size_bytes, header.next_offset
        return end, next_offset

    def next_offset(self) -> int:
        """The offset after the last one in the segment, found by reading the last batches.

        Raises KafkaError(CORRUPT_MESSAGE) if the last entry of the offset index does not point to its batch,
        or no whole batch follows on another up to the end.
        """
        next_offset = self.base_offset
        for _, header in self.headers(self._last_indexed()):
            next_offset = header.next_offset
        return next_offset

    def truncate_to(self, offset: int) -> None:
        """Cut away the batch that holds `offset` and everything after it."""
        position = self.position_of(offset)
        self.offset_index.truncate_to(offset)
        self.time_index.truncate_to(offset)
        self.transaction_index.truncate_to(offset)
        self.log.truncate(position)
        self.hints.clear()
        self._unindexed_bytes = 0
        self._first_timestamp = None
        self._max_timestamp, self._max_timestamp_offset = self.time_index.last()
        for _, header in self.headers(self.offset_index.position_before(offset)):
            if header.max_timestamp > self._max_timestamp:
                self._max_timestamp, self._max_timestamp_offset = header.max_timestamp, header.last_offset

    def forget_indexes(self) -> None:
        """Start over with empty indexes; `note` fills them again."""
        self.offset_index.entries.cut(0)
        self.time_index.clear()
        self.transaction_index.reset()
        self.hints.clear()
        self._unindexed_bytes = 0
        self._first_timestamp = None
        self._max_timestamp, self._max_timestamp_offset = NO_TIMESTAMP, self.base_offset

    def settle_below(self, offset: int) -> int | None:
        """After a crash: believe the batches below `offset`, and what the indexes say of those; nothing else
        stays in the indexes. Gives the position where these batches end.

        None, and an unknown state, if indexes and batches do not fit: then nothing can be believed.
        """
        relative = offset - self.base_offset
        offsets, times = self.offset_index.entries, self.time_index.entries
        offset_count, time_count = offsets.rising_below(0, relative), times.rising_below(1, relative)
        if offset_count is None or time_count is None:
            return None
        offsets.cut(offset_count)
        times.cut(time_count)
        self.transaction_index.settle_below(self.base_offset, offset)
        try:
            if not self._has_last_time():
                return None
            start = self._last_indexed()
            end, next_offset = start, self.base_offset
            self._max_timestamp, self._max_timestamp_offset = self.time_index.last()
            while next_offset < offset and (header := self.header_at(end)).base_offset < offset:
                end, next_offset = end + header.size_bytes, header.next_offset
                if header.max_timestamp > self._max_timestamp:
                    self._max_timestamp, self._max_timestamp_offset = header.max_timestamp, header.last_offset
        except KafkaError:
            return None
        self._unindexed_bytes = end - start
        return end if next_offset <= offset and end <= self.log.size else None

    def _has_last_time(self) -> bool:
        """Whether the last entry of the time index is of a batch that is there: a power failure may have left
        half of one, which looks like one of an offset further below.
        """
        entries = self.time_index.entries
        if not len(entries):
            return True
        timestamp, relative = entries[-1]
        found = self.find(self.base_offset + relative)
        return found is not None and found[1].max_timestamp == timestamp

    def _last_indexed(self) -> int:
        """Where the last batch starts that the offset index knows, or the first one.

        Raises KafkaError(CORRUPT_MESSAGE) if another batch or none is there.
        """
        entries = self.offset_index.entries
        if not len(entries):
            return 0
        relative, position = entries[-1]
        if self.header_at(position).last_offset != self.base_offset + relative:
            raise KafkaError(ErrorCode.CORRUPT_MESSAGE, f"{entries.path} does not fit its segment")
        return position

    @property
    def notes(self) -> tuple[int, int, int]:
        """What `note` goes by: the largest timestamp so far, the last offset of the first batch that has it,
        and the bytes since the last index entry.
        """
        return self.max_timestamp, self._max_timestamp_offset, self._unindexed_bytes

    def resume_notes(self, max_timestamp: int, max_timestamp_offset: int, unindexed_bytes: int) -> None:
        """`note` goes on from here."""
        self._max_timestamp, self._max_timestamp_offset = max_timestamp, max_timestamp_offset
        self._unindexed_bytes = unindexed_bytes

    @property
    def has_whole_time_index(self) -> bool:
        """Whether `finish_time_index` has nothing to add."""
        return self.time_index.last()[0] == self.max_timestamp

    def finish_time_index(self) -> None:
        """The largest timestamp becomes the last entry of the time
        index, as in every segment that is closed in order.
        """
        self.time_index.append(self.max_timestamp, self.max_timestamp_offset)

    def seal(self) -> None:
        """No more appends: indexes are complete, files get their final size."""
        self.finish_time_index()
        self.log.truncate(self.log.size)
        self.offset_index.entries.seal()
        self.time_index.entries.seal()

    def open_files(self) -> list[File]:
        """All files of this segment, brought up to date, for a sync."""
        found = [self.log, self.offset_index.entries.file(), self.time_index.entries.file()]
        transactions = self.transaction_index.file()
        return found if transactions is None else [*found, transactions]

    def mark_deleted(self) -> list[str]:
        """Close the segment and rename its files to `.deleted`; gives their new paths."""
        self.abandon()
        renamed = []
        for path in map(self.path_of, SEGMENT_FILES):
            if self.files.exists(path):
                self.files.rename(path, path + DELETED)
                renamed.append(path + DELETED)
        return renamed

    def close(self) -> None:
        """Write what is pending and give the descriptors back."""
        self.offset_index.entries.write()
        self.time_index.entries.write()
        self.abandon()

    def abandon(self) -> None:
        """Give the descriptors back and write nothing."""
        for file in (self.offset_index.entries, self.time_index.entries, self.transaction_index, self.log):
            file.close()
