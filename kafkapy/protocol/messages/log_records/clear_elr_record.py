"""ClearElrRecord (type 28 of `__cluster_metadata`): forgets the
eligible leader replicas of one topic or of all (KIP-966).
"""

from kafkapy.protocol.schema import message, string


@message(key=28, valid="0", flexible="0+")
class ClearElrRecord:
    topic_name: str = string()
