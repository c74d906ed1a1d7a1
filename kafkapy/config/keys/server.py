"""Broker keys about the node itself: its identity, its threads, limits of requests, compression."""

from kafkapy.config.key import LONG_MAX, REQUIRED
from kafkapy.config.keys.reasons import ALONE, JAVA, ROLES, STABLE, STARTS, TESTING, THREADS
from kafkapy.config.table import CLUSTER_WIDE, Table, boolean, class_name, integer, long, string, strings
from kafkapy.config.validators import COMPRESSION_TYPES, NON_NULL, at_least, between, between_or, items


class ServerKeys(Table):
    node_id: int = integer(
        REQUIRED,
        at_least(0),
        doc="The id of this node. `broker.id` is the older name; when both are set they must agree.",
    )
    broker_id: int = integer(-1, doc="The older name of `node.id`; when both are set they must agree.")
    broker_rack: str | None = string(
        None,
        doc=(
            "The rack that Metadata reports for this broker; consumers name a rack to be sent to a near "
            "replica."
        ),
    )
    process_roles: tuple[str, ...] = strings(
        REQUIRED,
        items("broker", "controller", empty=False),
        no_effect=ROLES,
        doc="The parts of the cluster that this node plays. kafkapy always plays both.",
    )
    message_max_bytes: int = integer(
        1_048_588,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        doc=(
            "The largest record batch, in bytes and after compression, that a producer may append to a "
            "topic that does not set `max.message.bytes`."
        ),
    )
    fetch_max_bytes: int = integer(
        57_671_680,
        at_least(1024),
        doc=(
            "The most bytes one Fetch response carries, whatever the consumer asked for. A first batch "
            "above it is still returned whole."
        ),
    )
    max_request_partition_size_limit: int = integer(
        2000,
        at_least(1),
        doc=(
            "The most partitions one answer to DescribeTopicPartitions lists; the client goes on from the "
            "cursor."
        ),
    )
    max_incremental_fetch_session_cache_slots: int = integer(
        1000, at_least(0), doc="How many incremental fetch sessions are remembered at a time."
    )
    request_timeout_ms: int = integer(
        30_000, no_effect=ALONE, doc="How long the broker waits for the answer to a request of its own."
    )
    delete_topic_enable: bool = boolean(True, doc="Whether DeleteTopics is allowed.")
    auto_create_topics_enable: bool = boolean(
        True, doc="Whether asking for the metadata of an unknown topic creates it, when the client allows it."
    )
    compression_type: str = string(
        "producer",
        COMPRESSION_TYPES,
        dynamic=CLUSTER_WIDE,
        doc="The codec that batches are stored with: `producer` keeps what the producer chose.",
    )
    compression_gzip_level: int = integer(
        -1,
        between_or(1, 9, -1),
        dynamic=CLUSTER_WIDE,
        doc="The level used when the broker itself compresses with gzip; -1 is the library's default.",
    )
    compression_lz4_level: int = integer(
        9,
        between(1, 17),
        dynamic=CLUSTER_WIDE,
        doc="The level used when the broker itself compresses with lz4.",
    )
    compression_zstd_level: int = integer(
        3,
        between(-131_072, 22),
        dynamic=CLUSTER_WIDE,
        doc="The level used when the broker itself compresses with zstd.",
    )
    controlled_shutdown_enable: bool = boolean(
        True, no_effect=ALONE, doc="Whether a stopping broker first hands its leaderships to others."
    )
    num_io_threads: int = integer(
        8, at_least(1), dynamic=CLUSTER_WIDE, no_effect=THREADS, doc="Threads that serve requests."
    )
    background_threads: int = integer(
        10, at_least(1), dynamic=CLUSTER_WIDE, no_effect=THREADS, doc="Threads for periodic work."
    )
    num_recovery_threads_per_data_dir: int = integer(
        2,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        doc="Threads per log directory that check logs after an unclean stop.",
    )
    num_replica_alter_log_dirs_threads: int | None = integer(
        None,
        doc="Threads that move replicas between log directories; one per directory when not set.",
    )
    config_providers: tuple[str, ...] = strings(
        (),
        items(),
        dynamic=CLUSTER_WIDE,
        no_effect=JAVA,
        doc="Names of plugins that fetch values for `${...}` placeholders in other keys.",
    )
    early_start_listeners: tuple[str, ...] | None = strings(
        None,
        items(null=True),
        no_effect=STARTS,
        doc="Listeners that may open before the authorizer has loaded its rules.",
    )
    authorizer_class_name: str = string(
        "",
        NON_NULL,
        doc=(
            "The class that decides about access: empty for none, or Kafka's "
            "`org.apache.kafka.metadata.authorizer.StandardAuthorizer`, whose rules are kept in the "
            "metadata log."
        ),
    )
    create_topic_policy_class_name: str | None = class_name(
        None, no_effect=JAVA, doc="A plugin that may refuse the creation of a topic."
    )
    alter_config_policy_class_name: str | None = class_name(
        None, no_effect=JAVA, doc="A plugin that may refuse a change of configuration."
    )
    initial_broker_registration_timeout_ms: int = integer(
        60_000, no_effect=ALONE, doc="How long a starting broker tries to register before it gives up."
    )
    broker_heartbeat_interval_ms: int = integer(
        2000, no_effect=ALONE, doc="How often a broker reports to the controller."
    )
    broker_session_timeout_ms: int = integer(
        9000, no_effect=ALONE, doc="After how long without a report the controller fences a broker."
    )
    server_max_startup_time_ms: int = long(
        LONG_MAX,
        at_least(0),
        internal=True,
        no_effect=TESTING,
        doc="How long the start of the server may take.",
    )
    unstable_api_versions_enable: bool = boolean(
        False,
        internal=True,
        no_effect=STABLE,
        doc="Whether versions of requests that Kafka has not declared stable are offered as well.",
    )
    unstable_feature_versions_enable: bool = boolean(
        False,
        internal=True,
        no_effect=STABLE,
        doc="Whether feature levels that Kafka has not declared stable may be finalized.",
    )
