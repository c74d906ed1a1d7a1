"""What the group coordinator knows of the cluster: topics, and the settings of broker and groups."""

from collections.abc import Collection

from kafkapy.cluster.image import ClusterImage, ResourceType, TopicImage
from kafkapy.config.broker import BrokerConfig
from kafkapy.config.broker_values import MINUTE_MS
from kafkapy.config.group import GroupConfig
from kafkapy.coordinator.group.assignors import ASSIGNORS
from kafkapy.coordinator.group.consumer.settings import ConsumerGroupSettings, GroupTiming
from kafkapy.coordinator.group.settings import GroupSettings
from kafkapy.coordinator.group.topics import TopicView


class ImageTopics:
    """Implements `kafkapy.coordinator.group.topics.Topics` over the image of the cluster. `version` is where
    in the metadata log topics changed last, as `changed` was told.
    """

    def __init__(self, image: ClusterImage) -> None:
        self._image = image
        self.version = image.offset

    def changed(self) -> None:
        self.version = self._image.offset

    def names(self) -> Collection[str]:
        return self._image.topics.keys()

    def named(self, name: str) -> TopicView | None:
        topic = self._image.topics.get(name)
        return None if topic is None else self._view(topic)

    def with_id(self, topic_id: bytes) -> TopicView | None:
        topic = self._image.topic_by_id(topic_id)
        return None if topic is None else self._view(topic)

    def _view(self, topic: TopicImage) -> TopicView:
        racks = {broker.broker_id: broker.rack for broker in self._image.brokers.values() if broker.rack}
        return TopicView(
            topic.name,
            topic.topic_id,
            len(topic.partitions),
            tuple(tuple(racks[r] for r in p.replicas if r in racks) for p in topic.partitions)
            if racks
            else (),
        )


def group_settings(config: BrokerConfig) -> GroupSettings:
    return GroupSettings(
        min_session_timeout_ms=config.group_min_session_timeout_ms,
        max_session_timeout_ms=config.group_max_session_timeout_ms,
        initial_rebalance_delay_ms=config.group_initial_rebalance_delay_ms,
        max_size=config.group_max_size,
        offset_metadata_max_bytes=config.offset_metadata_max_bytes,
        offsets_retention_ms=config.offsets_retention_minutes * MINUTE_MS,
        offsets_retention_check_interval_ms=config.offsets_retention_check_interval_ms,
    )


def consumer_group_settings(config: BrokerConfig, image: ClusterImage) -> ConsumerGroupSettings:
    """The settings of a group are looked up when they are needed, so that changes count at once."""

    def timing_of(group_id: str) -> GroupTiming:
        group = GroupConfig.resolve(image.config_of(ResourceType.GROUP, group_id), config)
        return GroupTiming(
            group.consumer_session_timeout_ms,
            group.consumer_heartbeat_interval_ms,
            group.consumer_assignment_interval_ms,
        )

    policy = config.group_consumer_migration_policy.lower()
    return ConsumerGroupSettings(
        enabled="consumer" in config.group_coordinator_rebalance_protocols,
        max_size=config.group_consumer_max_size,
        assignors=tuple(name for name in config.group_consumer_assignors if name in ASSIGNORS)
        or tuple(ASSIGNORS),
        may_upgrade=policy in ("bidirectional", "upgrade"),
        may_downgrade=policy in ("bidirectional", "downgrade"),
        regex_refresh_interval_ms=config.group_consumer_regex_refresh_interval_ms,
        timing_of=timing_of,
    )
