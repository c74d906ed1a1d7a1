"""Offsets for batches."""

import pytest

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import check_crc, iterate_headers
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.placement import Placed, assign_offsets, follow_offsets

RECORD = NewRecord(None, b"v", 77)


def test_batches_are_numbered_and_stamped_and_their_checksums_stay_right() -> None:
    one, two = build_batch([RECORD] * 3), build_batch([RECORD] * 2)
    both = one + two
    headers = [header for _, header in iterate_headers(both)]
    assert assign_offsets(both, headers, 40, 6) == [Placed(42, 77, len(one)), Placed(44, 77, len(two))]
    stamped = list(iterate_headers(both))
    assert [(header.base_offset, header.partition_leader_epoch) for _, header in stamped] == [
        (40, 6),
        (43, 6),
    ]
    assert all(check_crc(both, position, header) for position, header in stamped)


def test_numbered_batches_keep_their_offsets_with_gaps_but_not_backwards() -> None:
    both = build_batch([RECORD], base_offset=5) + build_batch([RECORD], base_offset=9)
    headers = [header for _, header in iterate_headers(both)]
    assert [placed.last_offset for placed in follow_offsets(headers, 5)] == [5, 9]
    with pytest.raises(KafkaError, match="Out of order"):
        follow_offsets(headers, 6)
    with pytest.raises(KafkaError, match="Out of order"):
        follow_offsets(headers[::-1], 0)
