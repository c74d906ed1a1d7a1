"""Aborted transactions, byte for byte as Kafka keeps them."""

import pytest

from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.transaction_index import ENTRY, AbortedTransaction, TransactionIndex

PATH = "/data/a.txnindex"
FIRST = AbortedTransaction(producer_id=1, first_offset=10, last_offset=20, last_stable_offset=10)
SECOND = AbortedTransaction(producer_id=2, first_offset=10, last_offset=25, last_stable_offset=15)
THIRD = AbortedTransaction(producer_id=1, first_offset=30, last_offset=40, last_stable_offset=41)


def filled(files: MemoryFiles) -> TransactionIndex:
    index = TransactionIndex(files, PATH)
    for transaction in (FIRST, SECOND, THIRD):
        index.append(transaction)
    return index


def test_an_entry_has_34_bytes_and_is_in_the_file_at_once(memory_files: MemoryFiles) -> None:
    TransactionIndex(memory_files, PATH).append(AbortedTransaction(258, 3, 4, 5))
    numbers = (0x0102, 3, 4, 5)
    assert memory_files.read(PATH).hex() == "0000" + "".join(f"{number:016x}" for number in numbers)


def test_the_file_comes_with_the_first_entry(memory_files: MemoryFiles) -> None:
    assert TransactionIndex(memory_files, PATH).entries == []
    assert not memory_files.exists(PATH)


def test_entries_survive_being_opened_again(memory_files: MemoryFiles) -> None:
    filled(memory_files)
    assert TransactionIndex(memory_files, PATH).entries == [FIRST, SECOND, THIRD]


def test_the_transactions_that_touch_a_range_are_found(memory_files: MemoryFiles) -> None:
    index = filled(memory_files)
    assert index.overlapping(0, 10) == ([], True)
    assert index.overlapping(0, 11) == ([FIRST, SECOND], True)
    assert index.overlapping(21, 100) == ([SECOND, THIRD], False)
    assert index.overlapping(26, 31) == ([THIRD], True)


def test_truncation_drops_those_whose_marker_is_gone(memory_files: MemoryFiles) -> None:
    index = filled(memory_files)
    index.truncate_to(25)
    assert index.entries == [FIRST]
    assert memory_files.size(PATH) == ENTRY.size
    index.append(THIRD)
    assert TransactionIndex(memory_files, PATH).entries == [FIRST, THIRD]


def test_an_unreadable_file_can_be_started_over(memory_files: MemoryFiles) -> None:
    memory_files.write(PATH, b"\7" * ENTRY.size)
    index = TransactionIndex(memory_files, PATH)
    with pytest.raises(ValueError, match="version"):
        index.overlapping(0, 10)
    index.reset()
    index.append(FIRST)
    index.replace()
    assert TransactionIndex(memory_files, PATH).entries == [FIRST]


def test_a_file_that_is_started_over_is_replaced_at_once_and_durably(memory_files: MemoryFiles) -> None:
    content = b"".join(ENTRY.pack(0, *entry) for entry in (FIRST, FIRST))
    memory_files.write(PATH, content)
    memory_files.sync_directory("/data")
    index = TransactionIndex(memory_files, PATH)
    index.reset()
    index.append(FIRST)
    assert memory_files.read(PATH) == content
    index.replace()
    memory_files.crash()
    assert TransactionIndex(memory_files, PATH).entries == [FIRST]


def test_a_file_that_was_right_is_on_disk_once_that_is_known(memory_files: MemoryFiles) -> None:
    memory_files.write(PATH, ENTRY.pack(0, *FIRST), sync=False)
    memory_files.sync_directory("/data")
    index = TransactionIndex(memory_files, PATH)
    index.reset()
    index.append(FIRST)
    index.replace()
    memory_files.crash()
    assert TransactionIndex(memory_files, PATH).entries == [FIRST]


@pytest.mark.parametrize("torn", [b"", b"\0", bytes(ENTRY.size), b"\7" * (ENTRY.size + 5)])
def test_after_a_crash_what_is_torn_behind_the_synced_entries_goes(
    memory_files: MemoryFiles, torn: bytes
) -> None:
    memory_files.write(PATH, ENTRY.pack(0, *FIRST) + torn)
    TransactionIndex(memory_files, PATH).settle_below(0, FIRST.last_offset + 1)
    assert memory_files.read(PATH) == ENTRY.pack(0, *FIRST)
    TransactionIndex(memory_files, PATH).settle_below(0, FIRST.last_offset)
    assert memory_files.read(PATH) == b""
