"""Broker keys about replicas and leaders. With a single broker most of them have nothing to do."""

from kafkapy.config.keys.reasons import ALONE, JAVA, TIERED, WAKES
from kafkapy.config.table import CLUSTER_WIDE, Table, boolean, integer, long, string
from kafkapy.config.validators import at_least


class ReplicationKeys(Table):
    default_replication_factor: int = integer(
        1, doc="The replicas of a topic that is created without saying how many."
    )
    unclean_leader_election_enable: bool = boolean(
        False,
        dynamic=CLUSTER_WIDE,
        no_effect=ALONE,
        doc="Whether a replica that has missed records may become leader when no other is left.",
    )
    unclean_leader_election_interval_ms: int = long(
        300_000,
        at_least(1),
        internal=True,
        no_effect=ALONE,
        doc="How often leaderless partitions are considered for such an election.",
    )
    auto_leader_rebalance_enable: bool = boolean(
        True,
        no_effect=ALONE,
        doc="Whether leadership is moved back to the preferred replicas from time to time.",
    )
    leader_imbalance_check_interval_seconds: int = long(
        300,
        at_least(1),
        no_effect=ALONE,
        doc="How often it is checked whether leaders are where they should be.",
    )
    replica_lag_time_max_ms: int = long(
        30_000,
        no_effect=ALONE,
        doc="After how long without catching up a follower leaves the in-sync replicas.",
    )
    replica_fetch_max_bytes: int = integer(
        1_048_576, at_least(0), no_effect=ALONE, doc="Bytes per partition that a follower asks for."
    )
    replica_fetch_min_bytes: int = integer(1, no_effect=ALONE, doc="Bytes a follower's fetch waits for.")
    replica_fetch_wait_max_ms: int = integer(
        500, no_effect=ALONE, doc="How long a follower's fetch waits for them."
    )
    replica_fetch_backoff_ms: int = integer(
        1000, at_least(0), no_effect=ALONE, doc="How long a follower rests after an error."
    )
    replica_fetch_response_max_bytes: int = integer(
        10_485_760, at_least(0), no_effect=ALONE, doc="Bytes that one answer to a follower carries."
    )
    replica_socket_timeout_ms: int = integer(
        30_000, no_effect=ALONE, doc="How long a follower waits for the network."
    )
    replica_socket_receive_buffer_bytes: int = integer(
        65_536, no_effect=ALONE, doc="SO_RCVBUF of a follower's connections."
    )
    num_replica_fetchers: int = integer(
        1, at_least(1), dynamic=CLUSTER_WIDE, no_effect=ALONE, doc="Threads per broker that copy from it."
    )
    replica_high_watermark_checkpoint_interval_ms: int = long(
        5000, doc="How often the high watermarks are written down."
    )
    replica_selector_class: str | None = string(
        None, no_effect=JAVA, doc="The class that chooses the replica a consumer reads from."
    )
    follower_fetch_last_tiered_offset_enable: bool = boolean(
        False,
        dynamic=CLUSTER_WIDE,
        no_effect=TIERED,
        doc="Whether an empty follower begins after the part that is in tiered storage.",
    )
    controller_socket_timeout_ms: int = integer(
        30_000, no_effect=ALONE, doc="How long requests between broker and controller may take."
    )
    fetch_purgatory_purge_interval_requests: int = integer(
        1000,
        no_effect=WAKES,
        doc="After how many requests finished fetches are removed from those that wait.",
    )
    producer_purgatory_purge_interval_requests: int = integer(
        1000,
        no_effect=WAKES,
        doc="After how many requests finished produces are removed from those that wait.",
    )
    delete_records_purgatory_purge_interval_requests: int = integer(
        1,
        no_effect=WAKES,
        doc="After how many requests finished DeleteRecords are removed from those that wait.",
    )
