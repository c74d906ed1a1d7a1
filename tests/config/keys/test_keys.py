"""The tables against Kafka's own, recorded in kafka-4.3-keys.tsv."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kafkapy.config.broker_keys import BrokerKeys
from kafkapy.config.client_metrics import ClientMetricsConfig
from kafkapy.config.group import GroupConfig
from kafkapy.config.key import REQUIRED, ConfigKey, text_of
from kafkapy.config.table import Table
from kafkapy.config.topic import TopicConfig

TABLES: dict[str, type[Table]] = {
    "broker": BrokerKeys,
    "topic": TopicConfig,
    "group": GroupConfig,
    "client_metrics": ClientMetricsConfig,
}
OURS = {"kafkapy.durability", "kafkapy.record.validation", "super.users", "allow.everyone.if.no.acl.found"}


def kafka_rows() -> Iterator[list[str]]:
    for line in (Path(__file__).parent.parent / "kafka-4.3-keys.tsv").read_text().splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def row_of(resource: str, key: ConfigKey) -> list[str]:
    if key.default is REQUIRED:
        default = "required"
    else:
        default = "null" if key.default is None else text_of(key.default)
    related = key.dynamic.value if resource == "broker" else key.synonym
    accepted = "" if key.valid is None else str(key.valid)
    internal = "internal" if key.internal else ""
    return [resource, key.name, key.kind.name, default, accepted, related, internal]


@pytest.mark.parametrize("resource", TABLES)
def test_every_key_is_what_it_is_in_kafka(resource: str) -> None:
    ours = {name: row_of(resource, key) for name, key in TABLES[resource].KEYS.items() if name not in OURS}
    assert ours == {row[1]: row for row in kafka_rows() if row[0] == resource}


@pytest.mark.parametrize("resource", TABLES)
def test_every_default_is_a_value_that_its_key_accepts(resource: str) -> None:
    for key in TABLES[resource].KEYS.values():
        if key.default is not None and key.default is not REQUIRED:
            assert key.parse(text_of(key.default)) == key.default, key.name


@pytest.mark.parametrize("resource", TABLES)
def test_every_key_is_documented_in_a_sentence(resource: str) -> None:
    for key in TABLES[resource].KEYS.values():
        assert key.doc.endswith("."), key.name
        assert len(key.doc) > 15, key.name
        assert "\n" not in key.doc, key.name


def test_synonyms_name_each_other() -> None:
    for key in BrokerKeys.KEYS.values():
        if key.synonyms:
            assert key.name in key.synonyms
            assert all(synonym in BrokerKeys.KEYS for synonym in key.synonyms)
