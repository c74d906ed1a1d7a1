"""Producer snapshot files, against one that Apache Kafka wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkapy.storage.producer_entry import ProducedBatch, ProducerEntry
from kafkapy.storage.producer_snapshot import decode_snapshot, encode_snapshot
from tests.storage.producers import GOLDEN

_long = st.integers(0, 2**63 - 1)
_int = st.integers(0, 2**31 - 1)
entries = st.lists(
    st.builds(
        ProducerEntry,
        producer_id=_long,
        epoch=st.integers(-1, 2**15 - 1),
        coordinator_epoch=st.integers(-1, 2**31 - 1),
        last_timestamp=st.just(77),
        transaction_first_offset=st.none() | _long,
        batches=st.lists(st.builds(ProducedBatch, _int, _long, _int, st.just(77)), max_size=1),
    ),
    max_size=5,
)


def test_kafkas_snapshot_is_written_again_byte_for_byte() -> None:
    content = (GOLDEN / "producers.snapshot").read_bytes()
    found = decode_snapshot(content)
    assert [entry.producer_id for entry in found] == [1, 2, 3, 20, 21, 10, 30]
    assert encode_snapshot(found) == content


@given(entries)
def test_what_is_written_is_read_back(made: list[ProducerEntry]) -> None:
    content = encode_snapshot(made)
    assert len(content) == 10 + 46 * len(made)
    assert decode_snapshot(content) == made


def test_only_the_last_batch_is_kept() -> None:
    entry = ProducerEntry(1, epoch=0, last_timestamp=77)
    for i in range(3):
        entry.remember(ProducedBatch(i, i, 0, 77))
    [found] = decode_snapshot(encode_snapshot([entry]))
    assert found.batches == [ProducedBatch(2, 2, 0, 77)]


@given(st.data())
def test_every_changed_bit_is_seen(data: st.DataObject) -> None:
    content = bytearray((GOLDEN / "producers.snapshot").read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ValueError, match=r"unknown file version|Snapshot is corrupt"):
        decode_snapshot(bytes(content))


def test_a_cut_or_wrong_length_is_seen() -> None:
    content = (GOLDEN / "producers.snapshot").read_bytes()
    for broken in (b"", content[:5], content[:-1]):
        with pytest.raises(ValueError, match=r"of \d bytes|Snapshot is corrupt"):
            decode_snapshot(broken)
