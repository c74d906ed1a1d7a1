"""What client libraries hide from their users: single answers, looked at as they come over the wire.

Each test states something that a broker other than Apache Kafka is known to have got wrong.
"""

import struct
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka.admin import AdminClient
from kafka.protocol.consumer.fetch import FetchRequest, FetchResponse
from kafka.protocol.consumer.offsets import ListOffsetsRequest, ListOffsetsResponse
from kafka.protocol.metadata.api_versions import ApiVersionsRequest, ApiVersionsResponse
from kafka.protocol.metadata.metadata import MetadataRequest, MetadataResponse
from kafka.protocol.producer.produce import ProduceResponse
from kafka.protocol.producer.transaction import InitProducerIdRequest, InitProducerIdResponse

from tests.clients.facade import until
from tests.clients.raw import (
    ATTRIBUTES,
    CRC,
    LEADER_EPOCH,
    MAX_TIMESTAMP,
    RawConnection,
    batch,
    fetch_request,
    produce_request,
    rewritten,
)

OFFSET_OUT_OF_RANGE, CORRUPT_MESSAGE, UNKNOWN_TOPIC_OR_PARTITION = 1, 2, 3
UNSUPPORTED_VERSION, INVALID_REQUEST = 35, 42
OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, INVALID_RECORD, UNKNOWN_TOPIC_ID = 45, 47, 87, 100


@pytest.fixture
def raw(bootstrap: str) -> Iterator[RawConnection]:
    with RawConnection(bootstrap) as connection:
        yield connection


@pytest.fixture
def topic(raw: RawConnection, unique: str, new_topic: Callable[..., str]) -> str:
    """A new topic that can be used without a second attempt, for which Apache Kafka takes a moment."""
    name = new_topic(unique)
    until(lambda: fetched(raw, name, 0).error_code == 0, "the partition answers")
    return name


def produce(raw: RawConnection, topic: str, records: bytes) -> tuple[int, int]:
    """Error code and base offset."""
    answer = raw.ask(produce_request(topic, records), ProduceResponse, 9)
    partition = answer.responses[0].partition_responses[0]
    return partition.error_code, partition.base_offset


def fetch(raw: RawConnection, request: FetchRequest) -> FetchResponse:
    return raw.ask(request, FetchResponse, 12)


def fetched(raw: RawConnection, topic: str, offset: int, **options: object) -> object:
    """The only partition of an answer."""
    return fetch(raw, fetch_request(topic, offset, **options)).responses[0].partitions[0]


def new_producer(raw: RawConnection) -> tuple[int, int]:
    request = InitProducerIdRequest(
        transactional_id=None, transaction_timeout_ms=1000, producer_id=-1, producer_epoch=-1
    )
    answer = raw.ask(request, InitProducerIdResponse, 4)
    assert answer.error_code == 0
    return answer.producer_id, answer.producer_epoch


def api_versions(software: str) -> ApiVersionsRequest:
    return ApiVersionsRequest(client_software_name=software, client_software_version="1.0")


def test_an_unknown_version_of_api_versions_is_answered_in_the_oldest_form(bootstrap: str) -> None:
    with RawConnection(bootstrap) as raw:
        answer = raw.ask_bytes(struct.pack(">hhih", 18, 99, 7, 3) + b"raw" + b"\x00\x01\x01\x00")
    correlation_id, error_code, count = struct.unpack_from(">ihi", answer)
    assert (correlation_id, error_code) == (7, UNSUPPORTED_VERSION)
    ranges = {key: (low, high) for key, low, high in struct.iter_unpack(">hhh", answer[10 : 10 + count * 6])}
    assert ranges[18][0] == 0


@pytest.mark.parametrize(
    ("software", "error"), [("a-client.2", 0), ("-wrong", INVALID_REQUEST), ("", INVALID_REQUEST)]
)
def test_the_name_of_the_clients_software_is_checked(software: str, error: int, raw: RawConnection) -> None:
    request = api_versions(software)
    request.API_VERSION = 3
    request.with_header(correlation_id=1, client_id="raw")
    answer = raw.ask_bytes(request.encode(header=True))
    assert struct.unpack_from(">h", answer, 4) == (error,)


def test_a_produce_without_acknowledgement_is_not_answered_and_the_next_request_is(
    raw: RawConnection, topic: str
) -> None:
    raw.tell(produce_request(topic, batch(b"v"), acks=0), 9)
    assert raw.ask(api_versions("raw"), ApiVersionsResponse, 3).error_code == 0
    assert fetched(raw, topic, 0).high_watermark == 1


