from kafkapy.security.operations import CLUSTER_OPERATIONS, GROUP_OPERATIONS, NOT_ASKED, TOPIC_OPERATIONS


def test_the_bitfields_are_those_of_a_kafka_without_authorizer() -> None:
    assert (TOPIC_OPERATIONS, GROUP_OPERATIONS, CLUSTER_OPERATIONS) == (3576, 3400, 8096)
    assert NOT_ASKED == -2147483648
