"""kafka-python behind the facade."""

from collections.abc import Callable, Iterable, Mapping

import kafka
from kafka.errors import KafkaError

from tests.clients.facade import Committed, Consumer, Partition, Placed, Refused, Seen, Sent, T

SECONDS = 20.0
CONSUMER = {
    "auto_offset_reset": "earliest",
    "enable_auto_commit": False,
    "fetch_max_wait_ms": 100,
    "heartbeat_interval_ms": 300,
    "session_timeout_ms": 10_000,
}


def refused(error: Exception) -> Refused:
    return Refused(getattr(error, "errno", -1000), repr(error))


def ask(call: Callable[[], T]) -> T:
    try:
        return call()
    except KafkaError as error:
        raise refused(error) from error


class KafkaPythonProducer:
    def __init__(self, producer: kafka.KafkaProducer) -> None:
        self._producer = producer
        self._sent: list[object] = []

    def send(self, topic: str, record: Sent) -> None:
        sending = ask(
            lambda: self._producer.send(
                topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                partition=record.partition,
                timestamp_ms=record.timestamp_ms,
            )
        )
        self._sent.append(sending)

    def results(self) -> list[Placed | Refused]:
        self._producer.flush(timeout=SECONDS)
        sent, self._sent = self._sent, []
        return [self._result(sending) for sending in sent]

    def _result(self, sending: object) -> Placed | Refused:
        try:
            metadata = sending.get(timeout=SECONDS)
        except KafkaError as error:
            return refused(error)
        return Placed(metadata.partition, metadata.offset)

    def begin(self) -> None:
        ask(self._producer.begin_transaction)

    def commit(self) -> None:
        ask(self._producer.commit_transaction)

    def abort(self) -> None:
        ask(self._producer.abort_transaction)

    def send_offsets(self, consumer: Consumer, offsets: Mapping[Partition, int]) -> None:
        assert isinstance(consumer, KafkaPythonConsumer)
        positions = {
            kafka.TopicPartition(*p): kafka.OffsetAndMetadata(offset, "", -1) for p, offset in offsets.items()
        }
        metadata = consumer.raw.group_metadata()
        ask(lambda: self._producer.send_offsets_to_transaction(positions, metadata))

    def close(self) -> None:
        self._producer.close(timeout=5)


class KafkaPythonConsumer:
    def __init__(self, consumer: kafka.KafkaConsumer) -> None:
        self.raw = consumer

    def poll(self, seconds: float) -> list[Seen]:
        self._go_on_joining()
        batches = ask(lambda: self.raw.poll(timeout_ms=int(seconds * 1000)))
        return [
            Seen(
                record.topic,
                record.partition,
                record.offset,
                record.timestamp,
                record.key,
                record.value,
                tuple(record.headers),
            )
            for records in batches.values()
            for record in records
        ]

    def _go_on_joining(self) -> None:
        """A poll of kafka-python 3.0 that ends between a leader's JoinGroup and SyncGroup answers forgets the
        join, if new partitions were its cause: they are in the assignment that it has made, so it finds no
        reason to join any more, and sends neither heartbeats nor anything else to its group again.
        """
        if self.raw._coordinator._join_task is not None:
            self.raw._coordinator.request_rejoin()

    def assign(self, partitions: Iterable[Partition]) -> None:
        self.raw.assign([kafka.TopicPartition(*partition) for partition in partitions])

    def assignment(self) -> set[Partition]:
        return {(partition.topic, partition.partition) for partition in self.raw.assignment()}

    def seek(self, partition: Partition, offset: int) -> None:
        self.raw.seek(kafka.TopicPartition(*partition), offset)

    def position(self, partition: Partition) -> int:
        return ask(lambda: self.raw.position(kafka.TopicPartition(*partition), timeout_ms=10_000))

    def bounds(self, partition: Partition) -> tuple[int, int]:
        at = kafka.TopicPartition(*partition)
        return ask(lambda: (self.raw.beginning_offsets([at])[at], self.raw.end_offsets([at])[at]))

    def offset_at(self, partition: Partition, timestamp_ms: int) -> int | None:
        at = kafka.TopicPartition(*partition)
        found = ask(lambda: self.raw.offsets_for_times({at: timestamp_ms}))[at]
        return None if found is None else found.offset

    def commit(self, offsets: Mapping[Partition, Committed] | None = None) -> None:
        positions = offsets and {
            kafka.TopicPartition(*partition): kafka.OffsetAndMetadata(
                committed.offset, committed.metadata, -1
            )
            for partition, committed in offsets.items()
        }
        ask(lambda: self.raw.commit(positions, timeout_ms=10_000))

    def committed(self, partition: Partition) -> Committed | None:
        found = ask(lambda: self.raw.committed(kafka.TopicPartition(*partition), metadata=True))
        return None if found is None else Committed(found.offset, found.metadata)

    def close(self) -> None:
        self.raw.close(timeout_ms=5000)


class KafkaPythonClient:
    name = "kafka-python"

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._open: list[KafkaPythonProducer | KafkaPythonConsumer] = []

    def producer(self, **options: object) -> KafkaPythonProducer:
        raw = kafka.KafkaProducer(bootstrap_servers=self.bootstrap, **options)
        producer = KafkaPythonProducer(raw)
        self._open.append(producer)
        if "transactional_id" in options:
            ask(raw.init_transactions)
        return producer

    def consumer(self, *topics: str, group: str | None = None, **options: object) -> KafkaPythonConsumer:
        """Subscribes when it knows the topics: kafka-python 3.0 gives out nothing, and keeps to it, when it
        leads a group before it has seen the metadata."""
        raw = kafka.KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=group, **{**CONSUMER, **options})
        consumer = KafkaPythonConsumer(raw)
        self._open.append(consumer)
        for topic in topics:
            raw.partitions_for_topic(topic)
        if topics:
            raw.subscribe(list(topics))
        return consumer

    def close(self) -> None:
        while self._open:
            self._open.pop().close()
