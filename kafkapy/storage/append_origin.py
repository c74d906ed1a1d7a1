"""Where an append comes from, which decides what is checked
and who assigns the offsets (Kafka's `AppendOrigin`).
"""

from enum import Enum


class AppendOrigin(Enum):
    """Who hands batches to a log."""

    REPLICATION = "replication"
    """From a leader: offsets and epochs are already right, sequences are taken as they are."""

    COORDINATOR = "coordinator"
    """From a coordinator on this broker: its own records and transaction markers; sequences are not checked.
    """

    CLIENT = "client"
    """From a producer: everything is checked."""

    RAFT_LEADER = "raft leader"
    """From the metadata log's leader: offsets and epochs are already right."""
