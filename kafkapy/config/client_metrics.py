"""Subscriptions to the metrics of clients (KIP-714): what they may say. No metrics are collected."""

import re
from collections.abc import Mapping

from kafkapy.config.key import ConfigError, RequestError
from kafkapy.config.table import Table, integer, strings
from kafkapy.config.validators import items

MATCHED = (
    "client_instance_id",
    "client_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
)


class ClientMetricsConfig(Table):
    """Typed values of one subscription."""

    metrics: tuple[str, ...] = strings(
        (), items(), doc="Prefixes of the names of metrics that clients should push; `*` for all of them."
    )
    interval_ms: int = integer(300_000, doc="How often clients should push metrics.")
    match: tuple[str, ...] = strings(
        (), items(), doc="Which clients should: `client_id=pattern` and the like, comma separated."
    )

    @classmethod
    def validate(cls, name: str, texts: Mapping[str, str]) -> None:
        """Raise ConfigError unless a subscription may say this. Kafka: ClientMetricsConfigs.validate."""
        if not name:
            raise RequestError("Subscription name can't be empty")
        for key in texts:
            if key not in cls.KEYS:
                raise RequestError(f"Unknown client metrics configuration: {key}")
        config = cls(texts)
        if not 100 <= config.interval_ms <= 3_600_000:
            raise RequestError(
                f"Invalid value {config.interval_ms} for interval.ms, "
                "interval must be between 100 and 3600000 (1 hour)"
            )
        for pattern in config.match:
            what, equals, expression = pattern.partition("=")
            if (
                not equals
                or "=" in expression
                or what.strip() not in MATCHED
                or not _compiles(expression.strip())
            ):
                raise ConfigError(f"Illegal client matching pattern: {pattern}")


def _compiles(expression: str) -> bool:
    try:
        re.compile(expression)
    except re.error:
        return False
    return bool(expression)
