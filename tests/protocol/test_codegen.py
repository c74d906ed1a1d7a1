"""Generated codecs do what the interpreter does, for every message and version."""

import tracemalloc
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kafkapy.protocol import codec, interpret
from kafkapy.protocol.codegen import decoder, encoder
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.messages.create_topics import CreateTopicsRequest
from kafkapy.protocol.messages.fetch import (
    EpochEndOffset,
    FetchableTopicResponse,
    FetchRequest,
    FetchResponse,
    PartitionData,
    ReplicaState,
)
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest
from kafkapy.protocol.messages.log_records.consumer_group_member_metadata import (
    ClassicMemberMetadata,
    ConsumerGroupMemberMetadataValue,
)
from kafkapy.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.protocol.messages.sasl_authenticate import SaslAuthenticateRequest
from kafkapy.protocol.primitives import Buffer, uvarint
from kafkapy.protocol.schema import schema_of
from tests.protocol.samples import MESSAGES, MESSAGES_AND_VERSIONS, sample, strategy


@pytest.mark.parametrize("cls", MESSAGES, ids=lambda cls: cls.__name__)
def test_generated_code_and_interpreter_agree_in_every_version(cls: type[Any]) -> None:
    for version in schema_of(cls).valid_versions:
        for seed in range(4):
            message = sample(cls, version, seed)
            encoded = codec.encode(message, version)
            assert encoded == interpret.encode(message, version)
            assert decoder(cls, version)(encoded) == (message, len(encoded))
            assert interpret.decode(cls, version, encoded) == (message, len(encoded))


@given(st.data())
@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_any_message_is_encoded_as_interpreted_and_comes_back(data: st.DataObject) -> None:
    cls, version = data.draw(st.sampled_from(MESSAGES_AND_VERSIONS))
    message = data.draw(strategy(cls, version))
    encoded = codec.encode(message, version)
    assert encoded == interpret.encode(message, version)
    assert (
        decoder(cls, version)(encoded) == interpret.decode(cls, version, encoded) == (message, len(encoded))
    )


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_decoders_read_any_kind_of_buffer_from_any_position(kind: type[Any]) -> None:
    for cls, version in [
        (HeartbeatRequest, 4),
        (ProduceRequest, 9),
        (ProduceRequest, 3),
        (MetadataRequest, 1),
    ]:
        message = sample(cls, version)
        encoded = codec.encode(message, version)
        buffer: Buffer = kind(b"before" + encoded + b"after")
        assert decoder(cls, version)(buffer, 6) == (message, 6 + len(encoded))