def test_the_cluster_has_an_id_and_a_controller(raw: RawConnection) -> None:
    answer = raw.ask(MetadataRequest(topics=None), MetadataResponse, 9)
    assert len(answer.cluster_id) == 22
    assert answer.controller_id == 1


def test_the_leader_epoch_in_a_batch_is_the_brokers(raw: RawConnection, topic: str) -> None:
    wrong = batch(b"v")
    struct.pack_into(">i", wrong, LEADER_EPOCH, 77)
    assert produce(raw, topic, wrong) == (0, 0)
    assert struct.unpack_from(">i", bytes(fetched(raw, topic, 0).records), LEADER_EPOCH) == (0,)


def test_the_greatest_timestamp_of_a_batch_is_the_brokers(raw: RawConnection, topic: str) -> None:
    now = int(time.time() * 1000)
    assert produce(raw, topic, rewritten(batch(b"v", timestamp_ms=now), ">q", MAX_TIMESTAMP, now + 9999)) == (
        0,
        0,
    )
    assert struct.unpack_from(">q", bytes(fetched(raw, topic, 0).records), MAX_TIMESTAMP) == (now,)


def test_a_batch_with_a_wrong_checksum_is_corrupt(raw: RawConnection, topic: str) -> None:
    wrong = batch(b"v")
    wrong[CRC] ^= 1
    assert produce(raw, topic, wrong)[0] == CORRUPT_MESSAGE


def test_control_batches_are_not_taken_from_clients(raw: RawConnection, topic: str) -> None:
    control = rewritten(batch(b"v"), ">h", ATTRIBUTES, 1 << 5)
    assert produce(raw, topic, control)[0] == INVALID_RECORD


def test_any_of_the_last_five_batches_may_come_again_and_keeps_its_offset(
    raw: RawConnection, topic: str
) -> None:
    producer_id, epoch = new_producer(raw)
    batches = [batch(b"a", b"b", producer=(producer_id, epoch, sequence)) for sequence in range(0, 14, 2)]
    for number, content in enumerate(batches):
        assert produce(raw, topic, content) == (0, 2 * number)
    for number in range(2, 7):
        assert produce(raw, topic, batches[number]) == (0, 2 * number)
    gap = batch(b"late", producer=(producer_id, epoch, 20))
    assert produce(raw, topic, gap)[0] == OUT_OF_ORDER_SEQUENCE_NUMBER
    assert produce(raw, topic, batch(b"next", producer=(producer_id, epoch, 14))) == (0, 14)


def test_a_producer_that_is_not_known_here_may_start_with_any_sequence(
    raw: RawConnection, topic: str
) -> None:
    producer_id, epoch = new_producer(raw)
    assert produce(raw, topic, batch(b"v", producer=(producer_id, epoch, 1234))) == (0, 0)


def test_an_older_epoch_of_a_producer_is_fenced(raw: RawConnection, topic: str) -> None:
    producer_id, epoch = new_producer(raw)
    assert produce(raw, topic, batch(b"v", producer=(producer_id, epoch + 1, 0))) == (0, 0)
    stale = batch(b"v", producer=(producer_id, epoch, 0))
    assert produce(raw, topic, stale)[0] == INVALID_PRODUCER_EPOCH


def test_fetching_inside_a_batch_returns_the_whole_batch(raw: RawConnection, topic: str) -> None:
    produce(raw, topic, batch(*(b"%d" % n for n in range(10))))
    records = bytes(fetched(raw, topic, 7).records)
    assert struct.unpack_from(">q", records) == (0,)
    assert struct.unpack_from(">i", records, 57) == (10,)


def test_the_first_batch_comes_whole_however_few_bytes_are_asked_for(raw: RawConnection, topic: str) -> None:
    produce(raw, topic, batch(b"x" * 10_000))
    produce(raw, topic, batch(b"y" * 10_000))
    records = bytes(fetched(raw, topic, 0, max_bytes=1).records)
    assert 10_000 < len(records) < 11_000


def test_nothing_to_fetch_is_empty_and_not_null(raw: RawConnection, topic: str) -> None:
    at_the_end, beyond = fetched(raw, topic, 0), fetched(raw, topic, 5)
    assert (at_the_end.error_code, at_the_end.records) == (0, b"")
    assert (at_the_end.high_watermark, at_the_end.last_stable_offset, at_the_end.log_start_offset) == (
        0,
        0,
        0,
    )
    assert (beyond.error_code, beyond.records) == (OFFSET_OUT_OF_RANGE, b"")


