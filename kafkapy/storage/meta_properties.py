"""`meta.properties`: which cluster and node a log directory belongs to, and the directory's own id.

Java properties, version 1 (KRaft). Lines that are not understood are kept away from what is: only keys are
read.
"""

from dataclasses import dataclass

from kafkapy.protocol.uuid import ZERO_UUID, parse_uuid, uuid_text
from kafkapy.storage.files import FileSystem, replace_file

FILE_NAME = "meta.properties"
VERSION = "1"


ZOOKEEPER_VERSION = "0"


class WrongNode(ValueError):
    """A directory of another node."""


@dataclass(frozen=True, slots=True)
class MetaProperties:
    """What `meta.properties` says; `directory_id` is 16 bytes, all zero if it has none yet: Apache Kafka
    before 3.7 gave none.
    """

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
    if fields.get("version") == ZOOKEEPER_VERSION:
        raise ValueError(
            f"{FILE_NAME} has version 0: a broker of a ZooKeeper cluster wrote it. Migrate the cluster to "
            f"KRaft with Apache Kafka 3.9 first"
        )
    if fields.get("version") != VERSION:
        raise ValueError(f"version {fields.get('version')} of {FILE_NAME} is not supported")
    missing = {"cluster.id", "node.id"} - fields.keys()
    if missing:
        raise ValueError(f"{FILE_NAME} lacks {', '.join(sorted(missing))}")
    directory_id = parse_uuid(fields["directory.id"]) if "directory.id" in fields else ZERO_UUID
    return MetaProperties(fields["cluster.id"], int(fields["node.id"]), directory_id)


def check_node_id(properties: MetaProperties, node_id: int) -> None:
    """Raises WrongNode, in Apache Kafka's words, if the directory is that of another node."""
    if properties.node_id != node_id:
        raise WrongNode(
            f"Stored node id {properties.node_id} doesn't match previous node id {node_id} in {FILE_NAME}. "
            f"If you moved your data, make sure your configured node id matches. If you intend to create a "
            f"new node, you should remove all data in your data directories."
        )


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
