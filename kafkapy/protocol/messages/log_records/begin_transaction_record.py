"""BeginTransactionRecord (type 23 of `__cluster_metadata`):
records up to the matching end belong together (KIP-866).
"""

from kafkapy.protocol.schema import message, string


@message(key=23, valid="0", flexible="0+")
class BeginTransactionRecord:
    name: str | None = string(nullable="0+", default=None, tag=0)
