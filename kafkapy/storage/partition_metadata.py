"""`partition.metadata`: the id of the topic that a partition directory belongs to."""

from kafkapy.protocol.uuid import parse_uuid, uuid_text
from kafkapy.storage.files import FileSystem, replace_file
from kafkapy.storage.names import PARTITION_METADATA


def format_metadata(topic_id: bytes) -> bytes:
    return f"version: 0\ntopic_id: {uuid_text(topic_id)}".encode()


def parse_metadata(content: bytes) -> bytes:
    """The topic id (16 bytes). Raises ValueError if the content is not what Kafka writes."""
    fields = dict(line.split(": ", 1) for line in content.decode().splitlines() if line)
    if fields.get("version") != "0" or "topic_id" not in fields:
        raise ValueError("partition.metadata of an unknown version or without a topic id")
    return parse_uuid(fields["topic_id"].strip())


def read_topic_id(files: FileSystem, directory: str) -> bytes | None:
    """The topic id in a partition directory, None if there is none.

    A file that a power failure has torn is removed, as it would keep Apache Kafka from starting.
    """
    path = f"{directory}/{PARTITION_METADATA}"
    try:
        return parse_metadata(files.read(path))
    except FileNotFoundError:
        return None
    except ValueError:
        files.remove(path)
        return None


def write_topic_id(files: FileSystem, directory: str, topic_id: bytes) -> str:
    """Gives the path. Atomic, but not synced: the first flush of the log does that."""
    path = f"{directory}/{PARTITION_METADATA}"
    replace_file(files, path, format_metadata(topic_id), sync=False)
    return path
