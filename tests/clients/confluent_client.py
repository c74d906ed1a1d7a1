"""confluent-kafka (librdkafka) behind the facade."""

import time
from collections.abc import Callable, Iterable, Mapping

import confluent_kafka
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, OFFSET_INVALID, KafkaException, TopicPartition

from tests.clients.facade import Committed, Consumer, Partition, Placed, Refused, Seen, Sent, T

SECONDS = 20.0
COMMON = {
    "broker.address.family": "v4",
    "topic.metadata.refresh.interval.ms": 1000,
    "reconnect.backoff.max.ms": 500,
}
STARTS = {"earliest": OFFSET_BEGINNING, "latest": OFFSET_END, "error": OFFSET_BEGINNING}
CONSUMER = {
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "fetch.wait.max.ms": 100,
    "heartbeat.interval.ms": 300,
    "session.timeout.ms": 10_000,
    "allow.auto.create.topics": True,
    "isolation.level": "read_uncommitted",
}


def dotted(options: Mapping[str, object]) -> dict[str, object]:
    return {name.replace("_", "."): value for name, value in options.items()}


def refused(error: confluent_kafka.KafkaError) -> Refused:
    return Refused(error.code(), str(error))


def ask(call: Callable[[], T]) -> T:
    try:
        return call()
    except KafkaException as error:
        raise refused(error.args[0]) from error


class ConfluentProducer:
    def __init__(self, producer: confluent_kafka.Producer) -> None:
        self.raw = producer
        self._results: list[Placed | Refused | None] = []

    def send(self, topic: str, record: Sent) -> None:
        results, place = self._results, len(self._results)
        results.append(None)

        def delivered(error: confluent_kafka.KafkaError | None, message: confluent_kafka.Message) -> None:
            results[place] = refused(error) if error else Placed(message.partition(), message.offset())

        options: dict[str, object] = {"headers": list(record.headers)} if record.headers else {}
        if record.partition is not None:
            options["partition"] = record.partition
        if record.timestamp_ms is not None:
            options["timestamp"] = record.timestamp_ms
        ask(
            lambda: self.raw.produce(
                topic, value=record.value, key=record.key, on_delivery=delivered, **options
            )
        )

    def results(self) -> list[Placed | Refused]:
        waiting = self.raw.flush(SECONDS)
        assert waiting == 0, f"{waiting} records were not delivered"
        results, self._results = self._results, []
        return [result for result in results if result is not None]

    def begin(self) -> None:
        ask(self.raw.begin_transaction)

    def commit(self) -> None:
        ask(lambda: self.raw.commit_transaction(SECONDS))

    def abort(self) -> None:
        ask(lambda: self.raw.abort_transaction(SECONDS))

    def send_offsets(self, consumer: Consumer, offsets: Mapping[Partition, int]) -> None:
        assert isinstance(consumer, ConfluentConsumer)
        positions = [TopicPartition(*partition, offset) for partition, offset in offsets.items()]
        metadata = consumer.raw.consumer_group_metadata()
        ask(lambda: self.raw.send_offsets_to_transaction(positions, metadata, SECONDS))

    def close(self) -> None:
        self.raw.purge()
        try:
            self.raw.close()
        except KafkaException as error:  # one that was fenced cannot end its transaction any more
            if not error.args[0].fatal():
                raise


