"""What a broker lives through before another one takes over its directory, and what must be found there then.

`live` goes through it over clients, so that it is the same for every broker; `found` reads everything back.
"""

from collections.abc import Iterator
from contextlib import closing
from random import Random
from typing import Any, NamedTuple

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Message, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewTopic,
    ResourceType,
)

SECONDS = 60
SEGMENT_BYTES = 1 << 20
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
COMPACTED = {
    "cleanup.policy": "compact",
    "segment.bytes": SEGMENT_BYTES,
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": "100",
}
TOPICS: dict[str, tuple[int, dict[str, Any]]] = {
    "plain": (3, {"segment.bytes": SEGMENT_BYTES, "retention.ms": -1}),
    "compacted": (1, COMPACTED),
    "stamped": (1, {"message.timestamp.type": "LogAppendTime", "compression.type": "zstd"}),
    "in-transactions": (2, {"retention.ms": 1234567890123}),
    "deleted": (2, {}),
}
GROUPS = {"of-the-classic-protocol": "classic", "of-the-new-protocol": "consumer"}


class Found(NamedTuple):
    """Everything that clients can see of a directory."""

    cluster_id: str
    topics: dict[str, tuple[str, int]]
    configs: dict[str, dict[str, str]]
    records: dict[str, list[tuple[Any, ...]]]
    committed: dict[str, list[tuple[Any, ...]]]
    offsets: dict[str, dict[tuple[str, int], tuple[int, str | None]]]


