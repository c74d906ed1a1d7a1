"""What a topic asks of batches, and the words of a refusal."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.records.policy import InvalidRecords, RecordError, ValidationPolicy


@pytest.mark.parametrize(
    ("policy", "needed"),
    [
        (ValidationPolicy(), False),
        (ValidationPolicy(after_max_ms=1), False),
        (ValidationPolicy(log_append_time=True, before_max_ms=1), False),
        (ValidationPolicy(before_max_ms=1), True),
        (ValidationPolicy(compacted=True), True),
        (ValidationPolicy(full=True), True),
    ],
)
def test_records_are_looked_at_only_where_the_topic_needs_it(policy: ValidationPolicy, needed: bool) -> None:
    assert policy.needs_records is needed


def test_the_first_three_refused_records_are_told() -> None:
    refusal = InvalidRecords([RecordError(index, f"no {index}") for index in range(5)])
    assert refusal.code is ErrorCode.INVALID_RECORD
    assert refusal.detail == (
        "One or more records have been rejected due to 5 record errors in total, and only showing the first "
        "three errors at most: [RecordError(batchIndex=0, message='no 0'), "
        "RecordError(batchIndex=1, message='no 1'), RecordError(batchIndex=2, message='no 2')]"
    )
    assert [error.batch_index for error in refusal.record_errors] == [0, 1, 2, 3, 4]


def test_one_wrong_timestamp_decides_the_code() -> None:
    refusal = InvalidRecords([RecordError(0, "no key"), RecordError(1, "too old", is_timestamp=True)])
    assert refusal.code is ErrorCode.INVALID_TIMESTAMP
    assert refusal.detail == "One or more records have been rejected due to invalid timestamp"
