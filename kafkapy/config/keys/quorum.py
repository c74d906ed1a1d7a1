"""Broker keys about the metadata log and the controllers that keep it."""

from kafkapy.config.keys.reasons import METRICS, QUORUM, TESTING
from kafkapy.config.table import Table, boolean, integer, long, string, strings
from kafkapy.config.validators import BOOTSTRAP_SERVERS, QUORUM_VOTERS, at_least


class QuorumKeys(Table):
    controller_quorum_voters: tuple[str, ...] = strings(
        (),
        QUORUM_VOTERS,
        no_effect=QUORUM,
        doc="The controllers of a static quorum: `id@host:port`, comma separated.",
    )
    controller_quorum_bootstrap_servers: tuple[str, ...] = strings(
        (),
        BOOTSTRAP_SERVERS,
        no_effect=QUORUM,
        doc="Where the controllers of a dynamic quorum are asked for first.",
    )
    controller_quorum_election_timeout_ms: int = integer(
        1000, at_least(0), no_effect=QUORUM, doc="How long without a leader until an election is called."
    )
    controller_quorum_fetch_timeout_ms: int = integer(
        2000,
        at_least(0),
        no_effect=QUORUM,
        doc="How long without a successful fetch until a controller looks for another leader.",
    )
    controller_quorum_election_backoff_max_ms: int = integer(
        1000, at_least(0), no_effect=QUORUM, doc="The longest pause between two elections."
    )
    controller_quorum_append_linger_ms: int = integer(
        25, at_least(0), no_effect=QUORUM, doc="How long the leader collects records before it writes them."
    )
    controller_quorum_request_timeout_ms: int = integer(
        2000, at_least(0), no_effect=QUORUM, doc="How long a controller waits for an answer."
    )
    controller_quorum_retry_backoff_ms: int = integer(
        20, at_least(0), no_effect=QUORUM, doc="The pause before a request is tried again."
    )
    controller_quorum_auto_join_enable: bool = boolean(
        False, no_effect=QUORUM, doc="Whether a new controller joins the quorum by itself."
    )
    controller_quorum_fetch_snapshot_max_bytes: int = integer(
        1_048_576, at_least(1), no_effect=QUORUM, doc="Bytes of a snapshot that are fetched at a time."
    )
    controller_quorum_fetch_max_bytes: int = integer(
        1_048_576, at_least(1), no_effect=QUORUM, doc="Bytes of the metadata log that are fetched at a time."
    )
    controller_performance_sample_period_ms: int = long(
        60_000,
        at_least(100),
        internal=True,
        no_effect=METRICS,
        doc="How often a controller logs how long its events take.",
    )
    controller_performance_always_log_threshold_ms: int = long(
        2000,
        at_least(0),
        internal=True,
        no_effect=METRICS,
        doc="How long an event of the controller must take to be logged.",
    )
    sasl_mechanism_controller_protocol: str = string(
        "GSSAPI", no_effect=QUORUM, doc="The SASL mechanism for connections to the controllers."
    )
    metadata_log_dir: str | None = string(
        None, doc="The directory of the metadata log; the first of `log.dirs` when not set."
    )
    metadata_log_segment_bytes: int = integer(
        1_073_741_824, at_least(8_388_608), doc="The size at which a segment of the metadata log is closed."
    )
    metadata_log_segment_ms: int = long(
        604_800_000, doc="The age at which a segment of the metadata log is closed."
    )
    metadata_max_retention_bytes: int = long(
        104_857_600, doc="The size of the metadata log above which old segments and snapshots are deleted."
    )
    metadata_max_retention_ms: int = long(
        604_800_000, doc="The age at which segments and snapshots of the metadata log are deleted."
    )
    metadata_max_idle_interval_ms: int = integer(
        500,
        at_least(0),
        no_effect=QUORUM,
        doc="How often a controller with nothing to do writes a record that says so.",
    )
    metadata_log_max_record_bytes_between_snapshots: int = long(
        20_971_520,
        at_least(1),
        doc="After how many bytes of new records a snapshot of the metadata is written.",
    )
    metadata_log_max_snapshot_interval_ms: int = long(
        3_600_000,
        at_least(0),
        doc="After how long a snapshot of the metadata is written if anything has changed; 0 for never.",
    )
    internal_metadata_log_segment_bytes: int | None = integer(
        None, internal=True, no_effect=TESTING, doc="As `metadata.log.segment.bytes`, without a lower bound."
    )
    internal_metadata_max_batch_size_in_bytes: int = integer(
        8_388_608, internal=True, no_effect=TESTING, doc="The largest batch of the metadata log."
    )
    internal_metadata_delete_delay_millis: int = long(
        60_000,
        internal=True,
        no_effect=TESTING,
        doc="How long deleted files of the metadata log stay on the disk.",
    )
