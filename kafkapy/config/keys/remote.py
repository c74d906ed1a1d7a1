"""Broker keys about tiered storage, which kafkapy does not have."""

from kafkapy.config.key import LONG_MAX
from kafkapy.config.keys.reasons import TIERED
from kafkapy.config.table import CLUSTER_WIDE, Table, boolean, double, integer, long, string
from kafkapy.config.validators import NON_EMPTY, at_least, between


class RemoteKeys(Table):
    remote_log_storage_system_enable: bool = boolean(
        False, no_effect=TIERED, doc="Whether there is tiered storage on this broker."
    )
    remote_log_storage_manager_class_name: str | None = string(
        None, NON_EMPTY, no_effect=TIERED, doc="The plugin that stores segments elsewhere."
    )
    remote_log_storage_manager_class_path: str | None = string(
        None, no_effect=TIERED, doc="Where the code of that plugin is."
    )
    remote_log_storage_manager_impl_prefix: str = string(
        "rsm.config.", NON_EMPTY, no_effect=TIERED, doc="The prefix of keys that are handed to that plugin."
    )
    remote_log_metadata_manager_class_name: str = string(
        "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
        NON_EMPTY,
        no_effect=TIERED,
        doc="The plugin that keeps track of segments stored elsewhere.",
    )
    remote_log_metadata_manager_class_path: str | None = string(
        None, no_effect=TIERED, doc="Where the code of that plugin is."
    )
    remote_log_metadata_manager_impl_prefix: str = string(
        "rlmm.config.", NON_EMPTY, no_effect=TIERED, doc="The prefix of keys that are handed to that plugin."
    )
    remote_log_metadata_manager_listener_name: str | None = string(
        None, NON_EMPTY, no_effect=TIERED, doc="The listener through which that plugin reaches the broker."
    )
    remote_log_metadata_custom_metadata_max_bytes: int = integer(
        128,
        at_least(0),
        no_effect=TIERED,
        doc="The most bytes of its own that the storage plugin may keep per segment.",
    )
    remote_log_index_file_cache_total_size_bytes: int = long(
        1_073_741_824,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc="Disk space for indexes of segments stored elsewhere.",
    )
    remote_log_index_file_cache_ttl_ms: int = long(
        900_000,
        at_least(-1),
        internal=True,
        no_effect=TIERED,
        doc="How long such an index is kept after its last use.",
    )
    remote_log_manager_thread_pool_size: int = integer(
        2,
        at_least(1),
        no_effect=TIERED,
        doc="The older name of `remote.log.manager.follower.thread.pool.size`.",
    )
    remote_log_manager_copier_thread_pool_size: int = integer(
        10, at_least(1), dynamic=CLUSTER_WIDE, no_effect=TIERED, doc="Threads that copy segments away."
    )
    remote_log_manager_expiration_thread_pool_size: int = integer(
        10,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc="Threads that delete expired segments elsewhere.",
    )
    remote_log_manager_follower_thread_pool_size: int = integer(
        2,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc="Threads that ask how far segments have been copied.",
    )
    remote_log_manager_task_interval_ms: int = long(
        30_000,
        at_least(1),
        no_effect=TIERED,
        doc="How often segments are looked for that should be copied or deleted.",
    )
    remote_log_manager_task_retry_backoff_ms: int = long(
        500, at_least(1), internal=True, no_effect=TIERED, doc="The first pause after a failure."
    )
    remote_log_manager_task_retry_backoff_max_ms: int = long(
        30_000, at_least(1), internal=True, no_effect=TIERED, doc="The longest pause after failures."
    )
    remote_log_manager_task_retry_jitter: float = double(
        0.2,
        between(0, 0.5),
        internal=True,
        no_effect=TIERED,
        doc="The share of such a pause that is left to chance.",
    )
    remote_log_reader_threads: int = integer(
        10,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc="Threads that read from segments stored elsewhere.",
    )
    remote_log_reader_max_pending_tasks: int = integer(
        100, at_least(1), no_effect=TIERED, doc="Reads that may wait for one of them."
    )
    log_local_retention_ms: int = long(
        -2,
        at_least(-2),
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc=(
            "How long segments stay here after they have been copied; -2 for as long as `log.retention.ms` "
            "says."
        ),
    )
    log_local_retention_bytes: int = long(
        -2,
        at_least(-2),
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc=(
            "How much of a partition stays here after it has been copied; -2 for as much as "
            "`log.retention.bytes` says."
        ),
    )
    remote_log_manager_copy_max_bytes_per_second: int = long(
        LONG_MAX,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc="The most bytes per second that are copied away.",
    )
    remote_log_manager_copy_quota_window_num: int = integer(
        11, at_least(1), no_effect=TIERED, doc="Samples kept for that limit."
    )
    remote_log_manager_copy_quota_window_size_seconds: int = integer(
        1, at_least(1), no_effect=TIERED, doc="The length of such a sample."
    )
    remote_log_manager_fetch_max_bytes_per_second: int = long(
        LONG_MAX,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc="The most bytes per second that are read from elsewhere.",
    )
    remote_log_manager_fetch_quota_window_num: int = integer(
        11, at_least(1), no_effect=TIERED, doc="Samples kept for that limit."
    )
    remote_log_manager_fetch_quota_window_size_seconds: int = integer(
        1, at_least(1), no_effect=TIERED, doc="The length of such a sample."
    )
    remote_fetch_max_wait_ms: int = integer(
        500,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc="How long a Fetch waits for segments stored elsewhere.",
    )
    remote_list_offsets_request_timeout_ms: int = long(
        30_000,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc="How long a ListOffsets waits for segments stored elsewhere.",
    )
