"""EndTransactionRecord (type 24 of `__cluster_metadata`): ends what a begin record opened (KIP-866)."""

from kafkapy.protocol.schema import message


@message(key=24, valid="0", flexible="0+")
class EndTransactionRecord:
    """Nothing."""
