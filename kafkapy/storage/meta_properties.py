"""`meta.properties`: which cluster and node a log directory belongs to, and the directory's own id.

Java properties, version 1 (KRaft). Lines that are not understood are kept away from what is: only keys are
read.
"""

from dataclasses import dataclass

from kafkapy.protocol.uuid import parse_uuid, uuid_text
from kafkapy.storage.files import FileSystem, replace_file

FILE_NAME = "meta.properties"
VERSION = "1"


@dataclass(frozen=True, slots=True)
class MetaProperties:
    """What `meta.properties` says; `directory_id` is 16 bytes."""

    cluster_id: str
    node_id: int
    directory_id: bytes


def parse_properties(content: bytes) -> MetaProperties:
    """Raises ValueError if it is none of ours, or of another version."""
    lines = (line.strip() for line in content.decode().splitlines())
    fields = {
        key.strip(): value.strip().replace("\\", "")
        for key, separator, value in (line.partition("=") for line in lines if line[:1] not in ("#", "!", ""))
        if separator
    }
    if fields.get("version") != VERSION:
        raise ValueError(f"version {fields.get('version')} of {FILE_NAME} is not supported")
    missing = {"cluster.id", "node.id", "directory.id"} - fields.keys()
    if missing:
        raise ValueError(f"{FILE_NAME} lacks {', '.join(sorted(missing))}")
    return MetaProperties(fields["cluster.id"], int(fields["node.id"]), parse_uuid(fields["directory.id"]))


def format_properties(properties: MetaProperties) -> bytes:
    return (
        f"#\nnode.id={properties.node_id}\ndirectory.id={uuid_text(properties.directory_id)}\n"
        f"version={VERSION}\ncluster.id={properties.cluster_id}\n"
    ).encode()


def read_properties(files: FileSystem, directory: str) -> MetaProperties | None:
    """Those of a log directory, None if it is new. Raises ValueError."""
    path = f"{directory}/{FILE_NAME}"
    return parse_properties(files.read(path)) if files.exists(path) else None


def write_properties(files: FileSystem, directory: str, properties: MetaProperties) -> None:
    """Atomic and durable."""
    replace_file(files, f"{directory}/{FILE_NAME}", format_properties(properties))