class ConfluentConsumer:
    """Without a group, `start` is where an assigned partition is read from."""

    def __init__(self, consumer: confluent_kafka.Consumer, start: int) -> None:
        self.raw = consumer
        self._start = start

    def poll(self, seconds: float) -> list[Seen]:
        first = ask(lambda: self.raw.poll(seconds))
        if first is None:
            return []
        more = ask(lambda: self.raw.consume(1000, 0))
        return [self._seen(message) for message in (first, *more)]

    def _seen(self, message: confluent_kafka.Message) -> Seen:
        error = message.error()
        if error:
            raise refused(error)
        return Seen(
            message.topic(),
            message.partition(),
            message.offset(),
            message.timestamp()[1],
            message.key(),
            message.value(),
            tuple(message.headers() or ()),
        )

    def assign(self, partitions: Iterable[Partition]) -> None:
        """Asks for the topics' leaders first: without them librdkafka tries again half a second later."""
        wanted = [TopicPartition(*partition, self._start) for partition in partitions]
        for topic in {partition.topic for partition in wanted}:
            self.raw.list_topics(topic, SECONDS)
        self.raw.assign(wanted)

    def assignment(self) -> set[Partition]:
        return {(partition.topic, partition.partition) for partition in self.raw.assignment()}

    def seek(self, partition: Partition, offset: int) -> None:
        """Waits until the consumer has a position to seek from, which librdkafka asks for."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                return self.raw.seek(TopicPartition(*partition, offset))
            except KafkaException as error:
                if error.args[0].code() != confluent_kafka.KafkaError._STATE or time.monotonic() > deadline:
                    raise refused(error.args[0]) from error
                time.sleep(0.02)

    def position(self, partition: Partition) -> int:
        return int(self.raw.position([TopicPartition(*partition)])[0].offset)

    def bounds(self, partition: Partition) -> tuple[int, int]:
        return ask(lambda: self.raw.get_watermark_offsets(TopicPartition(*partition), timeout=SECONDS))

    def offset_at(self, partition: Partition, timestamp_ms: int) -> int | None:
        (found,) = ask(
            lambda: self.raw.offsets_for_times([TopicPartition(*partition, timestamp_ms)], SECONDS)
        )
        if found.error:
            raise refused(found.error)
        return None if found.offset < 0 else int(found.offset)

    def commit(self, offsets: Mapping[Partition, Committed] | None = None) -> None:
        if offsets is None:
            committed = ask(lambda: self.raw.commit(asynchronous=False))
        else:
            positions = [
                TopicPartition(*partition, wanted.offset, wanted.metadata)
                for partition, wanted in offsets.items()
            ]
            committed = ask(lambda: self.raw.commit(offsets=positions, asynchronous=False))
        for partition in committed:
            if partition.error:
                raise refused(partition.error)

    def committed(self, partition: Partition) -> Committed | None:
        (found,) = ask(lambda: self.raw.committed([TopicPartition(*partition)], SECONDS))
        if found.error:
            raise refused(found.error)
        return None if found.offset < 0 else Committed(found.offset, found.metadata or "")

    def close(self) -> None:
        try:
            self.raw.close()
        except RuntimeError:
            return  # closed already


class ConfluentClient:
    name = "confluent-kafka"

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._open: list[ConfluentProducer | ConfluentConsumer] = []

    def producer(self, **options: object) -> ConfluentProducer:
        raw = confluent_kafka.Producer(
            {"bootstrap.servers": self.bootstrap, "linger.ms": 5, **COMMON, **dotted(options)}
        )
        producer = ConfluentProducer(raw)
        self._open.append(producer)
        if "transactional_id" in options:
            ask(lambda: raw.init_transactions(SECONDS))
        return producer

    def consumer(self, *topics: str, group: str | None = None, **options: object) -> ConfluentConsumer:
        config = {"bootstrap.servers": self.bootstrap, "group.id": group or "no-group", **COMMON, **CONSUMER}
        config |= dotted(options)
        if config.get("group.protocol") == "consumer":
            del config["heartbeat.interval.ms"], config["session.timeout.ms"]
        raw = confluent_kafka.Consumer(config)
        if topics:
            raw.subscribe(list(topics))
        start = OFFSET_INVALID if group else STARTS[config["auto.offset.reset"]]
        consumer = ConfluentConsumer(raw, start)
        self._open.append(consumer)
        return consumer

    def close(self) -> None:
        while self._open:
            self._open.pop().close()