def test_aborted_transactions_are_told_to_readers_of_committed_records_only(
    raw: RawConnection, topic: str
) -> None:
    produce(raw, topic, batch(b"v"))
    assert fetched(raw, topic, 0, isolation_level=0).aborted_transactions is None
    assert fetched(raw, topic, 0, isolation_level=1).aborted_transactions == []


def test_an_incremental_fetch_tells_what_has_changed(raw: RawConnection, topic: str) -> None:
    first = fetch(raw, fetch_request(topic, 0, session_epoch=0))
    assert first.session_id != 0
    nothing = FetchRequest(
        max_wait_ms=0,
        min_bytes=0,
        max_bytes=1000,
        session_id=first.session_id,
        session_epoch=1,
        topics=[],
        forgotten_topics_data=[],
        rack_id="",
    )
    assert fetch(raw, nothing).responses == []
    produce(raw, topic, batch(b"v"))
    nothing.session_epoch = 2
    (changed,) = fetch(raw, nothing).responses
    assert changed.partitions[0].high_watermark == 1
    nothing.session_epoch = 9
    assert fetch(raw, nothing).error_code == 71  # INVALID_FETCH_SESSION_EPOCH


def test_the_id_of_a_deleted_topic_stays_unknown_when_its_name_comes_back(
    raw: RawConnection, topic: str, admin: AdminClient, new_topic: Callable[..., str]
) -> None:
    request = fetch_request(topic, 0)
    request.topics[0].topic_id = topic_id(raw, topic)

    def error_code() -> int:
        return int(raw.ask(request, FetchResponse, 13).responses[0].partitions[0].error_code)

    assert error_code() == 0
    admin.delete_topics([topic])[topic].result(10)
    until(lambda: error_code() == UNKNOWN_TOPIC_ID, "the id is unknown")
    new_topic(topic)
    until(lambda: fetched(raw, topic, 0).error_code == 0, "the name is known")
    assert error_code() == UNKNOWN_TOPIC_ID


def test_producing_to_a_deleted_topic_is_an_error(raw: RawConnection, topic: str, admin: AdminClient) -> None:
    assert produce(raw, topic, batch(b"v")) == (0, 0)
    admin.delete_topics([topic])[topic].result(10)
    until(lambda: produce(raw, topic, batch(b"v"))[0] == UNKNOWN_TOPIC_OR_PARTITION, "the topic is unknown")


def topic_id(raw: RawConnection, topic: str) -> uuid.UUID:
    request = MetadataRequest(
        topics=[MetadataRequest.MetadataRequestTopic(topic_id=uuid.UUID(int=0), name=topic)],
        allow_auto_topic_creation=False,
    )
    found = raw.ask(request, MetadataResponse, 12).topics[0].topic_id
    assert isinstance(found, uuid.UUID)
    return found


@pytest.mark.parametrize(
    ("timestamp", "offset", "found_timestamp"),
    [(-2, 0, -1), (-1, 3, -1), (-3, 1, 500), (400, 1, 500), (501, -1, -1)],
)
def test_offsets_are_found_by_bound_and_by_time(
    timestamp: int, offset: int, found_timestamp: int, raw: RawConnection, topic: str
) -> None:
    """Times count from `base`; -1 and -2 ask for the end and the beginning, -3 for the greatest timestamp."""
    base = int(time.time() * 1000)
    for at in (0, 500, 300):
        produce(raw, topic, batch(b"v", timestamp_ms=base + at))
    wanted = ListOffsetsRequest.ListOffsetsTopic.ListOffsetsPartition(
        partition_index=0, current_leader_epoch=-1, timestamp=timestamp if timestamp < 0 else base + timestamp
    )
    topics = [ListOffsetsRequest.ListOffsetsTopic(name=topic, partitions=[wanted])]
    answer = raw.ask(ListOffsetsRequest(replica_id=-1, topics=topics), ListOffsetsResponse, 7)
    found = answer.topics[0].partitions[0]
    assert (found.error_code, found.offset) == (0, offset)
    assert found.timestamp == (found_timestamp if found_timestamp < 0 else base + found_timestamp)
    assert found.leader_epoch == (-1 if offset < 0 else 0)
