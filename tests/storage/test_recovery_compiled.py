"""The compiled part of a recovery against the Python that it stands in for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkapy.records import scan
from kafkapy.records.batch import BatchHeader
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.segment_recovery import recover_segment
from kafkapy.storage.transaction_index import AbortedTransaction
from tests.storage.test_segment_recovery import batch_at, segment_of

pytestmark = pytest.mark.skipif(
    scan._compiled is None, reason="there was no C compiler when kafkapy was installed"
)


batches = st.lists(
    st.tuples(
        st.integers(-1, 2) | st.integers(0, 100),  # producer id
        st.sampled_from([0, 0, 0, 1]),  # leader epoch
        st.sampled_from([False, False, False, True]),  # transactional
        st.sampled_from([0, 5, 3000]),  # size
        st.sampled_from([0, 0, 0, 7]),  # a gap before
    ),
    max_size=90,
)


@given(batches, st.none() | st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)))
def test_what_is_compiled_finds_what_python_finds(
    made: list[tuple[int, int, bool, int, int]], damage: tuple[float, int] | None
) -> None:
    content, offset = bytearray(), 0
    for producer_id, epoch, transactional, size, gap in made:
        offset += gap
        content += batch_at(
            offset,
            size,
            producer_id=producer_id,
            epoch=epoch,
            transactional=transactional and producer_id >= 0,
        )
        offset += 1
    if damage and content:
        content[int(damage[0] * len(content))] ^= damage[1]
    outcomes = []
    for compiled in (scan._compiled, None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(scan, "_compiled", compiled)
            outcomes.append(recovered(content))
    assert outcomes[0] == outcomes[1]


def recovered(content: bytes) -> object:
    """All that a recovery leaves: what it cut, what it replayed of each producer, notes and files."""
    files = MemoryFiles()
    files.make_directory("/data")
    segment = segment_of(files, content)
    replayed: dict[int, list[int]] = {}

    def replay(header: BatchHeader, _: memoryview) -> list[AbortedTransaction]:
        replayed.setdefault(header.producer_id, []).append(header.base_offset)
        return []

    cut = recover_segment(segment, 4096, replay)
    notes = segment.notes
    segment.seal()
    return cut, notes, replayed, {name: files.read(f"/data/{name}") for name in files.list("/data")}
