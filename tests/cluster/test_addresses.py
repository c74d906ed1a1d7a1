from dataclasses import replace

from kafkapy.cluster.addresses import BrokerAddress, broker_addresses, some_controller
from kafkapy.cluster.image import ClusterImage, Endpoint
from tests.cluster.memory_metadata_log import started_metadata


def three_brokers() -> ClusterImage:
    image = started_metadata().image
    for broker_id, listener in ((2, "PLAINTEXT"), (3, "SSL")):
        endpoint = Endpoint(listener, f"host-{broker_id}", 1000 + broker_id, 0)
        image.brokers[broker_id] = replace(
            image.brokers[1], broker_id=broker_id, endpoints=(endpoint,), rack="r"
        )
    return image


def test_clients_hear_of_brokers_with_their_listener_and_of_this_one_as_they_reached_it() -> None:
    found = broker_addresses(three_brokers(), "PLAINTEXT", own_id=1, own_address=("proxy", 5))
    assert found == [
        BrokerAddress(1, "proxy", 5, None, fenced=False),
        BrokerAddress(2, "host-2", 1002, "r", fenced=False),
    ]


def test_fenced_brokers_are_marked() -> None:
    image = three_brokers()
    image.brokers[2] = replace(image.brokers[2], fenced=True)
    assert [a.fenced for a in broker_addresses(image, "SSL", own_id=2, own_address=("h", 1))] == [True, False]


def test_any_living_broker_stands_for_the_controller() -> None:
    image = three_brokers()
    assert some_controller(image, 2) == 2
    image.brokers[2] = replace(image.brokers[2], fenced=True)
    assert some_controller(image, 2) == 1
    image.brokers.clear()
    assert some_controller(image, 2) == -1
