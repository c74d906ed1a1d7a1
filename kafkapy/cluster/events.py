"""What a list of records means for those who listen: made before replay, told after it."""

from collections.abc import Sequence

from kafkapy.cluster.image import ClusterImage, ResourceType, TopicImage
from kafkapy.cluster.metadata_log import MetadataListener
from kafkapy.cluster.record_types import (
    ConfigRecord,
    MetadataRecord,
    PartitionChangeRecord,
    PartitionRecord,
    RemoveTopicRecord,
    TopicRecord,
)
from kafkapy.cluster.replay import NO_LEADER_CHANGE


class Events:
    """The events of one commit."""

    def __init__(self, image: ClusterImage, records: Sequence[MetadataRecord]) -> None:
        """Look at `records` while `image` does not have them yet."""
        self._deleted: list[TopicImage] = []
        self._created: dict[bytes, str] = {}
        self._grown: dict[bytes, int] = {}
        self._led: dict[bytes, list[int]] = {}
        self._configured: dict[tuple[ResourceType, str], None] = {}
        for record in records:
            self._note(image, record)

    def tell(self, image: ClusterImage, listener: MetadataListener) -> None:
        """Call `listener`; `image` has the records now."""
        for deleted in self._deleted:
            listener.topic_deleted(deleted)
        for topic_id in self._created:
            listener.topic_created(image.topics_by_id[topic_id])
        for topic_id, first_new_index in self._grown.items():
            listener.partitions_created(image.topics_by_id[topic_id], first_new_index)
        for topic_id, indexes in self._led.items():
            listener.leaders_changed(image.topics_by_id[topic_id], indexes)
        for resource_type, name in self._configured:
            listener.config_changed(resource_type, name)

    def _note(self, image: ClusterImage, record: MetadataRecord) -> None:
        match record:
            case TopicRecord():
                self._created[record.topic_id] = record.name
            case PartitionRecord() if record.topic_id not in self._created:
                self._grown.setdefault(record.topic_id, record.partition_id)
            case PartitionChangeRecord() if record.leader != NO_LEADER_CHANGE:
                self._led.setdefault(record.topic_id, []).append(record.partition_id)
            case RemoveTopicRecord():
                self._deleted.append(image.topics_by_id[record.topic_id])
            case ConfigRecord():
                resource = ResourceType(record.resource_type), record.resource_name
                is_new_topic = resource[0] is ResourceType.TOPIC and resource[1] in self._created.values()
                if not is_new_topic:
                    self._configured[resource] = None
