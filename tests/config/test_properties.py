"""Where settings come from."""

import pytest

from kafkapy.config.properties import environment_properties, gather, parse_properties


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ("a=1\nb = 2\nc: 3\nd 4\n", {"a": "1", "b": "2", "c": "3", "d": "4"}),
        ("# no\n! no\n\n  \n a=1", {"a": "1"}),
        ("a=1=2:3 4 ", {"a": "1=2:3 4 "}),
        ("a=one,\\\n   two,\\\r\n three", {"a": "one,two,three"}),
        ("a=x\\\\\nb=y", {"a": "x\\", "b": "y"}),
        ("a\\ b\\=c=d", {"a b=c": "d"}),
        ("a=\\t\\u00e9\\q", {"a": "\té" + "q"}),
        ("a\nb=", {"a": "", "b": ""}),
        ("a=1\na=2", {"a": "2"}),
        ("a=x # y", {"a": "x # y"}),
        ("a=x\\\n# y", {"a": "x# y"}),
        ("a=end\\", {"a": "end"}),
        ("\\\n# x\na=1", {"a": "1"}),
    ],
)
def test_a_properties_file_is_read_as_java_reads_it(text: str, properties: dict[str, str]) -> None:
    assert parse_properties(text) == properties


def test_a_bad_escape_is_an_error() -> None:
    with pytest.raises(ValueError, match="Malformed"):
        parse_properties("a=\\u12")


def test_variables_are_named_as_for_the_container_image() -> None:
    environment = {
        "KAFKA_LISTENERS": "PLAINTEXT://:9092",
        "KAFKA_LISTENER_NAME_SASL__PLAINTEXT_SCRAM___SHA___256_SASL_JAAS_CONFIG": "x",
        "KAFKA_HEAP_OPTS": "-Xmx1g",
        "HOME": "/root",
    }
    assert environment_properties(environment) == {
        "listeners": "PLAINTEXT://:9092",
        "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config": "x",
    }


def test_the_other_images_prefix_wins() -> None:
    environment = {"KAFKA_CFG_NUM_PARTITIONS": "3", "KAFKA_NUM_PARTITIONS": "2"}
    assert environment_properties(environment) == {"num.partitions": "3"}


def test_arguments_win_over_the_environment_and_that_over_the_file() -> None:
    settings = gather(
        {"num.partitions": "1"},
        {"KAFKA_NUM_PARTITIONS": "2", "KAFKA_NODE_ID": "2"},
        {"num.partitions": "3", "node.id": "3", "log.dirs": "/c"},
    )
    assert settings.properties == {"num.partitions": "1", "node.id": "2", "log.dirs": "/c"}
    assert settings.unknown == []


def test_unknown_names_are_reported_but_unknown_variables_are_not_settings() -> None:
    settings = gather({"a": "1"}, {"KAFKA_HOME": "/opt/kafka"}, {"zookeeper.connect": "x"})
    assert settings.properties == {"a": "1", "zookeeper.connect": "x"}
    assert settings.unknown == ["a", "home", "zookeeper.connect"]
