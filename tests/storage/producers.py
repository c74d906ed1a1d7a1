"""Batches of producers, for tests of producer state."""

from pathlib import Path

from kafkapy.records.batch import BatchHeader, read_header
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.control import EndTransactionMarker, end_transaction_batch
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.producer_append import DuplicateBatch
from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.producer_verification import Verification
from kafkapy.storage.transaction_index import AbortedTransaction

NOW = 1_700_000_000_000
GOLDEN = Path(__file__).parent / "golden"
"""`producers.log`, `.snapshot` and `.txnindex` are of a partition of Apache Kafka 4.3 that saw many
producers.
"""


def header_of(
    producer_id: int,
    epoch: int,
    sequence: int,
    count: int = 1,
    *,
    transactional: bool = False,
    timestamp: int = NOW,
) -> BatchHeader:
    """A header as a client's batch has it, without the batch."""
    one = read_header(
        build_batch(
            [NewRecord(b"k", b"v", timestamp)],
            producer_id=producer_id,
            producer_epoch=epoch,
            base_sequence=sequence,
            transactional=transactional,
        )
    )
    return one._replace(record_count=count, last_offset_delta=count - 1)


class Partition:
    """Producer state behind a log that only counts offsets."""

    def __init__(self, *, verifies_transactions: bool = False) -> None:
        self.states = ProducerStates("t-0", verifies_transactions=verifies_transactions)
        self.end = 0
        self.aborted: list[AbortedTransaction] = []
        self.appended: list[tuple[BatchHeader, memoryview]] = []

    def produce(
        self,
        producer_id: int,
        epoch: int,
        sequence: int,
        count: int = 1,
        *,
        transactional: bool = False,
        origin: AppendOrigin = AppendOrigin.CLIENT,
        verification: Verification | None = None,
        timestamp: int = NOW,
    ) -> int | DuplicateBatch:
        """The base offset that the batch gets, or where it is already."""
        header = header_of(
            producer_id, epoch, sequence, count, transactional=transactional, timestamp=timestamp
        )
        return self.append(header, memoryview(b""), origin, verification)

    def end_transaction(
        self, producer_id: int, epoch: int, *, committed: bool, coordinator_epoch: int = 0, version: int = 0
    ) -> int | DuplicateBatch:
        marker = EndTransactionMarker(committed, coordinator_epoch)
        batch = memoryview(end_transaction_batch(producer_id, epoch, marker, NOW))
        return self.append(read_header(batch), batch, AppendOrigin.COORDINATOR, None, version)

    def append(
        self,
        header: BatchHeader,
        batch: memoryview,
        origin: AppendOrigin,
        verification: Verification | None = None,
        version: int = 0,
    ) -> int | DuplicateBatch:
        answer = self.states.check(
            header,
            self.end,
            origin=origin,
            batch=batch,
            verification=verification,
            transaction_version=version,
        )
        if isinstance(answer, DuplicateBatch):
            return answer
        if answer is not None:
            self.aborted += self.states.commit(answer)
        self.appended.append((header._replace(base_offset=self.end), batch))
        self.end += header.last_offset_delta + 1
        return self.end - header.last_offset_delta - 1
