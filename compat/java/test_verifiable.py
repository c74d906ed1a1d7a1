"""The verifiable producer and consumer of Apache Kafka's system tests, and its measuring tools."""

import json
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from compat.java.tools import Tools


def events(text: str) -> Iterator[dict[str, object]]:
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


@contextmanager
def consuming(tools: Tools, topic: str, group: str, *more: str) -> Iterator[Iterator[dict[str, object]]]:
    """A verifiable consumer that runs; gives its events as they come."""
    process = tools.start("verifiable-consumer", "--topic", topic, "--group-id", group, "--verbose", *more)
    assert process.stdout is not None
    yield (event for line in process.stdout for event in events(line))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


@pytest.mark.parametrize("acks", ["0", "1", "-1"])
def test_every_record_of_the_verifiable_producer_is_acknowledged(acks: str, tools: Tools, topic: str) -> None:
    said = tools.ok("verifiable-producer", "--topic", topic, "--max-messages", "1000", "--acks", acks)
    sent = [event for event in events(said.out) if event["name"] == "producer_send_success"]
    assert len(sent) == 1000
    assert sorted(int(str(event["value"])) for event in sent) == list(range(1000))
    if acks != "0":
        assert sorted(int(str(event["offset"])) for event in sent) == list(range(1000))


def test_the_verifiable_consumer_gets_every_record_and_commits(tools: Tools, topic: str, unique: str) -> None:
    tools.ok("verifiable-producer", "--topic", topic, "--max-messages", "500")
    offsets: list[int] = []
    with consuming(tools, topic, unique, "--max-messages", "500", "--reset-policy", "earliest") as happened:
        for event in happened:
            if event["name"] == "record_data":
                offsets.append(int(str(event["offset"])))
            if event["name"] == "offsets_committed":
                assert event["success"], event
                if len(offsets) == 500:
                    break
    assert offsets == list(range(500))


@pytest.mark.parametrize(
    "protocol",
    [("--session-timeout", "10000"), ("--group-protocol", "CONSUMER")],
    ids=["classic", "consumer"],
)
def test_two_verifiable_consumers_share_a_topic(protocol: tuple[str, str], tools: Tools, unique: str) -> None:
    tools.ok("topics", "--create", "--topic", unique, "--partitions", "4")
    with consuming(tools, unique, unique, *protocol) as first:
        assert len(next_assignment(first)) == 4
        with consuming(tools, unique, unique, *protocol) as second:
            theirs = next_assignment(second)
            assert len(theirs) == 2
            if protocol[0] == "--session-timeout":  # otherwise the first keeps its own, and is told nothing
                assert next_assignment(first) == {0, 1, 2, 3} - theirs


def next_assignment(happened: Iterator[dict[str, object]]) -> set[int]:
    """The partitions of the next event that assigns some."""
    for event in happened:
        if event["name"] == "partitions_assigned" and event["partitions"]:
            return {partition["partition"] for partition in event["partitions"]}
    raise AssertionError("the consumer ended by itself")


def test_the_performance_tools_produce_and_consume(tools: Tools, topic: str) -> None:
    produced = tools.ok(
        "producer-perf",
        *("--topic", topic, "--num-records", "20000", "--record-size", "200", "--throughput", "-1"),
        *("--producer-props", "compression.type=lz4"),
    )
    assert produced.lines[-1].startswith("20000 records sent")
    consumed = tools.ok("consumer-perf", "--topic", topic, "--num-records", "20000", "--timeout", "10000")
    header, values = (line.split(",") for line in consumed.lines[-2:])
    count = [name.strip() for name in header].index("data.consumed.in.nMsg")
    assert int(values[count]) >= 20000


def test_the_latency_tool_gets_each_record_back(tools: Tools, topic: str) -> None:
    said = tools.ok(
        "e2e-latency",
        "--topic",
        topic,
        "--num-records",
        "200",
        "--producer-acks",
        "1",
        "--record-size",
        "100",
    )
    assert re.search(r"Percentiles: 50th = \d+", said.out), said.out