def live(bootstrap: str) -> None:
    """Topics, records of all codecs, ended and open transactions, groups of both protocols, a deleted
    topic.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap})
    new = [
        NewTopic(name, count, 1, config={key: str(value) for key, value in configs.items()})
        for name, (count, configs) in TOPICS.items()
    ]
    for future in admin.create_topics(new).values():
        future.result(SECONDS)
    _produce(bootstrap)
    _transactions(bootstrap)
    for group, protocol in GROUPS.items():
        _consume_as(bootstrap, group, protocol)
    change = ConfigEntry("log.cleaner.backoff.ms", "200", incremental_operation=AlterConfigOpType.SET)
    broker = ConfigResource(ResourceType.BROKER, "1", incremental_configs=[change])
    admin.incremental_alter_configs([broker])[broker].result(SECONDS)
    for future in admin.delete_topics(["deleted"]).values():
        future.result(SECONDS)


def found(bootstrap: str) -> Found:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    cluster = admin.list_topics(timeout=SECONDS)
    names = sorted(name for name in cluster.topics if not name.startswith("__"))
    described = {name: admin.describe_topics(_names([name]))[name].result(SECONDS) for name in names}
    return Found(
        str(cluster.cluster_id),
        {name: (str(each.topic_id), len(each.partitions)) for name, each in described.items()},
        {name: _configs(admin, name) for name in names},
        {name: _read(bootstrap, name, "read_uncommitted") for name in names},
        {name: _read(bootstrap, name, "read_committed") for name in names},
        {group: _offsets(admin, group) for group in (*GROUPS, "in-a-transaction")},
    )


def go_on(bootstrap: str) -> None:
    """Clients find their places again: groups at their offsets, the transactional id in its next epoch."""
    _transactions(bootstrap, turns=range(4, 6), leave_open=False)
    for group, protocol in GROUPS.items():
        _consume_as(bootstrap, group, protocol)


def _produce(bootstrap: str) -> None:
    chance = Random(1)
    for number, codec in enumerate(CODECS):
        settings = {"bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 20}
        producer = Producer({**settings, "enable.idempotence": number % 2 == 0, "batch.size": 20_000})
        for index in range(1500):
            value = f"{codec} {index} {chance.randbytes(450).hex()}".encode()
            headers = [("number", b"%d" % index), ("nothing", None)] if index % 7 == 0 else []
            producer.produce(
                "plain", value, b"key %d" % index, index % 3, timestamp=_time(index), headers=headers
            )
            kept = None if index % 41 == 0 else value
            producer.produce("compacted", kept, b"key %d" % (index % 100), 0, timestamp=_time(index))
            if index % 10 == 0:
                producer.produce("stamped", value, None, 0)
                producer.produce("deleted", value, None, 0)
            producer.poll(0)
        assert producer.flush(SECONDS) == 0


def _time(index: int) -> int:
    return 1_700_000_000_000 + index * 1000


def _transactions(bootstrap: str, turns: range = range(4), *, leave_open: bool = True) -> None:
    """Committed and aborted in turn; the last one with offsets of a group, and one more stays open."""
    settings = {"bootstrap.servers": bootstrap, "transactional.id": "one", "transaction.timeout.ms": 900_000}
    producer = Producer(settings)
    producer.init_transactions(SECONDS)
    for turn in turns:
        producer.begin_transaction()
        for index in range(20):
            producer.produce(
                "in-transactions", f"{turn} {index}", f"{index}", index % 2, timestamp=_time(index)
            )
        if turn % 2 == 0:
            with closing(_consumer(bootstrap, "in-a-transaction")) as consumer:
                metadata = consumer.consumer_group_metadata()
                offsets = [TopicPartition("plain", 1, 10 + turn, metadata=f"turn {turn}")]
                producer.send_offsets_to_transaction(offsets, metadata, SECONDS)
            producer.commit_transaction(SECONDS)
        else:
            producer.flush(SECONDS)
            producer.abort_transaction(SECONDS)
    if leave_open:
        producer = Producer({**settings, "transactional.id": "open"})
        producer.init_transactions(SECONDS)
        producer.begin_transaction()
        producer.produce("in-transactions", "never ended", "open", 0, timestamp=_time(0))
        assert producer.flush(SECONDS) == 0
        _left_open.append(producer)


_left_open: list[Producer] = []
"""A producer that is collected might end its transaction; one whose process dies does not."""


def _consume_as(bootstrap: str, group: str, protocol: str) -> None:
    """Some records, then a commit; the member leaves nothing but its offsets."""
    with closing(_consumer(bootstrap, group, protocol)) as consumer:
        consumer.subscribe(["plain", "stamped"])
        messages: list[Message] = []
        while len(messages) < 1500:
            messages += [message for message in consumer.consume(200, SECONDS) if message.error() is None]
        consumer.commit(asynchronous=False)


def _consumer(bootstrap: str, group: str, protocol: str = "classic", **settings: Any) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "group.protocol": protocol,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            **settings,
        }
    )


def _names(names: list[str]) -> Any:
    from confluent_kafka import TopicCollection

    return TopicCollection(names)


def _configs(admin: AdminClient, topic: str) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    entries = admin.describe_configs([resource])[resource].result(SECONDS)
    dynamic = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    return {name: str(entry.value) for name, entry in entries.items() if entry.source == dynamic}


def _offsets(admin: AdminClient, group: str) -> dict[tuple[str, int], tuple[int, str | None]]:
    (future,) = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]).values()
    partitions = future.result(SECONDS).topic_partitions
    return {(each.topic, each.partition): (each.offset, each.metadata) for each in partitions}


def _read(bootstrap: str, topic: str, isolation: str) -> list[tuple[Any, ...]]:
    settings = {"isolation.level": isolation, "enable.partition.eof": True, "check.crcs": True}
    with closing(_consumer(bootstrap, "reader", **settings)) as consumer:
        count = len(consumer.list_topics(topic, SECONDS).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, index, 0) for index in range(count)])
        return sorted(_until_the_end(consumer, count))


def _until_the_end(consumer: Consumer, partitions: int) -> Iterator[tuple[Any, ...]]:
    while partitions:
        for message in consumer.consume(1000, 1.0):
            if message.error() is None:
                yield (
                    message.partition(),
                    message.offset(),
                    *message.timestamp(),
                    message.key(),
                    message.value() or b"" if message.value() is not None else b"<none>",
                    tuple(message.headers() or ()),
                )
            else:
                partitions -= 1
