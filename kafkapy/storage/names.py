"""Kafka's names for the files of a partition and for partition directories, and how to read them back."""

LOG = ".log"
OFFSET_INDEX = ".index"
TIME_INDEX = ".timeindex"
TRANSACTION_INDEX = ".txnindex"
SNAPSHOT = ".snapshot"
INDEXES = (OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX)
SEGMENT_FILES = (LOG, *INDEXES)

DELETED = ".deleted"
CLEANED = ".cleaned"
SWAP = ".swap"
TEMPORARY = (".tmp", ".truncated", ".part")
"""Files that were to replace others, or metadata snapshots, and never got that far."""

LEADER_EPOCHS = "leader-epoch-checkpoint"
PARTITION_METADATA = "partition.metadata"
CLEAN_SHUTDOWN = ".kafka_cleanshutdown"
LOCK = ".lock"
METADATA_SNAPSHOT = ".checkpoint"
METADATA_SNAPSHOT_DELETED = ".checkpoint.deleted"
BOOTSTRAP = "bootstrap.checkpoint"
QUORUM_STATE = "quorum-state"

DELETE_DIRECTORY = "-delete"
FUTURE_DIRECTORY = "-future"
STRAY_DIRECTORY = "-stray"
METADATA_TOPIC = "__cluster_metadata"
_MAX_NAME_CHARACTERS = 255
_OFFSET_DIGITS = 20


def file_name(base_offset: int, suffix: str) -> str:
    """`00000000000000000042.log` and its like."""
    return f"{base_offset:020d}{suffix}"


def offset_of(name: str) -> int | None:
    """The offset in front of the first dot, or None if the
    name does not start with one as Kafka writes it.
    """
    digits = name.partition(".")[0]
    return int(digits) if len(digits) == _OFFSET_DIGITS and digits.isascii() and digits.isdigit() else None


def partition_directory(topic: str, partition: int) -> str:
    return f"{topic}-{partition}"


def parse_partition_directory(name: str) -> tuple[str, int] | None:
    """(topic, partition) of a live partition's directory; None for every other name."""
    topic, dash, digits = name.rpartition("-")
    if not topic or not dash or not digits.isascii() or not digits.isdigit():
        return None
    return topic, int(digits)


def departing_directory(topic: str, partition: int, unique: bytes, suffix: str) -> str:
    """`<topic>-<partition>.<32 hexadecimal digits>-delete`:
    the topic is cut where the name would get too long.
    """
    ending = f"-{partition}.{unique.hex()}{suffix}"
    return topic[: _MAX_NAME_CHARACTERS - len(ending)] + ending


def future_directory(topic: str, partition: int, unique: bytes) -> str:
    """`<topic>-<partition>.<32 hexadecimal digits>-future`: a log on its way into this log directory.
    The topic is not cut, so not every topic can have one.
    """
    return f"{topic}-{partition}.{unique.hex()}{FUTURE_DIRECTORY}"


def parse_future_directory(name: str) -> tuple[str, int] | None:
    """(topic, partition) of a future log's directory; None for every other name."""
    return (
        parse_partition_directory(name.rpartition(".")[0]) if is_departing(name, FUTURE_DIRECTORY) else None
    )


def is_departing(name: str, suffix: str) -> bool:
    """Whether a directory name is one that `departing_directory` makes."""
    stem, dot, unique = name.removesuffix(suffix).rpartition(".")
    return (
        name.endswith(suffix)
        and bool(dot)
        and len(unique) == 32
        and parse_partition_directory(stem) is not None
    )
