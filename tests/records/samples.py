"""Batches to test with: some that Apache Kafka 4.3 wrote, and the ways to make or break one.

`golden/small-CODEC.log` and `golden/large-CODEC.log` a broker stored from the Java producer;
`bootstrap.checkpoint` and `leader-change.log` come from its metadata log.
"""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from kafkapy.records.batch import BatchHeader, read_header
from kafkapy.records.builder import NewRecord
from kafkapy.records.header import seal

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
NOW = 1_700_000_000_000

SMALL_RECORDS = [
    (b"key-1", b"value one", (("trace", b"abc"), ("empty", b""))),
    (b"key-2", b"", (("trace", b"def"),)),
    (None, b"no key and no headers", ()),
    (b"key-3", None, ()),
    (b"key-4", b"x" * 200, (("a", None), ("b", "\N{LATIN SMALL LETTER U WITH DIAERESIS}".encode()))),
]
"""Key, value and headers of the records in every `small-CODEC.log`."""

LARGE_RECORDS = [(b"key-%d" % (i % 7), b"the same words again and again " * 3, ()) for i in range(1000)]

TWO = [NewRecord(b"k", b"v", NOW), NewRecord(b"k2", b"v2", NOW + 1)]

_blob = st.binary(max_size=200)
records = st.builds(
    NewRecord,
    st.none() | _blob,
    st.none() | _blob | st.just(b"v" * 10_000),
    st.integers(-1, 2**50),
    st.lists(st.tuples(st.text(max_size=20), st.none() | _blob), max_size=3).map(tuple),
)


def golden(name: str) -> bytes:
    return (Path(__file__).parent / "golden" / name).read_bytes()


def patched(batch: bytearray, **fields: Any) -> bytearray:
    """The batch with other header fields and the checksum for them."""
    seal(batch, 0, read_header(batch)._replace(**fields))
    return batch


def with_body(batch: bytearray, body: bytes, **fields: Any) -> bytearray:
    """The batch with another records section, its length and checksum right."""
    changed = batch[:61] + body
    header: BatchHeader = read_header(batch)._replace(batch_length=len(changed) - 12, **fields)
    seal(changed, 0, header)
    return changed
