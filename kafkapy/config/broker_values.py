"""What several keys of a broker say together."""

from kafkapy.config.broker_keys import BrokerKeys

HOUR_MS = 3_600_000
MINUTE_MS = 60_000


class BrokerValues(BrokerKeys):
    """The keys, and the values that follow from more than one of them."""

    @property
    def effective_log_dirs(self) -> tuple[str, ...]:
        return self.log_dir if self.log_dirs is None else self.log_dirs

    @property
    def effective_log_roll_ms(self) -> int:
        return self.log_roll_hours * HOUR_MS if self.log_roll_ms is None else self.log_roll_ms

    @property
    def effective_log_roll_jitter_ms(self) -> int:
        return (
            self.log_roll_jitter_hours * HOUR_MS
            if self.log_roll_jitter_ms is None
            else self.log_roll_jitter_ms
        )

    @property
    def effective_log_retention_ms(self) -> int:
        """-1 for ever."""
        retention = self.log_retention_ms
        if retention is None and self.log_retention_minutes is not None:
            retention = self.log_retention_minutes * MINUTE_MS
        return max(-1, self.log_retention_hours * HOUR_MS if retention is None else retention)

    @property
    def effective_log_flush_ms(self) -> int:
        return (
            self.log_flush_scheduler_interval_ms
            if self.log_flush_interval_ms is None
            else self.log_flush_interval_ms
        )

    @property
    def syncs_before_answering(self) -> bool:
        """Whether nothing may be promised that is not on disk."""
        return self.kafkapy_durability == "fsync"
