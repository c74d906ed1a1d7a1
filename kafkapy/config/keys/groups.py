"""Broker keys about groups: the coordinator, committed offsets, classic, consumer and streams groups."""

from kafkapy.config.key import INT_MAX
from kafkapy.config.keys.reasons import BUFFERS, NO_LINGER, THREADS
from kafkapy.config.table import CLUSTER_WIDE, Table, integer, long, short, string, strings
from kafkapy.config.validators import at_least, items, one_of_any_case


class GroupKeys(Table):
    group_coordinator_rebalance_protocols: tuple[str, ...] = strings(
        ("classic", "consumer", "streams"),
        items("consumer", "classic", "share", "streams", empty=False),
        doc=(
            "The kinds of groups that may exist. Deprecated by Kafka, which will leave it to the feature "
            "levels; share groups depend on `share.version` alone."
        ),
    )
    group_coordinator_threads: int = integer(
        4, at_least(1), no_effect=THREADS, doc="Threads of the group coordinator."
    )
    group_coordinator_background_threads: int = integer(
        2,
        at_least(1),
        no_effect=THREADS,
        doc="Threads that match subscription patterns and compute assignments.",
    )
    group_coordinator_append_linger_ms: int = integer(
        -1,
        at_least(-1),
        no_effect=NO_LINGER,
        doc="How long the coordinator collects records before it writes them; -1 adapts to the load.",
    )
    group_coordinator_cached_buffer_max_bytes: int = integer(
        1_048_588,
        at_least(524_288),
        dynamic=CLUSTER_WIDE,
        no_effect=BUFFERS,
        doc="The largest write buffer the coordinator keeps for reuse.",
    )
    offsets_commit_timeout_ms: int = integer(
        5000, at_least(1), doc="How long a commit may take to be stored before it fails."
    )
    offsets_load_buffer_size: int = integer(
        5_242_880,
        at_least(1),
        no_effect=BUFFERS,
        doc="Bytes read at a time when groups are loaded from their log.",
    )
    offsets_topic_replication_factor: int = short(3, at_least(1), doc="The replicas of `__consumer_offsets`.")
    offsets_topic_num_partitions: int = integer(
        50,
        at_least(1),
        doc="The partitions of `__consumer_offsets`. It must not change once the topic exists.",
    )
    offsets_topic_segment_bytes: int = integer(
        104_857_600,
        at_least(1),
        doc="The segment size of `__consumer_offsets`; small, so that loading and compaction are fast.",
    )
    offsets_topic_compression_codec: int = integer(
        0, doc="The codec of `__consumer_offsets`: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd."
    )
    offset_metadata_max_bytes: int = integer(
        4096, doc="The longest text that may be committed with an offset."
    )
    offsets_retention_minutes: int = integer(
        10_080,
        at_least(1),
        doc=(
            "How long committed offsets are kept after the group became empty, or after the commit for "
            "groups without members."
        ),
    )
    offsets_retention_check_interval_ms: int = long(
        600_000, at_least(1), doc="How often expired offsets are looked for."
    )
    group_min_session_timeout_ms: int = integer(
        6000, doc="The shortest session timeout a member of a classic group may ask for."
    )
    group_max_session_timeout_ms: int = integer(
        1_800_000, doc="The longest session timeout a member of a classic group may ask for."
    )
    group_initial_rebalance_delay_ms: int = integer(
        3000,
        doc=(
            "How long the first rebalance of an empty classic group waits for more members. Kafka's own "
            "default is 3000; the file it ships says 0."
        ),
    )
    group_max_size: int = integer(INT_MAX, at_least(1), doc="The most members of a classic group.")
    group_consumer_session_timeout_ms: int = integer(
        45_000, at_least(1), doc="After how long without a heartbeat a member of a consumer group is removed."
    )
    group_consumer_min_session_timeout_ms: int = integer(
        45_000, at_least(1), doc="The smallest `consumer.session.timeout.ms` of a group."
    )
    group_consumer_max_session_timeout_ms: int = integer(
        60_000, at_least(1), doc="The largest `consumer.session.timeout.ms` of a group."
    )
    group_consumer_heartbeat_interval_ms: int = integer(
        5000, at_least(1), doc="How often members of a consumer group are told to send heartbeats."
    )
    group_consumer_min_heartbeat_interval_ms: int = integer(
        5000, at_least(1), doc="The smallest `consumer.heartbeat.interval.ms` of a group."
    )
    group_consumer_max_heartbeat_interval_ms: int = integer(
        15_000, at_least(1), doc="The largest `consumer.heartbeat.interval.ms` of a group."
    )
    group_consumer_max_size: int = integer(INT_MAX, at_least(1), doc="The most members of a consumer group.")
    group_consumer_assignors: tuple[str, ...] = strings(
        ("uniform", "range"),
        items(empty=False),
        doc=(
            "The assignors that members may choose from, the first being the default: `uniform` and `range`."
        ),
    )
    group_consumer_migration_policy: str = string(
        "bidirectional",
        one_of_any_case("DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"),
        doc=(
            "Whether classic groups become consumer groups and back as members change protocol: "
            "`bidirectional`, `upgrade`, `downgrade`, `disabled`."
        ),
    )
    group_consumer_assignment_interval_ms: int = integer(
        1000,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        doc="The shortest time between two assignments of a consumer group; 0 for none.",
    )
    group_consumer_min_assignment_interval_ms: int = integer(
        0, at_least(0), doc="The smallest `consumer.assignment.interval.ms`."
    )
    group_consumer_max_assignment_interval_ms: int = integer(
        15_000, at_least(0), doc="The largest `consumer.assignment.interval.ms`."
    )
    group_consumer_regex_refresh_interval_ms: int = integer(
        600_000,
        at_least(10_000),
        internal=True,
        doc="How often subscription patterns are matched again against the topics.",
    )
    group_streams_session_timeout_ms: int = integer(
        45_000, at_least(1), doc="After how long without a heartbeat a member of a streams group is removed."
    )
    group_streams_min_session_timeout_ms: int = integer(
        45_000, at_least(1), doc="The smallest `streams.session.timeout.ms` of a group."
    )
    group_streams_max_session_timeout_ms: int = integer(
        60_000, at_least(1), doc="The largest `streams.session.timeout.ms` of a group."
    )
    group_streams_heartbeat_interval_ms: int = integer(
        5000, at_least(1), doc="How often members of a streams group are told to send heartbeats."
    )
    group_streams_min_heartbeat_interval_ms: int = integer(
        5000, at_least(1), doc="The smallest `streams.heartbeat.interval.ms` of a group."
    )
    group_streams_max_heartbeat_interval_ms: int = integer(
        15_000, at_least(1), doc="The largest `streams.heartbeat.interval.ms` of a group."
    )
    group_streams_max_size: int = integer(INT_MAX, at_least(1), doc="The most members of a streams group.")
    group_streams_num_standby_replicas: int = integer(
        0, at_least(0), doc="Standby copies of each task of a streams group."
    )
    group_streams_max_standby_replicas: int = integer(
        2, at_least(0), doc="The largest `streams.num.standby.replicas` of a group."
    )
    group_streams_initial_rebalance_delay_ms: int = integer(
        3000, at_least(0), doc="How long the first assignment of a streams group waits for more members."
    )
    group_streams_assignment_interval_ms: int = integer(
        1000,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        doc="The shortest time between two assignments of a streams group; 0 for none.",
    )
    group_streams_min_assignment_interval_ms: int = integer(
        0, at_least(0), doc="The smallest `streams.assignment.interval.ms`."
    )
    group_streams_max_assignment_interval_ms: int = integer(
        15_000, at_least(0), doc="The largest `streams.assignment.interval.ms`."
    )
