"""Broker keys about logs: where they are, and the defaults of topics for segments, retention and flushing."""

from kafkapy.config.key import DOUBLE_MAX, LONG_MAX
from kafkapy.config.keys.reasons import ALONE
from kafkapy.config.table import (
    CLUSTER_WIDE,
    PER_BROKER,
    Table,
    boolean,
    double,
    integer,
    long,
    string,
    strings,
)
from kafkapy.config.validators import at_least, between, items, one_of

LOG_ROLL = ("log.roll.ms", "log.roll.hours")
LOG_ROLL_JITTER = ("log.roll.jitter.ms", "log.roll.jitter.hours")
LOG_RETENTION = ("log.retention.ms", "log.retention.minutes", "log.retention.hours")
LOG_FLUSH = ("log.flush.interval.ms", "log.flush.scheduler.interval.ms")


class LogKeys(Table):
    num_partitions: int = integer(
        1, at_least(1), doc="The partitions of a topic that is created without saying how many."
    )
    log_dir: tuple[str, ...] = strings(
        ("/tmp/kafka-logs",),
        items(empty=False),
        doc="The directory of the logs, used when `log.dirs` is not set.",
    )
    log_dirs: tuple[str, ...] | None = strings(
        None, items(empty=False, null=True), doc="The directories of the logs, comma separated."
    )
    cordoned_log_dirs: tuple[str, ...] = strings(
        (),
        items(null=True),
        dynamic=PER_BROKER,
        doc="Log directories that get no new partitions; `*` for all of them.",
    )
    log_segment_bytes: int = integer(
        1_073_741_824,
        at_least(1_048_576),
        dynamic=CLUSTER_WIDE,
        doc="The size at which a segment is closed and the next one begun.",
    )
    log_roll_ms: int | None = long(
        None,
        dynamic=CLUSTER_WIDE,
        synonyms=LOG_ROLL,
        doc="The age at which a segment is closed even if it is small.",
    )
    log_roll_hours: int = integer(
        168, at_least(1), synonyms=LOG_ROLL, doc="`log.roll.ms` in hours, used when that is not set."
    )
    log_roll_jitter_ms: int | None = long(
        None,
        dynamic=CLUSTER_WIDE,
        synonyms=LOG_ROLL_JITTER,
        doc=(
            "At most so much earlier, at random, is a segment closed for its age, so that not all are "
            "closed at once."
        ),
    )
    log_roll_jitter_hours: int = integer(
        0,
        at_least(0),
        synonyms=LOG_ROLL_JITTER,
        doc="`log.roll.jitter.ms` in hours, used when that is not set.",
    )
    log_retention_ms: int | None = long(
        None,
        dynamic=CLUSTER_WIDE,
        synonyms=LOG_RETENTION,
        doc="How long records are kept before their segment may be deleted; -1 for ever.",
    )
    log_retention_minutes: int | None = integer(
        None, synonyms=LOG_RETENTION, doc="`log.retention.ms` in minutes, used when that is not set."
    )
    log_retention_hours: int = integer(
        168,
        synonyms=LOG_RETENTION,
        doc="`log.retention.ms` in hours, used when neither that nor the minutes are set.",
    )
    log_retention_bytes: int = long(
        -1,
        dynamic=CLUSTER_WIDE,
        doc="The size of a partition above which its oldest segments are deleted; -1 for no limit.",
    )
    log_retention_check_interval_ms: int = long(
        300_000, at_least(1), doc="How often logs are searched for segments to delete."
    )
    log_cleanup_policy: tuple[str, ...] = strings(
        ("delete",),
        items("compact", "delete"),
        dynamic=CLUSTER_WIDE,
        doc=(
            "What happens to old records: `delete` by age and size, `compact` keeps the last of each key, "
            "both, or neither when empty."
        ),
    )
    log_index_size_max_bytes: int = integer(
        10_485_760,
        at_least(4),
        dynamic=CLUSTER_WIDE,
        doc="The size of an offset index at which the segment is closed.",
    )
    log_index_interval_bytes: int = integer(
        4096,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        doc="Roughly how many bytes of records lie between two entries of the offset index.",
    )
    log_flush_interval_messages: int = long(
        LONG_MAX,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        doc="After how many records a log is flushed to the disk.",
    )
    log_flush_interval_ms: int | None = long(
        None,
        dynamic=CLUSTER_WIDE,
        synonyms=LOG_FLUSH,
        doc="After how long records that were written are flushed to the disk.",
    )
    log_flush_scheduler_interval_ms: int = long(
        LONG_MAX,
        doc=(
            "How often logs are searched for one that is due for a flush; also the default of "
            "`log.flush.interval.ms`."
        ),
    )
    log_flush_offset_checkpoint_interval_ms: int = integer(
        60_000,
        at_least(0),
        doc="How often the recovery points are written down, up to which logs need no check after a crash.",
    )
    log_flush_start_offset_checkpoint_interval_ms: int = integer(
        60_000, at_least(0), doc="How often the log start offsets are written down."
    )
    log_segment_delete_delay_ms: int = long(
        60_000,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        doc="How long the file of a deleted segment stays on the disk, for readers that still use it.",
    )
    log_preallocate: bool = boolean(
        False,
        dynamic=CLUSTER_WIDE,
        doc="Whether the file of a new segment gets its full size at once.",
    )
    min_insync_replicas: int = integer(
        1,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        doc=(
            "How many in-sync replicas an `acks=all` produce needs. In a new cluster it is stored as a "
            "cluster-wide default."
        ),
    )
    log_message_timestamp_type: str = string(
        "CreateTime",
        one_of("CreateTime", "LogAppendTime"),
        dynamic=CLUSTER_WIDE,
        doc=(
            "Whether records keep the producer's timestamp (`CreateTime`) or get the broker's "
            "(`LogAppendTime`)."
        ),
    )
    log_message_timestamp_before_max_ms: int = long(
        LONG_MAX, at_least(0), dynamic=CLUSTER_WIDE, doc="How far a record's timestamp may lie in the past."
    )
    log_message_timestamp_after_max_ms: int = long(
        3_600_000,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        doc="How far a record's timestamp may lie in the future.",
    )
    log_dir_failure_timeout_ms: int = long(
        30_000,
        at_least(1),
        no_effect=ALONE,
        doc="How long a broker with a failed log directory waits to tell the controller before it stops.",
    )
    log_initial_task_delay_ms: int = long(
        30_000,
        at_least(0),
        internal=True,
        doc="How long after the start the periodic tasks of the logs begin.",
    )
    log_cleaner_enable: bool = boolean(
        True,
        doc=(
            "Whether compaction runs; without it compacted topics, the internal ones included, only grow. "
            "Deprecated by Kafka."
        ),
    )
    log_cleaner_threads: int = integer(
        1, at_least(0), dynamic=CLUSTER_WIDE, doc="How many logs are compacted at a time."
    )
    log_cleaner_io_max_bytes_per_second: float = double(
        DOUBLE_MAX, dynamic=CLUSTER_WIDE, doc="The most bytes per second that compaction reads and writes."
    )
    log_cleaner_dedupe_buffer_size: int = long(
        134_217_728,
        dynamic=CLUSTER_WIDE,
        doc="Memory for the map from keys to offsets with which a log is compacted.",
    )
    log_cleaner_io_buffer_size: int = integer(
        524_288,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        doc="Memory for reading and writing while a log is compacted.",
    )
    log_cleaner_io_buffer_load_factor: float = double(
        0.9,
        dynamic=CLUSTER_WIDE,
        doc="How full the map of `log.cleaner.dedupe.buffer.size` may get.",
    )
    log_cleaner_backoff_ms: int = long(
        15_000, at_least(0), dynamic=CLUSTER_WIDE, doc="How long compaction rests when no log needs it."
    )
    log_cleaner_min_cleanable_ratio: float = double(
        0.5,
        between(0, 1),
        dynamic=CLUSTER_WIDE,
        doc="The share of a log that has not been compacted yet at which it is worth compacting.",
    )
    log_cleaner_delete_retention_ms: int = long(
        86_400_000,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        doc="How long the tombstone of a deleted key stays in a compacted log.",
    )
    log_cleaner_min_compaction_lag_ms: int = long(
        0, at_least(0), dynamic=CLUSTER_WIDE, doc="For how long a record is safe from compaction."
    )
    log_cleaner_max_compaction_lag_ms: int = long(
        LONG_MAX,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        doc="After how long a record becomes subject to compaction, however little there is to compact.",
    )
