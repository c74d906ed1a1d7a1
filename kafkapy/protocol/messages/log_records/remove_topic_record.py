"""RemoveTopicRecord (type 9 of `__cluster_metadata`): deletes a topic."""

from kafkapy.protocol.schema import message, uuid


@message(key=9, valid="0", flexible="0+")
class RemoveTopicRecord:
    topic_id: bytes = uuid()
