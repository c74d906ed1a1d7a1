import pytest

from kafkapy.cluster.brokers import register_controller, unregister_broker
from kafkapy.cluster.image import NO_LEADER, ClusterImage
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.cluster.memory_metadata_log import NODE, create_topic, started_metadata


def test_an_unregistered_broker_leads_nothing_and_may_register_again() -> None:
    metadata = started_metadata()
    create_topic(metadata, "t")
    metadata.commit(unregister_broker(metadata.image, 1), 0)
    assert metadata.image.brokers == {}
    assert metadata.broker_epoch == -1
    assert metadata.image.topics["t"].partitions[0].leader == NO_LEADER
    metadata.start(1, controller_incarnation=bytes(16), broker_incarnation=bytes(16))
    assert metadata.image.topics["t"].partitions[0].leader == 1


def test_only_registered_brokers_can_be_unregistered() -> None:
    with pytest.raises(KafkaError) as refused:
        unregister_broker(started_metadata().image, 7)
    assert refused.value.code is ErrorCode.BROKER_ID_NOT_REGISTERED
    assert refused.value.detail == "Broker ID 7 is not currently registered"


def test_controllers_register_where_the_metadata_version_knows_of_it() -> None:
    assert register_controller(ClusterImage(features={"metadata.version": 14}), NODE, bytes(16)) == []
    assert len(register_controller(ClusterImage(features={"metadata.version": 15}), NODE, bytes(16))) == 1


def test_a_registration_says_what_the_node_says() -> None:
    broker = started_metadata().image.brokers[1]
    assert (broker.endpoints, broker.log_dirs, broker.rack) == (NODE.endpoints, NODE.log_dirs, None)
    assert broker.default_directory == NODE.log_dirs[0]
    assert broker.cordoned_log_dirs == ()
