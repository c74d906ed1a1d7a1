"""Waiting until a broker does all that scenarios ask for: Apache Kafka has it some time after its start."""

from compat.differential.conversation import Address, Conversation
from kafkapy.protocol.messages.find_coordinator import FindCoordinatorRequest
from kafkapy.protocol.messages.init_producer_id import InitProducerIdRequest
from kafkapy.protocol.messages.offset_fetch import OffsetFetchRequest


def warmed_up(bootstrap: str) -> Address:
    """The broker's address, once it answers for groups and gives out producer ids."""
    host, _, port = bootstrap.rpartition(":")
    talk = Conversation((host, int(port)), "warm-up", "")
    for key_type in (0, 1):
        talk.until(
            FindCoordinatorRequest(key_type=key_type, coordinator_keys=["warm-up"]),
            lambda response: response.coordinators[0].error_code == 0,
        )
    for number in range(16):  # groups that live on every partition of the offsets topic
        talk.until(OffsetFetchRequest(group_id=f"warm-up-{number}", topics=[]), is_fine, version=7)
    talk.until(InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1000), is_fine)
    talk.close()
    return talk.address


def is_fine(response: object) -> bool:
    return getattr(response, "error_code", None) == 0
