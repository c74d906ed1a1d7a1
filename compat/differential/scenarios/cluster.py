"""DescribeCluster, DescribeQuorum, UpdateFeatures, UnregisterBroker: the cluster and its nodes."""

from compat.differential.conversation import Conversation, scenario, versions
from kafkapy.protocol.messages.describe_cluster import DescribeClusterRequest
from kafkapy.protocol.messages.describe_quorum import DescribeQuorumRequest, PartitionData, TopicData
from kafkapy.protocol.messages.unregister_broker import UnregisterBrokerRequest
from kafkapy.protocol.messages.update_features import FeatureUpdateKey, UpdateFeaturesRequest

UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE = 1, 2, 3


@scenario
def descriptions_of_the_cluster(talk: Conversation) -> None:
    for version in versions(DescribeClusterRequest):
        for wanted in (False, True):
            request = DescribeClusterRequest(include_cluster_authorized_operations=wanted)
            talk.ask(request, version)
    for version in (1, 2):
        for kind in (0, 1, 2, 3, -1):
            request = DescribeClusterRequest(include_cluster_authorized_operations=False, endpoint_type=kind)
            talk.ask(request, version, f"endpoints of kind {kind}")
    fenced = DescribeClusterRequest(include_cluster_authorized_operations=False, include_fenced_brokers=True)
    talk.ask(fenced, 2)


def quorum_of(*topics: tuple[str, tuple[int, ...]]) -> DescribeQuorumRequest:
    return DescribeQuorumRequest(
        topics=[
            TopicData(topic_name=name, partitions=[PartitionData(partition_index=index) for index in indexes])
            for name, indexes in topics
        ]
    )


@scenario
def descriptions_of_the_quorum(talk: Conversation) -> None:
    for version in versions(DescribeQuorumRequest):
        talk.ask(quorum_of(("__cluster_metadata", (0,))), version)
        talk.ask(quorum_of(("__cluster_metadata", (1,))), version, "another partition")
        talk.ask(quorum_of(("__cluster_metadata", (0, 0))), version, "partition twice")
        talk.ask(quorum_of(("__cluster_metadata", ())), version, "no partition")
        talk.ask(quorum_of(("other", (0,))), version, "another topic")
        talk.ask(quorum_of(("__cluster_metadata", (0,)), ("other", (0,))), version, "another topic as well")
        talk.ask(quorum_of(), version, "nothing")


def update(
    *features: tuple[str, int, int], validate_only: bool = True, timeout_ms: int = 20_000
) -> UpdateFeaturesRequest:
    return UpdateFeaturesRequest(
        timeout_ms=timeout_ms,
        validate_only=validate_only,
        feature_updates=[
            FeatureUpdateKey(feature=name, max_version_level=level, upgrade_type=kind)
            for name, level, kind in features
        ],
    )


@scenario
def updates_of_features(talk: Conversation) -> None:
    cases = {
        "nothing": update(),
        "unknown feature": update(("no.such.feature", 1, UPGRADE)),
        "no name": update(("", 1, UPGRADE)),
        "as it is": update(("eligible.leader.replicas.version", 1, UPGRADE)),
        "beyond what there is": update(("eligible.leader.replicas.version", 9, UPGRADE)),
        "negative": update(("eligible.leader.replicas.version", -1, UPGRADE)),
        "down as upgrade": update(("eligible.leader.replicas.version", 0, UPGRADE)),
        "down": update(("eligible.leader.replicas.version", 0, SAFE_DOWNGRADE)),
        "unsafely down": update(("eligible.leader.replicas.version", 0, UNSAFE_DOWNGRADE)),
        "up as downgrade": update(("eligible.leader.replicas.version", 1, SAFE_DOWNGRADE)),
        "unknown kind": update(("eligible.leader.replicas.version", 1, 0)),
        "unknown kind 9": update(("eligible.leader.replicas.version", 1, 9)),
        "metadata as it is": update(("metadata.version", 29, UPGRADE)),
        "metadata beyond": update(("metadata.version", 99, UPGRADE)),
        "metadata too low": update(("metadata.version", 1, SAFE_DOWNGRADE)),
        "metadata zero": update(("metadata.version", 0, UNSAFE_DOWNGRADE)),
        "metadata down": update(("metadata.version", 20, SAFE_DOWNGRADE)),
        "metadata unsafely down": update(("metadata.version", 20, UNSAFE_DOWNGRADE)),
        "two, one bad": update(
            ("eligible.leader.replicas.version", 1, UPGRADE), ("no.such.feature", 1, UPGRADE)
        ),
        "twice": update(
            ("eligible.leader.replicas.version", 1, UPGRADE), ("eligible.leader.replicas.version", 0, 2)
        ),
        "no time": update(("eligible.leader.replicas.version", 1, UPGRADE), timeout_ms=0),
    }
    for version in (1, 2):
        for note, request in cases.items():
            talk.ask(request, version, note)


@scenario
def updates_of_features_in_the_first_version(talk: Conversation) -> None:
    for name, level, may_go_down in (
        ("no.such.feature", 1, False),
        ("eligible.leader.replicas.version", 1, False),
        ("eligible.leader.replicas.version", 1, True),
        ("eligible.leader.replicas.version", 9, True),
        ("eligible.leader.replicas.version", 0, False),
        ("metadata.version", 1, True),
    ):
        key = FeatureUpdateKey(feature=name, max_version_level=level, allow_downgrade=may_go_down)
        talk.ask(UpdateFeaturesRequest(feature_updates=[key]), 0, f"{name} {level}, down: {may_go_down}")


@scenario
def brokers_that_there_are_not(talk: Conversation) -> None:
    for number in (2, 99, -1):
        talk.ask(UnregisterBrokerRequest(broker_id=number), 0, str(number))
