import pytest

from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.producer_ids import BLOCK_SIZE, ProducerIds, take_block
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.cluster.memory_metadata_log import MemoryMetadataLog, started_metadata


def test_ids_are_consecutive_and_a_block_is_one_record() -> None:
    log = MemoryMetadataLog()
    metadata = started_metadata(log)
    before = log.end_offset
    ids = ProducerIds(metadata)
    assert [ids.next_id(0) for _ in range(BLOCK_SIZE + 1)] == list(range(BLOCK_SIZE + 1))
    assert log.end_offset == before + 2
    assert metadata.image.next_producer_id == 2 * BLOCK_SIZE


def test_no_id_is_given_twice_over_a_restart() -> None:
    log = MemoryMetadataLog()
    assert ProducerIds(started_metadata(log)).next_id(0) == 0
    assert ProducerIds(started_metadata(log)).next_id(0) == BLOCK_SIZE


def test_a_block_that_could_not_be_taken_is_asked_for_again() -> None:
    log = MemoryMetadataLog()
    ids = ProducerIds(started_metadata(log))
    log.fails = True
    with pytest.raises(KafkaError):
        ids.next_id(0)
    log.fails = False
    assert ids.next_id(0) == 0


def test_ids_end_where_int64_does() -> None:
    image = ClusterImage(next_producer_id=2**63 - 1000)
    with pytest.raises(KafkaError, match="Exhausted all producerIds") as refused:
        take_block(image, 1, 7)
    assert refused.value.code is ErrorCode.UNKNOWN_SERVER_ERROR
    assert take_block(ClusterImage(next_producer_id=2**63 - 1001), 1, 7).next_producer_id == 2**63 - 1
