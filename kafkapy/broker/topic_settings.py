"""From a topic's configuration to what its logs and the validation of its batches go by."""

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.topic import TopicConfig
from kafkapy.records.compression import Compression
from kafkapy.records.policy import ValidationPolicy
from kafkapy.storage.log_config import LogConfig


def log_config(topic: TopicConfig, broker: BrokerConfig) -> LogConfig:
    """The settings of the topic's logs."""
    return LogConfig(
        segment_bytes=topic.effective_segment_bytes,
        segment_ms=topic.segment_ms,
        segment_jitter_ms=topic.segment_jitter_ms,
        segment_index_bytes=topic.segment_index_bytes,
        index_interval_bytes=topic.index_interval_bytes,
        preallocate=topic.preallocate,
        flush_messages=topic.flush_messages,
        flush_ms=topic.flush_ms,
        retention_bytes=topic.retention_bytes,
        retention_ms=topic.retention_ms,
        file_delete_delay_ms=topic.file_delete_delay_ms,
        delete=topic.is_deleted,
        compact=topic.is_compacted,
        min_cleanable_dirty_ratio=topic.min_cleanable_dirty_ratio,
        min_compaction_lag_ms=topic.min_compaction_lag_ms,
        max_compaction_lag_ms=topic.max_compaction_lag_ms,
        delete_retention_ms=topic.delete_retention_ms,
        producer_id_expiration_ms=broker.producer_id_expiration_ms,
    )


def validation_policy(topic: TopicConfig, broker: BrokerConfig) -> ValidationPolicy:
    """What the topic asks of the batches that clients send."""
    compression = Compression.of_topic(topic.compression_type)
    levels = {
        Compression.GZIP: topic.compression_gzip_level,
        Compression.LZ4: topic.compression_lz4_level,
        Compression.ZSTD: topic.compression_zstd_level,
    }
    return ValidationPolicy(
        compacted=topic.is_compacted,
        log_append_time=topic.message_timestamp_type == "LogAppendTime",
        before_max_ms=topic.message_timestamp_before_max_ms,
        after_max_ms=topic.message_timestamp_after_max_ms,
        compression=compression,
        level=None if compression is None else levels.get(compression),
        max_message_bytes=topic.max_message_bytes,
        segment_bytes=topic.effective_segment_bytes,
        full=broker.kafkapy_record_validation == "full",
    )
