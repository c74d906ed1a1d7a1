"""Type 16 of `__consumer_offsets`: the topics that a group's regular expression resolved to (KIP-848)."""

from kafkapy.protocol.schema import array, int64, message, string


@message(key=16, valid="0")
class ConsumerGroupRegularExpressionKey:
    group_id: str = string()
    regular_expression: str = string()


@message(key=16, valid="0", flexible="0+")
class ConsumerGroupRegularExpressionValue:
    topics: list[str] = array(string)
    version: int = int64()
    timestamp: int = int64()
