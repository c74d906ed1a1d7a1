"""Broker keys about quotas, metrics and telemetry."""

from kafkapy.config.keys.reasons import ALONE, JAVA, METRICS
from kafkapy.config.table import CLUSTER_WIDE, Table, class_name, integer, long, string, strings
from kafkapy.config.validators import at_least, items


class QuotaKeys(Table):
    quota_window_num: int = integer(11, at_least(1), doc="Samples kept to measure the rates of clients.")
    quota_window_size_seconds: int = integer(1, at_least(1), doc="The length of such a sample.")
    controller_quota_window_num: int = integer(
        11, at_least(1), doc="Samples kept to measure how many partitions clients create and delete."
    )
    controller_quota_window_size_seconds: int = integer(1, at_least(1), doc="The length of such a sample.")
    replication_quota_window_num: int = integer(
        11, at_least(1), no_effect=ALONE, doc="Samples kept to measure replication."
    )
    replication_quota_window_size_seconds: int = integer(
        1, at_least(1), no_effect=ALONE, doc="The length of such a sample."
    )
    alter_log_dirs_replication_quota_window_num: int = integer(
        11, at_least(1), no_effect=ALONE, doc="Samples kept to measure moves between log directories."
    )
    alter_log_dirs_replication_quota_window_size_seconds: int = integer(
        1, at_least(1), no_effect=ALONE, doc="The length of such a sample."
    )
    client_quota_callback_class: str | None = class_name(
        None, no_effect=JAVA, doc="A plugin that decides about quotas."
    )
    leader_replication_throttled_rate: int | None = long(
        None,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        internal=True,
        no_effect=ALONE,
        doc=(
            "Bytes per second that leaders send to throttled followers. It can only be set while the broker "
            "runs."
        ),
    )
    follower_replication_throttled_rate: int | None = long(
        None,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        internal=True,
        no_effect=ALONE,
        doc="Bytes per second that throttled followers receive. It can only be set while the broker runs.",
    )
    replica_alter_log_dirs_io_max_bytes_per_second: int | None = long(
        None,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        internal=True,
        doc="Bytes per second of moves between log directories. It can only be set while the broker runs.",
    )
    metrics_num_samples: int = integer(2, at_least(1), no_effect=METRICS, doc="Samples kept per metric.")
    metrics_sample_window_ms: int = long(
        30_000, at_least(1), no_effect=METRICS, doc="The length of such a sample."
    )
    metrics_recording_level: str = string("INFO", no_effect=METRICS, doc="How much detail is measured.")
    metric_reporters: tuple[str, ...] = strings(
        ("org.apache.kafka.common.metrics.JmxReporter",),
        items(),
        dynamic=CLUSTER_WIDE,
        no_effect=JAVA,
        doc="Plugins that are handed the metrics.",
    )
    kafka_metrics_reporters: tuple[str, ...] = strings(
        (), items(), no_effect=JAVA, doc="Plugins that are handed the older kind of metrics."
    )
    kafka_metrics_polling_interval_secs: int = integer(
        10, at_least(1), no_effect=JAVA, doc="How often they are."
    )
    telemetry_max_bytes: int = integer(
        1_048_576, at_least(1), doc="The most bytes of metrics that a client may push at a time."
    )
