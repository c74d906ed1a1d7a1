"""Broker keys about transactions and idempotent producers."""

from kafkapy.config.keys.reasons import AT_ONCE, BUFFERS
from kafkapy.config.table import CLUSTER_WIDE, Table, boolean, integer, short
from kafkapy.config.validators import at_least


class TransactionKeys(Table):
    transaction_max_timeout_ms: int = integer(
        900_000, at_least(1), doc="The longest `transaction.timeout.ms` a producer may ask for."
    )
    transactional_id_expiration_ms: int = integer(
        604_800_000, at_least(1), doc="After how long without use a transactional id is forgotten."
    )
    transaction_abort_timed_out_transaction_cleanup_interval_ms: int = integer(
        10_000, at_least(1), doc="How often transactions that ran out of time are looked for, to abort them."
    )
    transaction_remove_expired_transaction_cleanup_interval_ms: int = integer(
        3_600_000, at_least(1), doc="How often expired transactional ids are looked for."
    )
    transaction_partition_verification_enable: bool = boolean(
        True,
        dynamic=CLUSTER_WIDE,
        doc=(
            "Whether a partition asks the coordinator if it belongs to a transaction before it takes "
            "records of it."
        ),
    )
    transaction_two_phase_commit_enable: bool = boolean(
        False,
        doc="Whether producers may leave the decision about a transaction to a coordinator outside Kafka.",
    )
    transaction_state_log_num_partitions: int = integer(
        50,
        at_least(1),
        doc="The partitions of `__transaction_state`. It must not change once the topic exists.",
    )
    transaction_state_log_replication_factor: int = short(
        3, at_least(1), doc="The replicas of `__transaction_state`."
    )
    transaction_state_log_min_isr: int = integer(
        2, at_least(1), doc="`min.insync.replicas` of `__transaction_state`."
    )
    transaction_state_log_segment_bytes: int = integer(
        104_857_600, at_least(1), doc="The segment size of `__transaction_state`."
    )
    transaction_state_log_load_buffer_size: int = integer(
        5_242_880,
        at_least(1),
        no_effect=BUFFERS,
        doc="Bytes read at a time when transactions are loaded from their log.",
    )
    producer_id_expiration_ms: int = integer(
        86_400_000,
        at_least(1),
        dynamic=CLUSTER_WIDE,
        doc="After how long without records a partition forgets a producer.",
    )
    producer_id_expiration_check_interval_ms: int = integer(
        600_000, at_least(1), internal=True, doc="How often producers to forget are looked for."
    )
    add_partitions_to_txn_retry_backoff_ms: int = integer(
        20,
        at_least(1),
        no_effect=AT_ONCE,
        doc="The first pause before a partition is added to a transaction again that is still completing.",
    )
    add_partitions_to_txn_retry_backoff_max_ms: int = integer(
        100, at_least(0), no_effect=AT_ONCE, doc="The longest time that is spent on such retries."
    )
