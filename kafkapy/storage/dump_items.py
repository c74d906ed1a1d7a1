"""What is found in the files of a partition, piece by piece: what `dump.py` gives and the printers show."""

from typing import Any, NamedTuple, TypeAlias

from kafkapy.records.batch import BatchHeader
from kafkapy.records.record import Record
from kafkapy.storage.producer_entry import ProducerEntry
from kafkapy.storage.transaction_index import AbortedTransaction


class FileBegins(NamedTuple):
    """The next items are in this file. `about` is what its name says, in words."""

    path: str
    about: str | None = None


class Batch(NamedTuple):
    """A batch at a position of a log file."""

    position: int
    header: BatchHeader
    codec: str
    is_valid: bool


class Part(NamedTuple):
    """A record's key or value, decoded: `text` for people, `data` for programs (what `json.dumps` takes)."""

    text: str
    data: Any


class ShownRecord(NamedTuple):
    """A record of the batch before it. `message` is the checksum and its rightness of a record from before
    magic 2; `control` what a control record says. Key and payload are there if they were asked for.
    """

    header: BatchHeader
    record: Record
    message: tuple[int, bool] | None = None
    control: Part | None = None
    key: Part | None = None
    payload: Part | None = None
    has_metadata: bool = True


class OffsetEntry(NamedTuple):
    """An entry of an offset index."""

    offset: int
    position: int


class TimeEntry(NamedTuple):
    """An entry of a time index."""

    timestamp: int
    offset: int


class Line(NamedTuple):
    """A line of a file that is text."""

    text: str


class Remark(NamedTuple):
    """Something about the file that is no entry of it."""

    text: str


class Complaint(NamedTuple):
    """Something is odd about the file, or even wrong with it."""

    text: str
    is_wrong: bool = True


Item: TypeAlias = (
    FileBegins
    | Batch
    | ShownRecord
    | OffsetEntry
    | TimeEntry
    | AbortedTransaction
    | ProducerEntry
    | Line
    | Remark
    | Complaint
)
