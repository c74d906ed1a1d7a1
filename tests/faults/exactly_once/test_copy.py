"""Copies are exact whatever happens to brokers, connections and copiers."""

import random
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
from confluent_kafka.admin import AdminClient

from tests.clients.conftest import create_topic, wait_for_coordinator
from tests.clients.facade import until
from tests.clients.proxy import Proxy
from tests.faults.exactly_once.chaos import Chaos
from tests.faults.exactly_once.checker import Anomaly, Copied, check, check_copies
from tests.faults.exactly_once.history import History, Reading
from tests.faults.exactly_once.job import CopyJob
from tests.faults.exactly_once.readers import Watcher, Writer, read_everything
from tests.faults.seeds import LONG, Seeds
from tests.harness.broker_process import BrokerProcess

PROTOCOLS = ("classic", "consumer")
PARTITIONS = 4
COPIERS = 2
CHAOS_SECONDS = 60 if LONG else 5
PAUSE_SECONDS = 1.0
CATCH_UP_SECONDS = 60
SETTINGS = (
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "group.consumer.min.session.timeout.ms=1000",
    "group.consumer.session.timeout.ms=3000",
    "group.consumer.min.heartbeat.interval.ms=300",
    "group.consumer.heartbeat.interval.ms=300",
    "group.consumer.assignment.interval.ms=0",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.num.partitions=4",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms=500",
)


def committed(admin: AdminClient, group: str) -> dict[int, int]:
    """By partition, what the group has copied; nothing while there is no answer."""
    asked = ConsumerGroupTopicPartitions(group)
    try:
        (answer,) = admin.list_consumer_group_offsets([asked], request_timeout=5).values()
        found = answer.result(10).topic_partitions
    except KafkaException:
        return {}
    return {each.partition: each.offset for each in found if each.error is None}


def wait_for_copies(admin: AdminClient, job: CopyJob, sources: dict[int, list[int]]) -> None:
    """Until the group's offsets are behind the last source of each partition."""
    wanted = {partition: offsets[-1] + 1 for partition, offsets in sources.items()}

    def has_all() -> bool:
        job.care()
        done = committed(admin, job.group)
        return all(done.get(partition, -1) >= offset for partition, offset in wanted.items())

    until(has_all, f"{job.group} has copied everything up to {wanted}", CATCH_UP_SECONDS)


def copies_of(reading: Reading, topic: str) -> list[Copied]:
    """The value of a copy begins with the offset of what was copied."""
    return [
        Copied(seen.partition, int(seen.value.split()[0])) for seen in reading.seen if seen.topic == topic
    ]


def sources_of(reading: Reading, topic: str) -> dict[int, list[int]]:
    sources: dict[int, list[int]] = defaultdict(list)
    for seen in reading.seen:
        if seen.topic == topic:
            sources[seen.partition].append(seen.offset)
    return sources


def torture(directory: Path, broker: BrokerProcess, seed: int) -> tuple[list[Anomaly], str]:
    """The anomalies of one run, and what it was like."""
    chance = random.Random(seed)
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    topics = ["source", *(f"copies-{protocol}" for protocol in PROTOCOLS)]
    for topic in topics:
        create_topic(admin, topic, PARTITIONS, {})
    places = [(topic, partition) for topic in topics for partition in range(PARTITIONS)]
    with ExitStack() as stack:
        proxy = stack.enter_context(Proxy(broker.bootstrap))
        watcher = stack.enter_context(Watcher(proxy.bootstrap, places))
        jobs = [
            stack.enter_context(CopyJob(directory, proxy.bootstrap, "source", protocol, COPIERS, chance))
            for protocol in PROTOCOLS
        ]
        chaos = Chaos(broker, proxy, jobs, chance)
        with Writer(proxy.bootstrap, "source", PARTITIONS, per_second=400, chance=chance) as writer:
            chaos.rage(CHAOS_SECONDS, pause=PAUSE_SECONDS)
        written = writer.written()
        sources = sources_of(read_everything(broker.bootstrap, places[:PARTITIONS]), "source")
        for job in jobs:
            wait_for_copies(admin, job, sources)
    everything = read_everything(broker.bootstrap, places)
    transactions = [*written, *(each for job in jobs for each in job.transactions())]
    history = History(transactions, [everything, watcher.reading()])
    anomalies = check(history)
    for job in jobs:
        anomalies += check_copies(sources, copies_of(everything, job.target))
    outcomes = [each.outcome.value for each in transactions[len(written) :]]
    counts = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in sorted(set(outcomes)))
    return anomalies, f"{len(written)} sources; transactions: {counts}; {proxy.cuts} cuts; {chaos.done}"


@pytest.mark.timeout(600)
def test_a_copy_job_copies_each_record_once_whatever_breaks(tmp_path: Path, seeds: Seeds) -> None:
    for seed in seeds(short=1, long=4):
        started = time.monotonic()
        directory = tmp_path / str(seed)
        directory.mkdir()
        with BrokerProcess(directory / "data", *SETTINGS) as broker:
            wait_for_coordinator(broker.bootstrap)
            anomalies, told = torture(directory, broker, seed)
        print(f"{time.monotonic() - started:.0f} s; {told}")  # noqa: T201
        assert not anomalies, f"{len(anomalies)} anomalies, the first: {anomalies[:5]}; {told}"
