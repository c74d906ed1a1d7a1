"""The console producer and consumer: Java's clients, one record per line."""

import re

import confluent_kafka
import pytest

from compat.java.tools import Tools

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
CONSUME = ("--from-beginning", "--timeout-ms", "10000")
BEGINNING = ("--command-property", "auto.offset.reset=earliest")
KEYED = tuple(
    word
    for setting in ("parse.key=true", "parse.headers=true", "null.marker=NULL")
    for word in ("--reader-property", setting)
)
PRINTED = tuple(
    word
    for name in ("timestamp", "partition", "offset", "key", "headers")
    for word in ("--formatter-property", f"print.{name}=true")
)


def speaking(protocol: str) -> tuple[str, str]:
    """A consumer of the classic protocol, or of KIP-848's."""
    return "--command-property", f"group.protocol={protocol}"


@pytest.mark.parametrize("codec", CODECS)
def test_lines_come_back_whatever_the_codec(codec: str, tools: Tools, topic: str) -> None:
    lines = [f"line {n} " + "x" * (n % 50) for n in range(500)]
    tools.ok(
        "console-producer", "--topic", topic, "--compression-codec", codec, stdin="\n".join(lines) + "\n"
    )
    read = tools.ok("console-consumer", "--topic", topic, "--max-messages", "500", *CONSUME)
    assert read.lines == lines


@pytest.mark.parametrize("codec", CODECS)
def test_java_reads_what_librdkafka_has_compressed(codec: str, tools: Tools, topic: str) -> None:
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": tools.bootstrap, "compression.type": codec, "linger.ms": 20}
    )
    values = [f"value {n} " * 20 for n in range(500)]
    for value in values:
        producer.produce(topic, value, key=b"k", headers=[("h", b"1")])
    assert producer.flush(20) == 0
    read = tools.ok("console-consumer", "--topic", topic, "--max-messages", "500", *CONSUME)
    assert read.lines == values


def test_keys_headers_and_nulls_come_back(tools: Tools, topic: str) -> None:
    tools.ok("console-producer", "--topic", topic, *KEYED, stdin="a:1,b:2\tkey\tvalue\nNULL\tNULL\tNULL\n")
    read = tools.ok("console-consumer", "--topic", topic, "--max-messages", "2", *PRINTED, *CONSUME)
    first, second = (line.split("\t") for line in read.lines)
    assert first[0].startswith("CreateTime:")
    assert first[1:] == ["Partition:0", "Offset:0", "a:1,b:2", "key", "value"]
    assert second[1:] == ["Partition:0", "Offset:1", "NO_HEADERS", "null", "null"]


def test_a_topic_is_created_by_producing_to_it(tools: Tools, unique: str) -> None:
    tools.ok("console-producer", "--topic", unique, stdin="hello\n")
    read = tools.ok("console-consumer", "--topic", unique, "--max-messages", "1", *CONSUME)
    assert read.lines == ["hello"]
    described = tools.ok("topics", "--describe", "--topic", unique)
    assert "PartitionCount: 4" in described.out


def test_an_offset_and_a_partition_can_be_named(tools: Tools, topic: str) -> None:
    tools.ok("console-producer", "--topic", topic, stdin="".join(f"{n}\n" for n in range(10)))
    where = ("--partition", "0", "--offset", "7", "--max-messages", "3", "--timeout-ms", "10000")
    assert tools.ok("console-consumer", "--topic", topic, *where).lines == ["7", "8", "9"]


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_a_group_goes_on_where_it_was(protocol: str, tools: Tools, topic: str, unique: str) -> None:
    tools.ok("console-producer", "--topic", topic, stdin="".join(f"{n}\n" for n in range(10)))
    group = ("--group", unique, "--timeout-ms", "10000", *BEGINNING, *speaking(protocol))
    first = tools.ok("console-consumer", "--topic", topic, "--max-messages", "4", *group)
    assert first.lines == ["0", "1", "2", "3"]
    second = tools.ok("console-consumer", "--topic", topic, "--max-messages", "6", *group)
    assert second.lines == ["4", "5", "6", "7", "8", "9"]
    listed = tools.ok("consumer-groups", "--list", "--type").out
    assert re.search(rf"^{unique}\s+{protocol}\b", listed, re.MULTILINE | re.IGNORECASE), listed


@pytest.mark.parametrize("protocols", [("classic", "consumer"), ("consumer", "classic")])
def test_a_group_goes_on_where_it_was_under_the_other_protocol(
    protocols: tuple[str, str], tools: Tools, topic: str, unique: str
) -> None:
    tools.ok("console-producer", "--topic", topic, stdin="".join(f"{n}\n" for n in range(10)))
    group = ("--group", unique, "--timeout-ms", "10000", "--max-messages", "5", *BEGINNING)
    first, second = (
        tools.ok("console-consumer", "--topic", topic, *group, *speaking(protocol)) for protocol in protocols
    )
    assert first.lines + second.lines == [str(n) for n in range(10)]


def test_java_subscribes_with_a_pattern(tools: Tools, topic: str, unique: str) -> None:
    tools.ok("console-producer", "--topic", topic, stdin="".join(f"{n}\n" for n in range(10)))
    pattern = ("--include", f"{topic[:-1]}.", "--max-messages", "10")
    for protocol in ("classic", "consumer"):
        group = ("--group", f"{unique}-{protocol}", *BEGINNING, *speaking(protocol))
        assert len(tools.ok("console-consumer", *pattern, "--timeout-ms", "20000", *group).lines) == 10


def test_records_that_are_too_large_are_refused(tools: Tools, unique: str) -> None:
    tools.ok("topics", "--create", "--topic", unique, "--config", "max.message.bytes=1000")
    said = tools.run("console-producer", "--topic", unique, stdin="x" * 2000 + "\n")
    assert "RecordTooLargeException" in said.out + said.err
