"""Where clients of one listener find the brokers."""

from dataclasses import dataclass

from kafkapy.cluster.image import ClusterImage


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker as clients of a listener are told of it."""

    broker_id: int
    host: str
    port: int
    rack: str | None
    fenced: bool


def broker_addresses(
    image: ClusterImage, listener: str, *, own_id: int, own_address: tuple[str, int]
) -> list[BrokerAddress]:
    """The registered brokers that have `listener`, by id; fenced ones too, which clients should not use.

    `own_address` is where the asking client finds the broker that answers, which may differ from client to
    client.
    """
    found = []
    for broker_id in sorted(image.brokers):
        broker = image.brokers[broker_id]
        addresses = {endpoint.name: (endpoint.host, endpoint.port) for endpoint in broker.endpoints}
        address = own_address if broker_id == own_id else addresses.get(listener)
        if address is not None:
            found.append(BrokerAddress(broker_id, *address, broker.rack, broker.fenced))
    return found


def some_controller(image: ClusterImage, own_id: int) -> int:
    """The broker to send a controller's requests to: any that is alive will do (KIP-590); -1 if none is."""
    if image.is_active(own_id):
        return own_id
    return min((broker_id for broker_id in image.brokers if image.is_active(broker_id)), default=-1)
