"""InitProducerId for idempotent producers."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.init_producer_id import InitProducerIdRequest
from tests.harness.broker import MemoryBroker


def request(
    transactional_id: str | None = None, producer_id: int = -1, epoch: int = -1
) -> InitProducerIdRequest:
    return InitProducerIdRequest(
        transactional_id=transactional_id,
        transaction_timeout_ms=60_000,
        producer_id=producer_id,
        producer_epoch=epoch,
    )


@pytest.mark.parametrize("version", [0, 5])
async def test_every_producer_gets_an_id_of_its_own_with_epoch_0(broker: MemoryBroker, version: int) -> None:
    answers = [await broker.send(request(), version) for _ in range(3)]
    assert len({answer.producer_id for answer in answers}) == 3
    assert {(answer.error_code, answer.producer_epoch) for answer in answers} == {(0, 0)}


async def test_ids_are_never_given_twice_not_even_after_a_restart(broker: MemoryBroker) -> None:
    before = (await broker.send(request())).producer_id
    await broker.restart()
    assert (await broker.send(request())).producer_id > before


async def test_the_id_that_a_producer_names_is_not_its_next_one(broker: MemoryBroker) -> None:
    first = await broker.send(request())
    second = await broker.send(request(producer_id=first.producer_id, epoch=0))
    assert second.producer_id != first.producer_id


@pytest.mark.parametrize("named", [{"producer_id": 5}, {"epoch": 0}, {"transactional_id": ""}])
async def test_half_an_identity_and_an_empty_transactional_id_are_invalid(
    broker: MemoryBroker, named: dict[str, int]
) -> None:
    answer = await broker.send(request(**named))  # type: ignore[arg-type]
    assert (answer.error_code, answer.producer_id, answer.producer_epoch) == (
        ErrorCode.INVALID_REQUEST,
        -1,
        -1,
    )
