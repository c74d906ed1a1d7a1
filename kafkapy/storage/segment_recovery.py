"""Reading a segment that a crash may have left half written:
keep its good batches, cut the rest, make new indexes.
"""

from collections.abc import Callable, Iterable, Iterator

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader, check_crc, read_header
from kafkapy.records.header import HEADER_BYTES
from kafkapy.storage.files import File
from kafkapy.storage.placement import Placed
from kafkapy.storage.segment import MAX_RELATIVE_OFFSET, Segment
from kafkapy.storage.transaction_index import AbortedTransaction

READ_BYTES = 1024 * 1024


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
    replay: Callable[[BatchHeader, memoryview], Iterable[AbortedTransaction]],
) -> int:
    """Rebuild the indexes from the batches and cut the segment before the first bad one; gives the number of
    bytes cut.

    Bad is a batch that is not whole, has a wrong checksum, or does not begin behind the one before it.
    `replay` is told of every good batch, in order, and answers with the transactions that its marker has
    aborted.
    """
    segment.forget_indexes()
    end, next_offset = 0, segment.base_offset
    for position, header, batch in batches_of(segment.log):
        relative = header.last_offset - segment.base_offset
        in_order = header.base_offset >= next_offset and header.last_offset_delta >= 0
        if not in_order or relative > MAX_RELATIVE_OFFSET or not check_crc(batch, 0, header):
            break
        try:
            aborted = replay(header, batch)
        except KafkaError:
            break
        segment.note(
            position,
            Placed(header.last_offset, header.max_timestamp, header.size_bytes),
            index_interval_bytes,
        )
        for transaction in aborted:
            segment.transaction_index.append(transaction)
        end, next_offset = position + header.size_bytes, header.next_offset
    cut = segment.size_bytes - end
    if cut:
        segment.log.truncate(end)
    segment.finish_time_index()
    return cut
