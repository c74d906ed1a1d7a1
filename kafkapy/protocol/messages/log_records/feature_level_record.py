"""FeatureLevelRecord (type 12 of `__cluster_metadata`): finalizes the level of a feature."""

from kafkapy.protocol.schema import int16, message, string


@message(key=12, valid="0", flexible="0+")
class FeatureLevelRecord:
    name: str = string()
    feature_level: int = int16()
