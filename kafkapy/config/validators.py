"""What a key accepts beyond its type. Texts and messages are those of Kafka's ConfigDef validators."""

import re
from typing import Any

from kafkapy.config.duration import parse_duration_ms
from kafkapy.config.key import ConfigError, Validator, invalid, shown


def at_least(low: float) -> Validator:
    return _number_range(low, None)


def between(low: float, high: float) -> Validator:
    return _number_range(low, high)


def _number_range(low: float, high: float | None) -> Validator:
    def check(name: str, value: Any) -> None:
        if value is None:
            raise invalid(name, None, "Value must be non-null")
        if value < low:
            raise invalid(name, value, f"Value must be at least {shown(low)}")
        if high is not None and value > high:
            raise invalid(name, value, f"Value must be no more than {shown(high)}")

    return Validator(f"[{shown(low)},...{'' if high is None else ',' + shown(high)}]", check)


def between_or(low: int, high: int, other: int) -> Validator:
    """A range or one value outside it: the gzip level and its default."""

    def check(name: str, value: Any) -> None:
        if value is None:
            raise invalid(name, None, "Value must be non-null")
        if value != other and not low <= value <= high:
            raise invalid(name, value, f"Value must be between {low} and {high} or equal to {other}")

    return Validator(f"[{low},...,{high}] or {other}", check)


def one_of(*choices: str) -> Validator:
    def check(name: str, value: Any) -> None:
        if value not in choices:
            raise invalid(name, value, f"String must be one of: {', '.join(choices)}")

    return Validator(f"[{', '.join(choices)}]", check)


def one_of_any_case(*choices: str) -> Validator:
    """`choices` in upper case."""

    def check(name: str, value: Any) -> None:
        if value is None or value.upper() not in choices:
            raise invalid(name, value, f"String must be one of (case insensitive): {', '.join(choices)}")

    return Validator(f"(case insensitive) [{', '.join(choices)}]", check)


def items(*choices: str, empty: bool = True, null: bool = False) -> Validator:
    """A list without empty or repeated items, of `choices` where there are any."""
    each = one_of(*choices)

    def check(name: str, value: Any) -> None:
        if value is None:
            if null:
                return
            raise ConfigError(f"Configuration '{name}' values must not be null.")
        if not value and not empty:
            accepted = str(each) if choices else "any non-empty value"
            raise ConfigError(f"Configuration '{name}' must not be empty. Valid values include: {accepted}")
        for item in value:
            if not item:
                raise ConfigError(f"Configuration '{name}' values must not be empty.")
            if choices:
                each(name, item)

    return Validator(str(each) if choices else "", check, distinct=True)


def _check_filled(name: str, value: Any) -> None:
    if value == "":
        raise invalid(name, value, "String must be non-empty")


def _check_present(name: str, value: Any) -> None:
    if value is None:
        raise invalid(name, "null", "entry must be non null")


def _check_throttled_replicas(name: str, value: Any) -> None:
    replicas = [item.strip() for item in value]
    if "".join(replicas) != "*" and not all(re.fullmatch(r"([0-9]+:[0-9]+)?", item) for item in replicas):
        form = "[partitionId]:[brokerId],[partitionId]:[brokerId],..."
        reason = f"{name} must be the literal '*' or a list of replicas in the following format: {form}"
        raise invalid(name, value, reason)


def _check_offset_reset(name: str, value: Any) -> None:
    if value in ("earliest", "latest"):
        return
    kind, _, duration = (value or "").partition(":")
    try:
        if kind == "by_duration" and parse_duration_ms(duration) >= 0:
            return
    except ValueError:
        pass
    form = "The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
    raise invalid(name, value, f"Invalid value `{shown(value)}` for configuration {name}. {form}")


_HOST_AND_PORT = re.compile(r"(?:\[[0-9a-zA-Z:.%]+\]|[0-9a-zA-Z\-_.]+):[0-9]+")


def _check_voters(name: str, value: Any) -> None:
    form = "Each entry should be in the form `{id}@{host}:{port}`."
    for voter in value:
        voter_id, _, address = voter.partition("@")
        if not address or "@" in address:
            raise ConfigError(f"Invalid configuration value for {name}. {form}")
        if not _HOST_AND_PORT.fullmatch(address):
            reason = f"Failed to parse host name from entry {voter} for the configuration {name}."
            raise ConfigError(f"{reason} {form}")
        if not voter_id.isdigit():
            raise ConfigError(f"Failed to parse voter ID as an integer from {voter_id}")


def _check_servers(name: str, value: Any) -> None:
    for server in value:
        if not _HOST_AND_PORT.fullmatch(server):
            form = 'Each entry should be in the form "{host}:{port}"'
            raise ConfigError(f"Failed to parse host name from {server} for the configuration {name}. {form}")


NON_EMPTY = Validator("non-empty string", _check_filled)
NON_NULL = Validator("non-null string", _check_present)
THROTTLED_REPLICAS = Validator(
    "[partitionId]:[brokerId],[partitionId]:[brokerId],...", _check_throttled_replicas
)
SHARE_OFFSET_RESET = Validator("[latest, earliest, by_duration:PnDTnHnMn.nS]", _check_offset_reset)
QUORUM_VOTERS = Validator("non-empty list", _check_voters)
BOOTSTRAP_SERVERS = Validator("non-empty list", _check_servers)
COMPRESSION_TYPES = one_of("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")
