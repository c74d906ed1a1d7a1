"""Reading a segment that a crash may have left half written: keep its good batches, cut the rest, make new
indexes.

A long recovery is a loop over batches: besides the checksum, each costs what is done in Python for it. So
`kafkapy.records.scan` takes the plain ones where it is compiled (measured: 0.02 us each), and the loop here
has everything in line that such a batch needs (0.5 us; reading its whole header and handing it on takes 3).
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from struct import Struct

from crc32c import crc32c

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader, check_crc, read_header
from kafkapy.records.header import (
    CONTROL,
    CRC_FROM,
    HEADER_BYTES,
    LENGTH_OVERHEAD_BYTES,
    MAGIC,
    TRANSACTIONAL,
)
from kafkapy.records.scan import Passed, pass_batches
from kafkapy.storage.files import File
from kafkapy.storage.producer_entry import REMEMBERED_BATCHES
from kafkapy.storage.segment import MAX_RELATIVE_OFFSET, Segment
from kafkapy.storage.transaction_index import AbortedTransaction

READ_BYTES = 1024 * 1024
_LEAST_LENGTH = HEADER_BYTES - LENGTH_OVERHEAD_BYTES
_UNKNOWN = -2
_TOLD = CONTROL | TRANSACTIONAL

_FIELDS = Struct(">qiibIhi8xqq")
"""Of a header: base offset, length, leader epoch, magic, checksum, attributes, last offset delta, largest
timestamp, producer id.
"""

Replay = Callable[[BatchHeader, memoryview], Iterable[AbortedTransaction]]


def batches_of(
    log: File, position: int = 0, read_bytes: int = READ_BYTES
) -> Iterator[tuple[int, BatchHeader, memoryview]]:
    """(position, header, the whole batch) one after another; ends at the first place where no whole batch
    stands. `read_bytes`, at least a header's, are read at a time.
    """
    block, block_at = memoryview(b""), position
    while True:
        at = position - block_at
        if at + HEADER_BYTES > len(block):
            block, block_at, at = memoryview(log.read(position, read_bytes)), position, 0
        try:
            header = read_header(block, at)
        except KafkaError:
            return
        if at + header.size_bytes > len(block):
            if position + header.size_bytes > log.size:
                return
            wanted = max(read_bytes, header.size_bytes)
            block, block_at, at = memoryview(log.read(position, wanted)), position, 0
        yield position, header, block[at : at + header.size_bytes]
        position += header.size_bytes


def recover_segment(
    segment: Segment,
    index_interval_bytes: int,
    replay: Replay,
    *,
    position: int = 0,
    next_offset: int | None = None,
    on_read: Callable[[int], object] = lambda _: None,
) -> int:
    """Make the indexes from the batches and cut the segment before the first bad one; gives the number of
    bytes cut.

    Bad is a batch that is not whole, has a wrong checksum, or does not begin behind the one before it.
    `replay` is told of the good batches that begin a leader epoch or belong to a transaction, in order, and
    answers with the transactions that a marker has aborted; of a row of other batches of one producer it is
    told of those that are remembered, without their records. What stands before `position`, where
    `next_offset` comes next, is believed: `Segment.settle_below` has prepared the indexes for that. `on_read`
    is told now and then how many more bytes have been read.
    """
    if position == 0:
        segment.forget_indexes()
    scan = _Scan(segment, index_interval_bytes, replay, position)
    if next_offset is not None:
        scan.next_offset = next_offset
    while True:
        before = scan.position
        is_good = scan.block(segment.log.read(before, READ_BYTES))
        if is_good and scan.position == before:
            is_good = scan.one()
        on_read(scan.position - before)
        if not is_good:
            break
    scan.tell_last()
    segment.resume_notes(scan.largest, scan.largest_at, scan.unindexed)
    cut = segment.size_bytes - scan.position
    if cut:
        segment.log.truncate(scan.position)
    segment.finish_time_index()
    segment.transaction_index.replace()
    return cut


class _Scan:
    """How far a recovery has come, and what `Segment.note` would know by then."""

    def __init__(self, segment: Segment, index_interval_bytes: int, replay: Replay, position: int) -> None:
        self.position = position
        self.next_offset = segment.base_offset
        self.largest, self.largest_at, self.unindexed = segment.notes
        self._segment = segment
        self._interval = index_interval_bytes
        self._replay = replay
        self._epoch = _UNKNOWN
        self._last: defaultdict[int, deque[bytes]] = defaultdict(lambda: deque(maxlen=REMEMBERED_BATCHES))
        """By producer id the headers of its last batches, which have not been replayed."""

    def block(self, block: bytes) -> bool:
        """Take the whole batches of today's format that `block` begins with; False if one is bad."""
        at, is_good, goes_on = 0, True, True
        while goes_on:
            at = self._pass_plain(block, at)
            at, is_good, goes_on = self._take(block, at)
        self.position += at
        return is_good

    def _pass_plain(self, block: bytes, at: int) -> int:
        """Take the batches from `at` on that need no replay, where that is compiled; the position behind."""
        passed = pass_batches(
            block,
            at,
            Passed(at, self.next_offset, self.largest, self.largest_at, self.unindexed, [], []),
            last_possible=self._segment.base_offset + MAX_RELATIVE_OFFSET,
            epoch=self._epoch,
            index_interval_bytes=self._interval,
            remembered=REMEMBERED_BATCHES,
        )
        at, self.next_offset, self.largest, self.largest_at, self.unindexed, entries, starts = passed
        for last_offset, position, largest, largest_at in entries:
            self._segment.offset_index.append(last_offset, self.position + position)
            self._segment.time_index.append(largest, largest_at)
        for producer_id, start in starts:
            self._last[producer_id].append(block[start : start + HEADER_BYTES])
        return at

    def _take(self, block: bytes, at: int) -> tuple[int, bool, bool]:
        """Take batches from `at` on: the position behind, whether all were good, and whether it is worth
        while to look for plain ones there.
        """
        unpack, view, end = _FIELDS.unpack_from, memoryview(block), len(block)
        base_offset, interval, next_offset = self._segment.base_offset, self._interval, self.next_offset
        last_possible = base_offset + MAX_RELATIVE_OFFSET
        largest, unindexed, last_of = self.largest, self.unindexed, self._last
        is_good, is_told = True, 0
        while at + HEADER_BYTES <= end and not is_told:
            first, length, epoch, magic, crc, attributes, delta, timestamp, producer_id = unpack(block, at)
            stop = at + length + LENGTH_OVERHEAD_BYTES
            if magic != MAGIC or stop > end:
                break
            last = first + delta
            is_told = attributes & _TOLD or epoch != self._epoch
            if (
                first < next_offset
                or delta < 0
                or last > last_possible
                or length < _LEAST_LENGTH
                or crc32c(view[at + CRC_FROM : stop]) != crc
                or (is_told and not self._tell(view[at:stop]))
            ):
                is_good = False
                break
            if producer_id >= 0 and not is_told:
                last_of[producer_id].append(block[at : at + HEADER_BYTES])
            if timestamp > largest:
                largest, self.largest_at = timestamp, last
            if unindexed > interval:
                self._index(last, self.position + at, largest)
                unindexed = 0
            unindexed += stop - at
            next_offset = last + 1
            at = stop
        self.next_offset, self.largest, self.unindexed = next_offset, largest, unindexed
        return at, is_good, is_good and bool(is_told)

    def one(self) -> bool:
        """Take one batch that is larger than a block, or of an old format; False if there is no good one."""
        log = self._segment.log
        try:
            header = read_header(log.read(self.position, HEADER_BYTES))
        except KafkaError:
            return False
        batch = memoryview(log.read(self.position, header.size_bytes))
        if len(batch) < header.size_bytes:
            return False
        if header.magic == MAGIC:
            return self.block(bytes(batch))
        is_next = self.next_offset <= header.base_offset <= self._segment.base_offset + MAX_RELATIVE_OFFSET
        if not is_next or not check_crc(batch, 0, header) or not self._tell(batch):
            return False
        if header.max_timestamp > self.largest:
            self.largest, self.largest_at = header.max_timestamp, header.last_offset
        if self.unindexed > self._interval:
            self._index(header.last_offset, self.position, self.largest)
            self.unindexed = 0
        self.unindexed += header.size_bytes
        self.position += header.size_bytes
        self.next_offset = header.next_offset
        return True

    def tell_last(self) -> None:
        """Replay what has waited for something else of its producer."""
        for headers in self._last.values():
            for header in headers:
                self._replay(read_header(header), memoryview(header))

    def _tell(self, batch: memoryview) -> bool:
        """Whether `replay` takes the batch for a good one."""
        header = read_header(batch)
        try:
            for before in self._last.pop(header.producer_id, ()):
                self._replay(read_header(before), memoryview(before))
            aborted = self._replay(header, batch)
        except KafkaError:
            return False
        for transaction in aborted:
            self._segment.transaction_index.append(transaction)
        self._epoch = header.partition_leader_epoch
        return True

    def _index(self, last_offset: int, position: int, largest: int) -> None:
        self._segment.offset_index.append(last_offset, position)
        self._segment.time_index.append(largest, self.largest_at)
