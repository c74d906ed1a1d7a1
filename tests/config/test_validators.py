"""Accepted values: Kafka's texts for them, and its messages for the others."""

from typing import Any

import pytest

from kafkapy.config.key import ConfigError, Validator
from kafkapy.config.validators import (
    BOOTSTRAP_SERVERS,
    NON_EMPTY,
    NON_NULL,
    QUORUM_VOTERS,
    SHARE_OFFSET_RESET,
    THROTTLED_REPLICAS,
    at_least,
    between,
    between_or,
    items,
    one_of,
    one_of_any_case,
)

RESET_FORM = "The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
REPLICAS_FORM = (
    "k must be the literal '*' or a list of replicas in the following format: "
    "[partitionId]:[brokerId],[partitionId]:[brokerId],..."
)


@pytest.mark.parametrize(
    ("valid", "value", "message"),
    [
        (at_least(1), 0, "Invalid value 0 for configuration k: Value must be at least 1"),
        (at_least(1), None, "Invalid value null for configuration k: Value must be non-null"),
        (between(0, 1), 1.5, "Invalid value 1.5 for configuration k: Value must be no more than 1"),
        (
            between_or(1, 9, -1),
            0,
            "Invalid value 0 for configuration k: Value must be between 1 and 9 or equal to -1",
        ),
        (one_of("a", "b"), "c", "Invalid value c for configuration k: String must be one of: a, b"),
        (
            one_of_any_case("A", "B"),
            "c",
            "Invalid value c for configuration k: String must be one of (case insensitive): A, B",
        ),
        (items("a"), ("b",), "Invalid value b for configuration k: String must be one of: a"),
        (items("a"), ("",), "Configuration 'k' values must not be empty."),
        (items(), None, "Configuration 'k' values must not be null."),
        (
            items("a", empty=False),
            (),
            "Configuration 'k' must not be empty. Valid values include: [a]",
        ),
        (
            items(empty=False),
            (),
            "Configuration 'k' must not be empty. Valid values include: any non-empty value",
        ),
        (NON_EMPTY, "", "Invalid value  for configuration k: String must be non-empty"),
        (NON_NULL, None, "Invalid value null for configuration k: entry must be non null"),
        (THROTTLED_REPLICAS, ("1:x", "2"), f"Invalid value [1:x, 2] for configuration k: {REPLICAS_FORM}"),
        (
            SHARE_OFFSET_RESET,
            "by_duration:-PT1S",
            "Invalid value by_duration:-PT1S for configuration k: "
            f"Invalid value `by_duration:-PT1S` for configuration k. {RESET_FORM}",
        ),
        (
            QUORUM_VOTERS,
            ("1@",),
            "Invalid configuration value for k. Each entry should be in the form `{id}@{host}:{port}`.",
        ),
        (
            QUORUM_VOTERS,
            ("1@h",),
            "Failed to parse host name from entry 1@h for the configuration k. "
            "Each entry should be in the form `{id}@{host}:{port}`.",
        ),
        (
            BOOTSTRAP_SERVERS,
            ("x",),
            "Failed to parse host name from x for the configuration k. "
            'Each entry should be in the form "{host}:{port}"',
        ),
    ],
)
def test_other_values_are_refused_in_kafkas_words(valid: Validator, value: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        valid("k", value)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("valid", "value"),
    [
        (at_least(1), 1),
        (between(0, 1), 1.0),
        (between_or(1, 9, -1), -1),
        (one_of("a"), "a"),
        (one_of_any_case("UPGRADE"), "Upgrade"),
        (items("a"), ()),
        (items(null=True), None),
        (items(), ("x",)),
        (NON_EMPTY, None),
        (THROTTLED_REPLICAS, ("*",)),
        (THROTTLED_REPLICAS, ("0:1", "12:3")),
        (THROTTLED_REPLICAS, ()),
        (SHARE_OFFSET_RESET, "earliest"),
        (SHARE_OFFSET_RESET, "by_duration:P1DT2H"),
        (QUORUM_VOTERS, ("1@localhost:9093", "2@[::1]:9093")),
        (BOOTSTRAP_SERVERS, ("localhost:9093",)),
    ],
)
def test_accepted_values_pass(valid: Validator, value: Any) -> None:
    valid("k", value)


@pytest.mark.parametrize(
    ("valid", "text"),
    [
        (at_least(-2), "[-2,...]"),
        (between(0, 0.5), "[0,...,0.5]"),
        (between_or(1, 9, -1), "[1,...,9] or -1"),
        (one_of("a", "b"), "[a, b]"),
        (one_of_any_case("A"), "(case insensitive) [A]"),
        (items(), ""),
        (items("a"), "[a]"),
    ],
)
def test_accepted_values_have_kafkas_text(valid: Validator, text: str) -> None:
    assert str(valid) == text
