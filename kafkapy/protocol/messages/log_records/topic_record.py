"""TopicRecord (type 2 of `__cluster_metadata`): adds a topic."""

from kafkapy.protocol.schema import message, string, uuid


@message(key=2, valid="0", flexible="0+")
class TopicRecord:
    name: str = string()
    topic_id: bytes = uuid()
