"""Which fields a version carries, and the fewest bytes that a value takes."""

from kafkapy.protocol import codec
from kafkapy.protocol.layout import carries_records, layout_of, least_bytes
from kafkapy.protocol.messages.fetch import FetchRequest, FetchResponse
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest
from kafkapy.protocol.messages.produce import ProduceRequest, TopicProduceData
from kafkapy.protocol.schema import schema_of
from tests.protocol.samples import MESSAGES_AND_VERSIONS, sample


def test_a_field_is_plain_tagged_or_absent_in_a_version() -> None:
    layout = layout_of(FetchRequest, 15)
    assert "replica_id" in layout.absent
    assert list(layout.tagged) == ["cluster_id", "replica_state"]
    assert list(layout.plain)[:3] == ["max_wait_ms", "min_bytes", "max_bytes"]


def test_tagged_fields_are_ordered_by_tag() -> None:
    for cls, version in MESSAGES_AND_VERSIONS:
        tags = [wire.tag for wire in layout_of(cls, version).tagged.values()]
        assert tags == sorted(set(tags), key=lambda tag: tag or 0)


def test_no_message_is_smaller_than_its_least_size() -> None:
    for cls, version in MESSAGES_AND_VERSIONS:
        flexible = version in schema_of(cls).flexible_versions
        assert len(codec.encode(sample(cls, version), version)) >= least_bytes(cls, version, flexible)


def test_the_least_size_is_that_of_empty_strings_and_arrays() -> None:
    assert least_bytes(HeartbeatRequest, 3, flexible=False) == 2 + 4 + 2 + 2
    assert least_bytes(HeartbeatRequest, 4, flexible=True) == 1 + 4 + 1 + 1 + 1
    assert least_bytes(TopicProduceData, 13, flexible=True) == 16 + 1 + 1


def test_messages_with_record_batches_are_known_as_such() -> None:
    with_records = {cls.__name__ for cls, version in MESSAGES_AND_VERSIONS if carries_records(cls, version)}
    assert with_records == {"FetchResponse", "ProduceRequest", "ShareFetchResponse"}
    assert carries_records(ProduceRequest, 0)
    assert carries_records(FetchResponse, 18)
