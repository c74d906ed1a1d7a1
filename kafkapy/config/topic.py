"""The configuration of a topic: its own settings over the broker's."""

from collections.abc import Mapping

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.key import LONG_MAX, ConfigError, Value
from kafkapy.config.keys.reasons import ALONE, TIERED
from kafkapy.config.table import Table, boolean, double, integer, long, string, strings
from kafkapy.config.validators import (
    COMPRESSION_TYPES,
    THROTTLED_REPLICAS,
    at_least,
    between,
    between_or,
    items,
    one_of,
)


class TopicConfig(Table):
    """Typed values of one topic, made by `resolve`; made anew when a setting of topic or broker changes."""

    segment_bytes: int = integer(
        1_073_741_824,
        at_least(1_048_576),
        synonym="log.segment.bytes",
        doc="The size at which a segment is closed and the next one begun.",
    )
    segment_ms: int = long(
        604_800_000,
        at_least(1),
        synonym="log.roll.ms",
        doc="The age at which a segment is closed even if it is small.",
    )
    segment_jitter_ms: int = long(
        0,
        at_least(0),
        synonym="log.roll.jitter.ms",
        doc=(
            "At most so much earlier, at random, is a segment closed for its age, so that not all are "
            "closed at once."
        ),
    )
    segment_index_bytes: int = integer(
        10_485_760,
        at_least(4),
        synonym="log.index.size.max.bytes",
        doc="The size of an offset index at which the segment is closed.",
    )
    flush_messages: int = long(
        LONG_MAX,
        at_least(1),
        synonym="log.flush.interval.messages",
        doc="After how many records the log is flushed to the disk.",
    )
    flush_ms: int = long(
        LONG_MAX,
        at_least(0),
        synonym="log.flush.interval.ms",
        doc="After how long records that were written are flushed to the disk.",
    )
    retention_bytes: int = long(
        -1,
        synonym="log.retention.bytes",
        doc="The size of a partition above which its oldest segments are deleted; -1 for no limit.",
    )
    retention_ms: int = long(
        604_800_000,
        at_least(-1),
        synonym="log.retention.ms",
        doc="How long records are kept before their segment may be deleted; -1 for ever.",
    )
    max_message_bytes: int = integer(
        1_048_588,
        at_least(0),
        synonym="message.max.bytes",
        doc="The largest record batch, in bytes and after compression, that may be appended.",
    )
    index_interval_bytes: int = integer(
        4096,
        at_least(0),
        synonym="log.index.interval.bytes",
        doc="Roughly how many bytes of records lie between two entries of the offset index.",
    )
    delete_retention_ms: int = long(
        86_400_000,
        at_least(0),
        synonym="log.cleaner.delete.retention.ms",
        doc="How long the tombstone of a deleted key stays in a compacted log.",
    )
    min_compaction_lag_ms: int = long(
        0,
        at_least(0),
        synonym="log.cleaner.min.compaction.lag.ms",
        doc="For how long a record is safe from compaction.",
    )
    max_compaction_lag_ms: int = long(
        LONG_MAX,
        at_least(1),
        synonym="log.cleaner.max.compaction.lag.ms",
        doc="After how long a record becomes subject to compaction, however little there is to compact.",
    )
    file_delete_delay_ms: int = long(
        60_000,
        at_least(0),
        synonym="log.segment.delete.delay.ms",
        doc="How long the file of a deleted segment stays on the disk, for readers that still use it.",
    )
    min_cleanable_dirty_ratio: float = double(
        0.5,
        between(0, 1),
        synonym="log.cleaner.min.cleanable.ratio",
        doc="The share of the log that has not been compacted yet at which it is worth compacting.",
    )
    cleanup_policy: tuple[str, ...] = strings(
        ("delete",),
        items("compact", "delete"),
        synonym="log.cleanup.policy",
        doc=(
            "What happens to old records: `delete` by age and size, `compact` keeps the last of each key, "
            "both, or neither when empty."
        ),
    )
    unclean_leader_election_enable: bool = boolean(
        False,
        synonym="unclean.leader.election.enable",
        no_effect=ALONE,
        doc="Whether a replica that has missed records may become leader when no other is left.",
    )
    min_insync_replicas: int = integer(
        1,
        at_least(1),
        synonym="min.insync.replicas",
        doc="How many in-sync replicas an `acks=all` produce needs.",
    )
    compression_type: str = string(
        "producer",
        COMPRESSION_TYPES,
        synonym="compression.type",
        doc="The codec that batches are stored with: `producer` keeps what the producer chose.",
    )
    compression_gzip_level: int = integer(
        -1,
        between_or(1, 9, -1),
        synonym="compression.gzip.level",
        doc="The level used when the broker itself compresses with gzip; -1 is the library's default.",
    )
    compression_lz4_level: int = integer(
        9,
        between(1, 17),
        synonym="compression.lz4.level",
        doc="The level used when the broker itself compresses with lz4.",
    )
    compression_zstd_level: int = integer(
        3,
        between(-131_072, 22),
        synonym="compression.zstd.level",
        doc="The level used when the broker itself compresses with zstd.",
    )
    preallocate: bool = boolean(
        False,
        synonym="log.preallocate",
        doc="Whether the file of a new segment gets its full size at once.",
    )
    message_timestamp_type: str = string(
        "CreateTime",
        one_of("CreateTime", "LogAppendTime"),
        synonym="log.message.timestamp.type",
        doc=(
            "Whether records keep the producer's timestamp (`CreateTime`) or get the broker's "
            "(`LogAppendTime`)."
        ),
    )
    message_timestamp_before_max_ms: int = long(
        LONG_MAX,
        at_least(0),
        synonym="log.message.timestamp.before.max.ms",
        doc="How far a record's timestamp may lie in the past.",
    )
    message_timestamp_after_max_ms: int = long(
        3_600_000,
        at_least(0),
        synonym="log.message.timestamp.after.max.ms",
        doc="How far a record's timestamp may lie in the future.",
    )
    leader_replication_throttled_replicas: tuple[str, ...] = strings(
        (),
        THROTTLED_REPLICAS,
        no_effect=ALONE,
        doc="Replicas whose sending is slowed down: `partition:broker`, comma separated, or `*`.",
    )
    follower_replication_throttled_replicas: tuple[str, ...] = strings(
        (),
        THROTTLED_REPLICAS,
        no_effect=ALONE,
        doc="Replicas whose copying is slowed down: `partition:broker`, comma separated, or `*`.",
    )
    remote_storage_enable: bool = boolean(
        False, no_effect=TIERED, doc="Whether the topic uses tiered storage. It cannot be switched on."
    )
    local_retention_ms: int = long(
        -2,
        at_least(-2),
        synonym="log.local.retention.ms",
        no_effect=TIERED,
        doc=(
            "How long segments stay here after they have been copied; -2 for as long as `retention.ms` says."
        ),
    )
    local_retention_bytes: int = long(
        -2,
        at_least(-2),
        synonym="log.local.retention.bytes",
        no_effect=TIERED,
        doc=(
            "How much of a partition stays here after it has been copied; -2 for as much as "
            "`retention.bytes` says."
        ),
    )
    remote_log_copy_disable: bool = boolean(
        False, no_effect=TIERED, doc="Whether no more segments are copied to tiered storage."
    )
    remote_log_delete_on_disable: bool = boolean(
        False,
        no_effect=TIERED,
        doc="Whether segments in tiered storage are deleted when it is switched off for the topic.",
    )
    internal_segment_bytes: int | None = integer(
        None, internal=True, doc="As `segment.bytes`, which it overrides, without a lower bound; for tests."
    )

    @classmethod
    def resolve(cls, overrides: Mapping[str, str], broker: BrokerConfig) -> "TopicConfig":
        """The values of a topic with the settings `overrides`. ConfigError if one is not accepted."""
        config = cls(overrides)
        config.__dict__.update(
            {
                key.attribute: _inherited(key.synonym, broker)
                for key in cls.KEYS.values()
                if key.synonym and key.name not in overrides
            }
        )
        return config

    @classmethod
    def validate(cls, overrides: Mapping[str, str], broker: BrokerConfig) -> None:
        """Raise ConfigError unless a topic may have these settings. Kafka: LogConfig.validate."""
        for name in overrides:
            if name not in cls.KEYS:
                raise ConfigError(f"Unknown topic config name: {name}")
        config = cls.resolve(overrides, broker)
        least, most = config.min_compaction_lag_ms, config.max_compaction_lag_ms
        if least > most:
            raise ConfigError(
                f"conflict topic config setting min.compaction.lag.ms ({least}) > "
                f"max.compaction.lag.ms ({most})"
            )
        if config.remote_storage_enable:
            raise ConfigError(
                "Tiered Storage functionality is disabled in the broker. "
                "Topic cannot be configured with remote log storage."
            )

    @property
    def is_compacted(self) -> bool:
        return "compact" in self.cleanup_policy

    @property
    def is_deleted(self) -> bool:
        """Whether old segments are deleted by age and size."""
        return "delete" in self.cleanup_policy

    @property
    def effective_segment_bytes(self) -> int:
        return self.segment_bytes if self.internal_segment_bytes is None else self.internal_segment_bytes

    @property
    def effective_segment_ms(self) -> int:
        """A compacted topic rolls early enough for `max.compaction.lag.ms`."""
        return min(self.segment_ms, self.max_compaction_lag_ms) if self.is_compacted else self.segment_ms


def _inherited(broker_key: str, broker: BrokerConfig) -> Value:
    match broker_key:
        case "log.roll.ms":
            return broker.effective_log_roll_ms
        case "log.roll.jitter.ms":
            return broker.effective_log_roll_jitter_ms
        case "log.retention.ms":
            return broker.effective_log_retention_ms
        case "log.flush.interval.ms":
            return broker.effective_log_flush_ms
        case _:
            return broker.value_of(broker_key)
