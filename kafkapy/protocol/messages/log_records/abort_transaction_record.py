"""AbortTransactionRecord (type 25 of `__cluster_metadata`):
the records since the matching begin do not count (KIP-866).
"""

from kafkapy.protocol.schema import message, string


@message(key=25, valid="0", flexible="0+")
class AbortTransactionRecord:
    reason: str | None = string(nullable="0+", default=None, tag=0)
