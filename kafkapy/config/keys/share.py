"""Broker keys about share groups and the coordinator that keeps their state."""

from kafkapy.config.keys.reasons import BUFFERS, JAVA, NO_LINGER, THREADS, WAKES
from kafkapy.config.table import CLUSTER_WIDE, Table, integer, short, string, strings
from kafkapy.config.validators import at_least, between, items


class ShareKeys(Table):
    group_share_session_timeout_ms: int = integer(
        45_000, at_least(1), doc="After how long without a heartbeat a member of a share group is removed."
    )
    group_share_min_session_timeout_ms: int = integer(
        45_000, at_least(1), doc="The smallest `share.session.timeout.ms` of a group."
    )
    group_share_max_session_timeout_ms: int = integer(
        60_000, at_least(1), doc="The largest `share.session.timeout.ms` of a group."
    )
    group_share_heartbeat_interval_ms: int = integer(
        5000, at_least(1), doc="How often members of a share group are told to send heartbeats."
    )
    group_share_min_heartbeat_interval_ms: int = integer(
        5000, at_least(1), doc="The smallest `share.heartbeat.interval.ms` of a group."
    )
    group_share_max_heartbeat_interval_ms: int = integer(
        15_000, at_least(1), doc="The largest `share.heartbeat.interval.ms` of a group."
    )
    group_share_max_size: int = integer(200, between(1, 1000), doc="The most members of a share group.")
    group_share_assignors: tuple[str, ...] = strings(
        ("simple",), items(empty=False), doc="The one assignor of share groups: `simple`."
    )
    group_share_assignment_interval_ms: int = integer(
        1000,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        doc="The shortest time between two assignments of a share group; 0 for none.",
    )
    group_share_min_assignment_interval_ms: int = integer(
        0, at_least(0), doc="The smallest `share.assignment.interval.ms`."
    )
    group_share_max_assignment_interval_ms: int = integer(
        15_000, at_least(0), doc="The largest `share.assignment.interval.ms`."
    )
    group_share_initialize_retry_interval_ms: int = integer(
        30_000,
        at_least(1),
        internal=True,
        doc="How long after a failure the state of a share group is initialized again.",
    )
    group_share_delivery_count_limit: int = integer(
        5, between(2, 10), doc="How often a record is delivered before it is given up."
    )
    group_share_min_delivery_count_limit: int = integer(
        2, between(2, 5), doc="The smallest `share.delivery.count.limit` of a group."
    )
    group_share_max_delivery_count_limit: int = integer(
        10, between(5, 25), doc="The largest `share.delivery.count.limit` of a group."
    )
    group_share_record_lock_duration_ms: int = integer(
        30_000,
        between(1000, 3_600_000),
        doc="How long a delivered record is reserved for the consumer that got it.",
    )
    group_share_min_record_lock_duration_ms: int = integer(
        15_000, between(1000, 30_000), doc="The smallest `share.record.lock.duration.ms` of a group."
    )
    group_share_max_record_lock_duration_ms: int = integer(
        60_000, between(30_000, 3_600_000), doc="The largest `share.record.lock.duration.ms` of a group."
    )
    group_share_partition_max_record_locks: int = integer(
        2000, between(100, 10_000), doc="How many records of a partition may be reserved at a time."
    )
    group_share_min_partition_max_record_locks: int = integer(
        100, between(100, 2000), doc="The smallest `share.partition.max.record.locks` of a group."
    )
    group_share_max_partition_max_record_locks: int = integer(
        4000, between(2000, 10_000), doc="The largest `share.partition.max.record.locks` of a group."
    )
    group_share_max_share_sessions: int = integer(
        2000, at_least(1), doc="The most share sessions on the broker."
    )
    group_share_persister_class_name: str = string(
        "org.apache.kafka.server.share.persister.DefaultStatePersister",
        internal=True,
        no_effect=JAVA,
        doc="The class that stores the state of share groups.",
    )
    share_fetch_purgatory_purge_interval_requests: int = integer(
        1000,
        no_effect=WAKES,
        doc="After how many requests finished share fetches are removed from those that wait.",
    )
    share_coordinator_state_topic_num_partitions: int = integer(
        50,
        at_least(1),
        doc="The partitions of `__share_group_state`. It must not change once the topic exists.",
    )
    share_coordinator_state_topic_replication_factor: int = short(
        3, at_least(1), doc="The replicas of `__share_group_state`."
    )
    share_coordinator_state_topic_min_isr: int = short(
        2, at_least(1), doc="`min.insync.replicas` of `__share_group_state`."
    )
    share_coordinator_state_topic_segment_bytes: int = integer(
        104_857_600, at_least(1), doc="The segment size of `__share_group_state`."
    )
    share_coordinator_state_topic_compression_codec: int = integer(
        0, doc="The codec of `__share_group_state`: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd."
    )
    share_coordinator_state_topic_prune_interval_ms: int = integer(
        300_000,
        at_least(1),
        internal=True,
        doc="How often records that a snapshot has made useless are deleted from `__share_group_state`.",
    )
    share_coordinator_cold_partition_snapshot_interval_ms: int = integer(
        300_000,
        at_least(1),
        internal=True,
        doc=(
            "After how long without a change a share partition gets a snapshot, so that older records can go."
        ),
    )
    share_coordinator_snapshot_update_records_per_snapshot: int = integer(
        500, between(0, 500), doc="How many updates are written between two snapshots of a share partition."
    )
    share_coordinator_threads: int = integer(
        1, at_least(1), no_effect=THREADS, doc="Threads of the share coordinator."
    )
    share_coordinator_load_buffer_size: int = integer(
        5_242_880,
        at_least(1),
        no_effect=BUFFERS,
        doc="Bytes read at a time when share state is loaded from its log.",
    )
    share_coordinator_append_linger_ms: int = integer(
        -1,
        at_least(-1),
        no_effect=NO_LINGER,
        doc="How long the share coordinator collects records before it writes them; -1 adapts to the load.",
    )
    share_coordinator_write_timeout_ms: int = integer(
        5000, at_least(1), doc="How long a write of share state may take before it fails."
    )
    share_coordinator_cached_buffer_max_bytes: int = integer(
        1_048_588,
        at_least(524_288),
        dynamic=CLUSTER_WIDE,
        no_effect=BUFFERS,
        doc="The largest write buffer the share coordinator keeps for reuse.",
    )
