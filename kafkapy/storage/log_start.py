"""Why a log start offset moves (Kafka's `LogStartOffsetIncrementReason`)."""

from enum import Enum


class LogStartOffsetIncrementReason(Enum):
    """Who wants the records below an offset gone."""

    CLIENT_RECORD_DELETION = "client delete records request"
    LEADER_OFFSET_INCREMENTED = "leader offset increment"
    SEGMENT_DELETION = "segment deletion"
    SNAPSHOT_GENERATED = "snapshot generated"
