"""What the transaction coordinator is configured with."""

from dataclasses import dataclass

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class TransactionSettings:
    """All in milliseconds; `transactional.id.*` and `transaction.*` of the broker's configuration."""

    max_timeout_ms: int = 900_000
    id_expiration_ms: int = 7 * DAY_MS
    timeout_check_interval_ms: int = 10_000
    expiration_check_interval_ms: int = 3_600_000
    marker_retry_ms: int = 100
