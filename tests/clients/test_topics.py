"""Topics come and go: auto-creation, many at once, deletion under running clients, hundreds of rounds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from kafka.protocol.admin.topics import (
    CreateTopicsRequest,
    CreateTopicsResponse,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
)
from kafka.protocol.consumer.fetch import FetchRequest, FetchResponse
from kafka.protocol.consumer.offsets import ListOffsetsRequest, ListOffsetsResponse
from kafka.protocol.metadata.metadata import MetadataRequest, MetadataResponse
from kafka.protocol.producer.produce import ProduceResponse

from tests.clients.facade import Client, Producer, Refused, Sent, produce, read, settle, take, until
from tests.clients.raw import RawConnection, batch, produce_request

UNKNOWN_TOPIC_OR_PARTITION = 3


@pytest.fixture
def raw(bootstrap: str) -> Iterator[RawConnection]:
    with RawConnection(bootstrap) as connection:
        yield connection


@contextmanager
def suppress_unknown_topic() -> Iterator[None]:
    """librdkafka tells when metadata say that a topic is unknown; the others keep it to themselves."""
    try:
        yield
    except Refused as refusal:
        if refusal.code != UNKNOWN_TOPIC_OR_PARTITION:
            raise


def test_producing_to_a_topic_that_is_not_there_creates_it(
    client: Client, unique: str, admin: AdminClient
) -> None:
    produce(client.producer(), unique, [Sent(b"%d" % n) for n in range(20)])
    assert len(admin.list_topics(unique).topics[unique].partitions) == 4  # num.partitions
    seen = read(client, unique, 20, partitions=range(4))
    assert {record.value for record in seen} == {b"%d" % n for n in range(20)}


def test_a_consumer_may_wait_for_a_topic_that_comes_later(
    client: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    consumer = client.consumer(unique, group=group, metadata_max_age_ms=500)

    with suppress_unknown_topic():
        consumer.poll(1.0)
    topic = unique if client.name != "confluent-kafka" else new_topic(unique)
    produce(client.producer(), topic, [Sent(b"v")])
    assert [record.value for record in take(consumer, 1)] == [b"v"]


def test_a_hundred_topics_of_ten_partitions(confluent: Client, unique: str, admin: AdminClient) -> None:
    topics = [f"{unique}-{n:03}" for n in range(100)]
    for created in admin.create_topics([NewTopic(topic, 10, 1) for topic in topics]).values():
        created.result(30)

    def all_there() -> bool:
        listed = admin.list_topics().topics
        return all(topic in listed and len(listed[topic].partitions) == 10 for topic in topics)

    until(all_there, "all topics are listed")
    producer = confluent.producer()
    for topic in topics:
        for partition in range(10):
            producer.send(topic, Sent(b"%d" % partition, partition=partition))
    refused = [result for result in producer.results() if isinstance(result, Refused)]
    assert refused == []
    consumer = confluent.consumer()
    consumer.assign([(topic, partition) for topic in topics for partition in range(10)])
    seen = take(consumer, 1000)
    assert {(record.topic, record.partition) for record in seen} == {
        (topic, partition) for topic in topics for partition in range(10)
    }
    for deleted in admin.delete_topics(topics).values():
        deleted.result(30)


def test_a_deleted_topic_is_not_listed_and_cannot_be_deleted_again(topic: str, admin: AdminClient) -> None:
    admin.delete_topics([topic])[topic].result(10)
    until(lambda: topic not in admin.list_topics().topics, "it is not listed any more")
    with pytest.raises(KafkaException) as gone:
        admin.delete_topics([topic])[topic].result(10)
    assert gone.value.args[0].code() == UNKNOWN_TOPIC_OR_PARTITION


def test_a_running_producer_creates_a_deleted_topic_again(
    client: Client, topic: str, admin: AdminClient
) -> None:
    """It is told that the topic is unknown, asks for its metadata, and that creates it."""
    producer = client.producer(enable_idempotence=False, acks="all", metadata_max_age_ms=1000)
    produce(producer, topic, [Sent(b"old")])
    admin.delete_topics([topic])[topic].result(10)
    until(lambda: write(producer, topic), "a record is accepted")
    assert len(admin.list_topics().topics[topic].partitions) == 4  # num.partitions
    assert [record.value for record in read(client, topic, 1)] == [b"new"]


def write(producer: Producer, topic: str) -> bool:
    """Whether a record with the value "new" was accepted in partition 0."""
    producer.send(topic, Sent(b"new", partition=0))
    return not any(isinstance(result, Refused) for result in producer.results())


def test_a_topic_created_again_starts_empty_and_takes_records(
    client: Client, topic: str, admin: AdminClient, new_topic: Callable[..., str]
) -> None:
    produce(client.producer(), topic, [Sent(b"old")] * 10)
    admin.delete_topics([topic])[topic].result(10)
    until(lambda: topic not in admin.list_topics().topics, "it is not listed any more")
    new_topic(topic)
    assert client.consumer().bounds((topic, 0)) == (0, 0)
    produce(client.producer(), topic, [Sent(b"new")])
    assert [record.value for record in read(client, topic, 1)] == [b"new"]


def test_a_running_producer_goes_on_when_its_topic_is_created_again(
    client: Client, topic: str, admin: AdminClient, new_topic: Callable[..., str]
) -> None:
    """The first records may be refused while the producer still knows the old topic; then they arrive."""
    producer = client.producer(enable_idempotence=False, acks="all", metadata_max_age_ms=1000)
    produce(producer, topic, [Sent(b"old")])
    admin.delete_topics([topic])[topic].result(10)
    until(lambda: topic not in admin.list_topics().topics, "it is not listed any more")
    new_topic(topic)
    until(lambda: write(producer, topic), "a record is accepted")
    assert {record.value for record in read(client, topic, 1)} == {b"new"}


def test_a_group_lets_go_of_a_topic_that_is_deleted(
    confluent: Client, unique: str, group: str, new_topic: Callable[..., str], admin: AdminClient
) -> None:
    """Only librdkafka can be told not to create the topic again when it asks for it."""
    stays, goes = new_topic(f"{unique}-stays", 2), new_topic(f"{unique}-goes", 2)
    options = {"metadata_max_age_ms": 500, "allow_auto_create_topics": False}
    member = confluent.consumer(stays, goes, group=group, **options)
    settle([member], lambda owned: len(owned[0]) == 4, "both topics")
    admin.delete_topics([goes])[goes].result(10)

    def let_go() -> bool:
        with suppress_unknown_topic():
            member.poll(0.2)
        return member.assignment() == {(stays, 0), (stays, 1)}

    until(let_go, "only the topic that stays")


def test_rounds_of_create_use_and_delete_through_a_client(
    confluent: Client, unique: str, admin: AdminClient, rounds: Callable[[int], int]
) -> None:
    producer = confluent.producer()
    consumer = confluent.consumer(topic_metadata_refresh_interval_ms=100)
    for n in range(rounds(60)):
        topic = f"{unique}-{n}"
        admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(10)
        produce(producer, topic, [Sent(b"%d" % n)])
        consumer.assign([(topic, 0)])
        assert [record.value for record in take(consumer, 1)] == [b"%d" % n]
        consumer.assign([])
        admin.delete_topics([topic])[topic].result(10)


class Rounds:
    """Create, write, read, delete over one raw connection; the answers' error codes are collected."""

    def __init__(self, connection: RawConnection) -> None:
        self._connection = connection
        self.errors: list[tuple[str, int]] = []

    def check(self, what: str, code: int) -> None:
        if code:
            self.errors.append((what, code))

    def create(self, topic: str, partitions: int) -> None:
        creatable = CreateTopicsRequest.CreatableTopic(
            name=topic, num_partitions=partitions, replication_factor=1, assignments=[], configs=[]
        )
        request = CreateTopicsRequest(topics=[creatable], timeout_ms=10_000, validate_only=False)
        answer = self._connection.ask(request, CreateTopicsResponse, 7)
        self.check("create", answer.topics[0].error_code)
        self.check("no topic id", 0 if answer.topics[0].topic_id.int else -1)

    def produce(self, topic: str, partition: int, value: bytes) -> None:
        request = produce_request(topic, batch(value), partition=partition)
        answer = self._connection.ask(request, ProduceResponse, 9)
        self.check("produce", answer.responses[0].partition_responses[0].error_code)
        self.check("base offset", answer.responses[0].partition_responses[0].base_offset)

    def fetch(self, topic: str, partition: int, value: bytes) -> None:
        wanted = FetchRequest.FetchTopic.FetchPartition(
            partition=partition, fetch_offset=0, partition_max_bytes=1_000_000
        )
        request = FetchRequest(
            max_wait_ms=0,
            min_bytes=1,
            max_bytes=1_000_000,
            session_epoch=-1,
            topics=[FetchRequest.FetchTopic(topic=topic, partitions=[wanted])],
            forgotten_topics_data=[],
            rack_id="",
        )
        answer = self._connection.ask(request, FetchResponse, 12)
        fetched = answer.responses[0].partitions[0]
        self.check("fetch", fetched.error_code)
        self.check("what was fetched", 0 if value in bytes(fetched.records or b"") else -1)

    def end_offset(self, topic: str, partition: int) -> None:
        wanted = ListOffsetsRequest.ListOffsetsTopic.ListOffsetsPartition(
            partition_index=partition, timestamp=-1
        )
        request = ListOffsetsRequest(
            replica_id=-1, topics=[ListOffsetsRequest.ListOffsetsTopic(name=topic, partitions=[wanted])]
        )
        answer = self._connection.ask(request, ListOffsetsResponse, 6)
        self.check("list offsets", answer.topics[0].partitions[0].error_code)
        self.check("end offset", answer.topics[0].partitions[0].offset - 1)

    def metadata(self, topic: str, expected: int) -> None:
        request = MetadataRequest(
            topics=[MetadataRequest.MetadataRequestTopic(name=topic)], allow_auto_topic_creation=False
        )
        answer = self._connection.ask(request, MetadataResponse, 9)
        self.check(f"metadata, expecting {expected}", answer.topics[0].error_code - expected)

    def delete(self, topic: str) -> None:
        request = DeleteTopicsRequest(topic_names=[topic], timeout_ms=10_000)
        answer = self._connection.ask(request, DeleteTopicsResponse, 5)
        self.check("delete", answer.responses[0].error_code)


@pytest.mark.kafkapy_promise
def test_what_an_answer_says_is_true_when_it_arrives(
    raw: RawConnection, unique: str, rounds: Callable[[int], int]
) -> None:
    """No error in hundreds of rounds, though every request follows at once on the answer before it."""
    asking = Rounds(raw)
    for n in range(rounds(200)):
        topic, partitions = f"{unique}-{n}", 1 + n % 3
        asking.create(topic, partitions)
        asking.metadata(topic, 0)
        for partition in range(partitions):
            asking.produce(topic, partition, b"round %d" % n)
            asking.fetch(topic, partition, b"round %d" % n)
            asking.end_offset(topic, partition)
        asking.delete(topic)
        asking.metadata(topic, UNKNOWN_TOPIC_OR_PARTITION)
    assert asking.errors == []


@pytest.mark.kafkapy_promise
def test_the_same_name_can_be_created_again_at_once(raw: RawConnection, unique: str) -> None:
    asking = Rounds(raw)
    for n in range(50):
        asking.create(unique, 2)
        asking.produce(unique, 1, b"incarnation %d" % n)
        asking.fetch(unique, 1, b"incarnation %d" % n)
        asking.end_offset(unique, 1)
        asking.delete(unique)
    assert asking.errors == []
