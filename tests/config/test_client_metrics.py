"""Subscriptions to metrics of clients, and Kafka's refusals."""

import pytest

from kafkapy.config.client_metrics import ClientMetricsConfig
from kafkapy.config.key import ConfigError, RequestError


def test_a_subscription_has_kafkas_defaults() -> None:
    subscription = ClientMetricsConfig({"match": "client_id=a.*, client_software_name=x"})
    assert subscription.interval_ms == 300_000
    assert subscription.metrics == ()
    assert subscription.match == ("client_id=a.*", "client_software_name=x")


@pytest.mark.parametrize(
    ("name", "texts", "message"),
    [
        ("", {}, "Subscription name can't be empty"),
        ("m", {"foo": "1"}, "Unknown client metrics configuration: foo"),
        (
            "m",
            {"interval.ms": "99"},
            "Invalid value 99 for interval.ms, interval must be between 100 and 3600000 (1 hour)",
        ),
    ],
)
def test_some_refusals_blame_the_request(name: str, texts: dict[str, str], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        ClientMetricsConfig.validate(name, texts)
    assert str(caught.value) == message


@pytest.mark.parametrize("pattern", ["x", "color=red", "client_id=", "client_id=a=b", "client_id=("])
def test_a_pattern_must_match_something_that_is_known_of_clients(pattern: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ClientMetricsConfig.validate("m", {"match": pattern})
    assert str(caught.value) == f"Illegal client matching pattern: {pattern}"
    assert not isinstance(caught.value, RequestError)


def test_a_good_subscription_passes() -> None:
    ClientMetricsConfig.validate("m", {"interval.ms": "100", "match": "client_id = a.*", "metrics": "*"})