def test_a_message_in_a_large_buffer_is_read_without_copying_the_buffer() -> None:
    request = sample(HeartbeatRequest, 4)
    encoded = codec.encode(request, 4)
    buffer = memoryview(bytes(1000) + encoded + bytes(10_000_000))
    decode = decoder(HeartbeatRequest, 4)
    tracemalloc.start()
    decoded = decode(buffer, 1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert decoded == (request, 1000 + len(encoded))
    assert peak < 200_000


def test_a_large_message_in_a_large_buffer_is_read_whole() -> None:
    request = MetadataRequest(topics=[MetadataRequestTopic(name="t" * 200) for _ in range(1000)])
    encoded = codec.encode(request, 9)
    buffer = memoryview(b"before" + encoded + bytes(10))
    assert decoder(MetadataRequest, 9)(buffer, 6) == (request, 6 + len(encoded))
    with pytest.raises(MalformedMessage):
        decoder(MetadataRequest, 9)(memoryview(encoded)[:-1])


def produce_request(records: Buffer) -> ProduceRequest:
    partition = PartitionProduceData(index=0, records=records)
    return ProduceRequest(
        transactional_id=None,
        acks=1,
        timeout_ms=9,
        topic_data=[TopicProduceData(name="t", partition_data=[partition])],
    )


@pytest.mark.parametrize("version", [3, 9])
def test_records_are_neither_copied_on_the_way_in_nor_out(version: int) -> None:
    frame = bytearray(codec.encode(produce_request(b"batches"), version))
    request, _ = decoder(ProduceRequest, version)(frame)
    records = request.topic_data[0].partition_data[0].records
    assert isinstance(records, memoryview)
    frame[frame.index(b"batches")] = ord("B")
    assert bytes(records) == b"Batches"
    assert any(chunk is records for chunk in encoder(ProduceRequest, version)(request))


def test_bytes_fields_are_copied() -> None:
    frame = bytearray(codec.encode(SaslAuthenticateRequest(auth_bytes=b"secret"), 1))
    request, _ = decoder(SaslAuthenticateRequest, 1)(frame)
    frame[-1] = 0
    assert request.auth_bytes == b"secret"
    assert type(request.auth_bytes) is bytes


def test_a_message_without_records_is_one_chunk() -> None:
    assert len(encoder(HeartbeatRequest, 4)(sample(HeartbeatRequest, 4))) == 1


def heartbeat(**changes: Any) -> HeartbeatRequest:
    return HeartbeatRequest(**{"group_id": "g", "generation_id": 1, "member_id": "m", **changes})


def test_a_field_that_the_version_cannot_carry_is_refused() -> None:
    with pytest.raises(ValueError, match=r"HeartbeatRequest\.group_instance_id cannot travel in version 2"):
        codec.encode(heartbeat(group_instance_id="static"), 2)


def test_a_tagged_field_that_the_version_cannot_carry_is_refused() -> None:
    request = FetchRequest(max_wait_ms=0, min_bytes=0, topics=[], replica_state=ReplicaState(replica_id=1))
    with pytest.raises(ValueError, match=r"FetchRequest\.replica_state cannot travel in version 14"):
        codec.encode(request, 14)


def test_an_ignorable_field_is_dropped_where_the_version_cannot_carry_it() -> None:
    named = MetadataRequestTopic(topic_id=bytes(range(16)), name="t")
    message = MetadataRequest(topics=[named])
    assert codec.decode(MetadataRequest, 9, codec.encode(message, 9)).topics == [
        MetadataRequestTopic(name="t")
    ]


@pytest.mark.parametrize(
    ("message", "version"),
    [
        (heartbeat(group_id=None), 4),
        (heartbeat(group_id=None), 0),
        (heartbeat(member_id="x" * 32768), 4),
        (heartbeat(member_id="x" * 32768), 3),
        (heartbeat(generation_id=2**31), 4),
        (heartbeat(generation_id="1"), 4),
        (MetadataRequest(topics=None), 0),
        (CreateTopicsRequest(topics=None, timeout_ms=1), 5),
    ],
)
def test_what_does_not_fit_a_version_is_a_value_error(message: Any, version: int) -> None:
    with pytest.raises(ValueError, match=type(message).__name__ + r" v\d|longer than"):
        codec.encode(message, version)


def test_a_version_that_does_not_exist_has_no_codec() -> None:
    with pytest.raises(ValueError, match="HeartbeatRequest has no version 5"):
        encoder(HeartbeatRequest, 5)
    with pytest.raises(ValueError, match="HeartbeatRequest has no version -1"):
        decoder(HeartbeatRequest, -1)


def test_codecs_are_compiled_once() -> None:
    assert encoder(HeartbeatRequest, 4) is encoder(HeartbeatRequest, 4)
    assert decoder(HeartbeatRequest, 4) is decoder(HeartbeatRequest, 4)


def test_the_source_of_a_codec_can_be_read() -> None:
    assert "def encode(" in encoder(HeartbeatRequest, 4).source
    assert encoder(HeartbeatRequest, 4).__code__.co_filename == "<HeartbeatRequest v4 encode>"


def test_unknown_tagged_fields_are_skipped() -> None:
    encoded = codec.encode(heartbeat(), 4)
    unknown = encoded[:-1] + uvarint(2) + uvarint(7) + uvarint(3) + b"abc" + uvarint(300) + uvarint(0)
    assert decoder(HeartbeatRequest, 4)(unknown) == (heartbeat(), len(unknown))


def test_the_size_of_a_known_tagged_field_is_not_believed() -> None:
    request = FetchRequest(max_wait_ms=0, min_bytes=0, topics=[], cluster_id="abc")
    encoded = codec.encode(request, 12)
    honest = uvarint(0) + uvarint(4) + b"\x04abc"
    assert encoded.endswith(honest)
    assert codec.decode(FetchRequest, 12, encoded.removesuffix(honest) + b"\x00\x09\x04abc") == request


def test_a_tagged_struct_at_its_defaults_is_not_sent() -> None:
    def response(diverging: EpochEndOffset | None) -> FetchResponse:
        partition = PartitionData(
            partition_index=0, high_watermark=5, diverging_epoch=diverging, records=None
        )
        return FetchResponse(responses=[FetchableTopicResponse(topic="t", partitions=[partition])])

    assert codec.encode(response(EpochEndOffset()), 12) == codec.encode(response(None), 12)
    sent = response(EpochEndOffset(epoch=3, end_offset=7))
    assert codec.decode(FetchResponse, 12, codec.encode(sent, 12)) == sent


def test_a_nullable_struct_in_the_tag_section_is_led_by_a_byte_that_is_zero_for_null() -> None:
    value = sample(ConsumerGroupMemberMetadataValue, 0, tame=True)
    value.classic_member_metadata = None
    assert codec.encode(value, 0).endswith(b"\x01" + b"\x00\x01" + b"\x00")
    value.classic_member_metadata = ClassicMemberMetadata(session_timeout_ms=5, supported_protocols=[])
    assert codec.encode(value, 0).endswith(b"\x01" + b"\x00\x07" + b"\x01" + b"\x00\x00\x00\x05\x01\x00")


def test_a_nullable_struct_that_is_not_sent_is_one_of_defaults() -> None:
    value = sample(ConsumerGroupMemberMetadataValue, 0, tame=True)
    value.classic_member_metadata = ClassicMemberMetadata(session_timeout_ms=0, supported_protocols=[])
    encoded = codec.encode(value, 0)
    assert encoded.endswith(b"\x00")
    first, second = (codec.decode(ConsumerGroupMemberMetadataValue, 0, encoded) for _ in range(2))
    assert first == second == value
    assert first.classic_member_metadata is not second.classic_member_metadata


def test_any_byte_but_zero_is_true() -> None:
    encoded = codec.encode(MetadataRequest(topics=[], allow_auto_topic_creation=True), 4)
    assert encoded[-1] == 1
    assert codec.decode(MetadataRequest, 4, encoded[:-1] + b"\x7f").allow_auto_topic_creation is True


@pytest.mark.parametrize("version", [3, 4])
def test_text_that_is_not_utf8_is_read_as_apache_kafka_reads_it(version: int) -> None:
    encoded = codec.encode(heartbeat(group_id="abc"), version).replace(b"abc", b"\xc3\x28\xe2")
    assert codec.decode(HeartbeatRequest, version, encoded).group_id == "\ufffd(\ufffd"
