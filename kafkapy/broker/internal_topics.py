"""The topics that coordinators keep their state in: who may
write to them, and the settings they are created with.
"""

from kafkapy.cluster.topics import NewTopic
from kafkapy.config.broker import BrokerConfig

CONSUMER_OFFSETS = "__consumer_offsets"
TRANSACTION_STATE = "__transaction_state"
SHARE_GROUP_STATE = "__share_group_state"
ADMIN_CLIENT_ID = "__admin_client"
"""Kafka lets a client of this id write to internal topics (`AuthHelper`/`ReplicaManager` know it by name)."""


def internal_topic(name: str, config: BrokerConfig) -> NewTopic:
    """What Kafka's `AutoTopicCreationManager` asks for when it creates the internal topic `name`."""
    if name == CONSUMER_OFFSETS:
        return NewTopic(
            name,
            config.offsets_topic_num_partitions,
            config.offsets_topic_replication_factor,
            configs=[
                ("cleanup.policy", "compact"),
                ("segment.bytes", str(config.offsets_topic_segment_bytes)),
                ("compression.type", "producer"),
            ],
        )
    if name == TRANSACTION_STATE:
        return NewTopic(
            name,
            config.transaction_state_log_num_partitions,
            config.transaction_state_log_replication_factor,
            configs=[
                ("compression.type", "uncompressed"),
                ("cleanup.policy", "compact"),
                ("min.insync.replicas", str(config.transaction_state_log_min_isr)),
                ("segment.bytes", str(config.transaction_state_log_segment_bytes)),
                ("unclean.leader.election.enable", "false"),
            ],
        )
    if name == SHARE_GROUP_STATE:
        return NewTopic(
            name,
            config.share_coordinator_state_topic_num_partitions,
            config.share_coordinator_state_topic_replication_factor,
            configs=[
                ("cleanup.policy", "delete"),
                ("compression.type", "producer"),
                ("min.insync.replicas", str(config.share_coordinator_state_topic_min_isr)),
                ("segment.bytes", str(config.share_coordinator_state_topic_segment_bytes)),
                ("retention.ms", "-1"),
            ],
        )
    raise ValueError(f"{name} is no internal topic that a broker creates by itself")
