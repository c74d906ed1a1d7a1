from dataclasses import replace

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.unregister_broker import UnregisterBrokerRequest, UnregisterBrokerResponse
from tests.harness.broker import MemoryBroker


async def test_a_broker_that_is_gone_is_forgotten(broker: MemoryBroker) -> None:
    image = broker.broker.metadata.image
    image.brokers[2] = replace(image.brokers[1], broker_id=2, fenced=True)
    response = await broker.send(UnregisterBrokerRequest(broker_id=2))
    assert response == UnregisterBrokerResponse(error_message="")
    assert list(image.brokers) == [1]


async def test_a_broker_nobody_knows_cannot_be_forgotten(broker: MemoryBroker) -> None:
    response = await broker.send(UnregisterBrokerRequest(broker_id=7))
    assert response.error_code == ErrorCode.BROKER_ID_NOT_REGISTERED
    assert response.error_message == "Broker ID 7 is not currently registered"


async def test_this_broker_leads_nothing_until_it_starts_again(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    assert (await broker.send(UnregisterBrokerRequest(broker_id=1))).error_code == 0
    assert broker.broker.metadata.image.topics["t"].partitions[0].leader == -1
    await broker.restart()
    assert broker.broker.metadata.image.topics["t"].partitions[0].leader == 1
