"""NoOpRecord (type 20 of `__cluster_metadata`): moves the log on while nothing happens."""

from kafkapy.protocol.schema import message


@message(key=20, valid="0", flexible="0+")
class NoOpRecord:
    """Nothing."""
