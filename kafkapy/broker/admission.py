"""Whether this broker can carry on a data directory, decided before anything in it is touched.

What another broker left may be more than one broker is: the data of a cluster of several, of a newer Kafka,
of one with parts of its logs elsewhere. Such a directory is refused with the reason, and stays byte for byte
as it was. docs/data-directory.md lists all that is refused, and what is carried over unused.

Reading the metadata log for that is not done twice: the image that comes out of it is the broker's.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

from kafkapy.cluster.features import SUPPORTED
from kafkapy.cluster.image import METADATA_VERSION, ClusterImage, ResourceType
from kafkapy.cluster.quorum_state import decode_quorum_state
from kafkapy.cluster.reader import DamagedMetadata, MetadataReader
from kafkapy.cluster.snapshot import parse_snapshot_name
from kafkapy.protocol.codec import decode
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.messages.log_records.voters_record import VotersRecord
from kafkapy.protocol.uuid import METADATA_TOPIC_ID
from kafkapy.records.batch import check_crc
from kafkapy.storage.checkpoints import RECOVERY_POINTS, MalformedCheckpoint, parse_offsets
from kafkapy.storage.files import File, FileSystem
from kafkapy.storage.log_directory import LogDirectoryError
from kafkapy.storage.meta_properties import WrongNode, check_node_id, read_properties
from kafkapy.storage.names import (
    BOOTSTRAP,
    CLEAN_SHUTDOWN,
    LOG,
    METADATA_TOPIC,
    PARTITION_METADATA,
    QUORUM_STATE,
    offset_of,
    parse_partition_directory,
    partition_directory,
)
from kafkapy.storage.partition_metadata import parse_metadata
from kafkapy.storage.segment_recovery import batches_of

CARRIED_FEATURES = ("share.version", "streams.version")
"""Features whose records are kept even where this broker has no use for them."""

REMOTE_STORAGE = "remote.storage.enable"
_METADATA_DIRECTORY = partition_directory(METADATA_TOPIC, 0)
NO_METADATA = f"no log directory holds the metadata log, {_METADATA_DIRECTORY}"


def admit(files: FileSystem, paths: Sequence[str], node_id: int) -> MetadataReader:
    """The metadata that the log directories hold, nothing if they are new; only reads.

    Raises LogDirectoryError, with the reason for the person who starts the broker, if they are not for it;
    OSError if the disk refuses.
    """
    present = [path for path in paths if _is_readable(files, path)]
    for path in present:
        _check_identity(files, path, node_id)
    _check_duplicates(files, present)
    holders = [path for path in present if files.exists(f"{path}/{_METADATA_DIRECTORY}")]
    if not holders:
        for path in present:
            _refuse_if_it_has_logs(files, path, NO_METADATA)
    try:
        return _read_metadata(files, holders[0] if holders else None, present, node_id)
    except DamagedMetadata as error:
        where = holders[0] if holders else present[0]
        raise LogDirectoryError(
            f"{where}: {error}. If the files are damaged, kafkapy check --repair tells what can be done; a "
            f"newer Apache Kafka may also have written what this version does not know"
        ) from error


def _is_readable(files: FileSystem, path: str) -> bool:
    """A directory that its disk refuses is none of our business: it will be offline."""
    try:
        return files.exists(path) and files.list(path) is not None
    except OSError:
        return False


def _check_identity(files: FileSystem, path: str, node_id: int) -> None:
    try:
        properties = read_properties(files, path)
        if properties is not None:
            check_node_id(properties, node_id)
    except WrongNode as error:
        raise LogDirectoryError(str(error)) from None
    except ValueError as error:
        raise LogDirectoryError(f"{path}: {error}") from error
    except OSError:
        return
    if properties is None:
        _refuse_if_it_has_logs(files, path, "meta.properties, which says whose they are, is missing")


def _refuse_if_it_has_logs(files: FileSystem, path: str, reason: str) -> None:
    for name in files.list(path):
        if parse_partition_directory(name) is not None and files.is_directory(f"{path}/{name}"):
            raise LogDirectoryError(f"{path} holds logs such as {name}, but {reason}")


def _check_duplicates(files: FileSystem, present: Sequence[str]) -> None:
    """Nobody can tell which of two logs of a partition is the right one."""
    found: dict[tuple[str, int], str] = {}
    for path in present:
        for name in files.list(path):
            partition = parse_partition_directory(name)
            other = path if partition is None else found.setdefault(partition, path)
            if other != path:
                raise LogDirectoryError(
                    f"Duplicate log directories for {name} are found in both {other} and {path}. Probably a "
                    f"broker died while it put one in the place of the other. Move away the one that is not "
                    f"needed: kafkapy dump-log shows where each ends"
                )


def _read_metadata(
    files: FileSystem, holder: str | None, present: Sequence[str], node_id: int
) -> MetadataReader:
    reader = MetadataReader(ClusterImage())
    if holder is not None:
        directory = f"{holder}/{_METADATA_DIRECTORY}"
        _check_topic(files, directory)
        _check_voters(files, directory, node_id)
        _read_log(files, directory, reader, _vouched_for(files, holder))
    image = reader.image
    if not image.metadata_version:
        image = _first_image(files, present) or image
    for reason in _reasons_against(image, node_id):
        raise LogDirectoryError(f"{holder or present[0]}: {reason}")
    return reader


def _vouched_for(files: FileSystem, holder: str) -> int:
    """The offset below which the metadata log was on disk when its last broker ended, so that no crash is the
    reason for what is wrong there.
    """
    if files.exists(f"{holder}/{CLEAN_SHUTDOWN}"):
        return sys.maxsize
    try:
        return parse_offsets(files.read(f"{holder}/{RECOVERY_POINTS}")).get((METADATA_TOPIC, 0), 0)
    except (FileNotFoundError, MalformedCheckpoint):
        return 0


def _read_log(files: FileSystem, directory: str, reader: MetadataReader, vouched_for: int) -> None:
    """The newest snapshot and all sound batches after it: what a broker that starts here will find.

    DamagedMetadata if what is not sound is below `vouched_for`: a start would cut off there what the cluster
    still needs.
    """
    names = files.list(directory)
    snapshots = [(found, name) for name in names if (found := parse_snapshot_name(name)) is not None]
    if snapshots:
        snapshot, name = max(snapshots)
        reader.read_snapshot(files.read(f"{directory}/{name}"))
        reader.image.offset, reader.image.epoch = snapshot.end_offset - 1, snapshot.epoch
    bases = sorted(base for name in names if name.endswith(LOG) and (base := offset_of(name)) is not None)
    for base, next_base in zip(bases, [*bases[1:], None], strict=True):
        if next_base is not None and next_base <= reader.image.offset + 1:
            continue
        log = files.open(f"{directory}/{base:020d}{LOG}")
        try:
            damaged = _read_segment(log, reader)
        finally:
            log.close()
        if damaged is not None:
            if reader.image.offset + 1 < vouched_for:
                raise DamagedMetadata(f"the metadata log is damaged at byte {damaged} of {log.path}")
            return


def _read_segment(log: File, reader: MetadataReader) -> int | None:
    """Read the sound batches; gives the position of what is none, None if there is no such thing."""
    end = 0
    for position, header, batch in batches_of(log):
        if not check_crc(batch, 0, header) or header.base_offset > reader.image.offset + 1:
            return position
        reader.read_log(batch)
        end = position + header.size_bytes
    return end if end < log.size else None


def _first_image(files: FileSystem, present: Sequence[str]) -> ClusterImage | None:
    """What a directory that was only formatted will begin with."""
    for path in present:
        if files.exists(f"{path}/{BOOTSTRAP}"):
            reader = MetadataReader(ClusterImage())
            reader.read_snapshot(files.read(f"{path}/{BOOTSTRAP}"))
            return reader.image
    return None


def _check_topic(files: FileSystem, directory: str) -> None:
    """The metadata log has an id of its own. What a power failure has torn is made anew."""
    path = f"{directory}/{PARTITION_METADATA}"
    if not files.exists(path):
        return
    with suppress(ValueError):
        if parse_metadata(files.read(path)) != METADATA_TOPIC_ID:
            raise LogDirectoryError(f"{path} is that of another topic than the metadata log")


def _check_voters(files: FileSystem, directory: str, node_id: int) -> None:
    """Of a static quorum the log does not say who votes, but the election file does."""
    path = f"{directory}/{QUORUM_STATE}"
    if not files.exists(path):
        return
    try:
        content = files.read(path)
        decode_quorum_state(content)
        voters = [int(voter["voterId"]) for voter in json.loads(content).get("currentVoters", ())]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise LogDirectoryError(f"{path} does not parse") from None
    if voters and voters != [node_id]:
        raise LogDirectoryError(f"{path}: {_of_several(voters, node_id)}")


def _of_several(voters: Sequence[int], node_id: int) -> str:
    names = ", ".join(map(str, voters))
    return (
        f"the metadata log belongs to a quorum whose voters are {names}. This broker is node {node_id} and "
        f"the whole cluster, so it cannot carry on the metadata of another quorum"
    )


def _reasons_against(image: ClusterImage, node_id: int) -> Iterator[str]:
    if image.metadata_version:
        yield from _features_against(image)
    if image.voters:
        try:
            voters = [voter.voter_id for voter in decode(VotersRecord, 0, image.voters).voters]
        except MalformedMessage as error:
            yield f"the voters of the metadata quorum do not parse: {error}"
            return
        if voters != [node_id]:
            yield _of_several(voters, node_id)
    yield from _brokers_against(image, node_id)
    for (resource_type, name), configs in image.configs.items():
        if resource_type == ResourceType.TOPIC and configs.get(REMOTE_STORAGE) == "true":
            yield (
                f"topic {name} has {REMOTE_STORAGE}=true: parts of its log are in a remote storage, which "
                f"this broker does not read. Bring them back or delete the topic with Apache Kafka first"
            )


def _features_against(image: ClusterImage) -> Iterator[str]:
    supported = {feature.name: feature for feature in SUPPORTED}
    for name, level in image.features.items():
        known = supported.get(name)
        if name == METADATA_VERSION and known and not known.min_version <= level <= known.max_version:
            yield (
                f"the cluster has metadata.version {level}, supported are {known.min_version} to "
                f"{known.max_version}"
            )
        elif known is None and name not in CARRIED_FEATURES and level:
            yield f"the cluster has the feature {name} at level {level}, which this broker does not know"
        elif known is not None and level > known.max_version:
            yield f"the cluster has {name} {level}, supported is up to {known.max_version}"


def _brokers_against(image: ClusterImage, node_id: int) -> Iterator[str]:
    for topic in image.topics.values():
        for partition in topic.partitions:
            elsewhere = [replica for replica in partition.replicas if replica != node_id]
            if elsewhere:
                yield (
                    f"partition {topic.name}-{partition.index} has a replica on broker {elsewhere[0]}. This "
                    f"broker, node {node_id}, is the whole cluster: have all partitions moved to it, and to "
                    f"it alone, with Apache Kafka first"
                )
    for broker in image.brokers.values():
        if broker.broker_id != node_id and not broker.fenced:
            yield (
                f"broker {broker.broker_id} is a member of the cluster, too. Stop and unregister it with "
                f"Apache Kafka first"
            )
