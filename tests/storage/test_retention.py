"""Which old segments go, by numbers alone."""

from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.retention import DeletionReason, SegmentFacts, plan_deletion

LOG_START, SIZE, TIME = DeletionReason.LOG_START, DeletionReason.SIZE, DeletionReason.TIME
FOUR = [
    SegmentFacts(100, 10, 1000),
    SegmentFacts(100, 20, 2000),
    SegmentFacts(100, 30, 3000),
    SegmentFacts(50, 35, 4000),
]


def plan(
    config: LogConfig,
    segments: list[SegmentFacts] = FOUR,
    *,
    log_start_offset: int = 0,
    high_watermark: int = 35,
    now_ms: int = 5000,
) -> list[DeletionReason]:
    return plan_deletion(
        segments, config, log_start_offset=log_start_offset, high_watermark=high_watermark, now_ms=now_ms
    )


def test_nothing_goes_without_limits() -> None:
    assert plan(LogConfig(retention_ms=-1)) == []


def test_segments_below_the_log_start_go_whatever_the_policy() -> None:
    keep_forever = LogConfig(retention_ms=-1, delete=False)
    assert plan(keep_forever, log_start_offset=25) == [LOG_START, LOG_START]
    assert plan(keep_forever, log_start_offset=20) == [LOG_START, LOG_START]
    assert plan(keep_forever, log_start_offset=35) == [LOG_START] * 3


def test_the_log_shrinks_towards_its_size_limit_but_not_below() -> None:
    assert plan(LogConfig(retention_ms=-1, retention_bytes=250)) == [SIZE]
    assert plan(LogConfig(retention_ms=-1, retention_bytes=251)) == []
    assert plan(LogConfig(retention_ms=-1, retention_bytes=0)) == [SIZE] * 4


def test_segments_older_than_the_time_limit_go() -> None:
    assert plan(LogConfig(retention_ms=2999)) == [TIME, TIME]
    assert plan(LogConfig(retention_ms=3000)) == [TIME]
    assert plan(LogConfig(retention_ms=0)) == [TIME] * 4


def test_a_segment_with_a_later_record_keeps_those_after_it() -> None:
    segments = [FOUR[0], FOUR[1]._replace(largest_timestamp=9000), *FOUR[2:]]
    assert plan(LogConfig(retention_ms=100), segments) == [TIME]


def test_rules_apply_one_after_the_other() -> None:
    config = LogConfig(retention_ms=1500, retention_bytes=200)
    assert plan(config, log_start_offset=10) == [LOG_START, TIME, TIME]
    assert plan(config) == [SIZE, TIME, TIME]


def test_a_policy_without_delete_knows_neither_size_nor_time() -> None:
    assert plan(LogConfig(retention_ms=0, retention_bytes=0, delete=False, compact=True)) == []


def test_what_the_high_watermark_has_not_passed_stays() -> None:
    assert plan(LogConfig(retention_ms=0), high_watermark=29) == [TIME, TIME]


def test_an_empty_active_segment_stays() -> None:
    segments = [*FOUR[:3], SegmentFacts(0, 30, 100)]
    assert plan(LogConfig(retention_ms=0), segments, high_watermark=30) == [TIME] * 3
