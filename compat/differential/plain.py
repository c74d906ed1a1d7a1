"""A transcript as plain lists, dicts and values in which chance and time have names instead.

The same random value has the same name wherever it occurs in a transcript, so that a wrong one is still seen:
the first topic id is `uuid 1` for both brokers. Lists that Apache Kafka sends in no particular order become
dicts.
"""

import re
from collections.abc import Callable
from typing import Any

from compat.differential.conversation import Address, Step
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.schema import ZERO_UUID, Wire, wires_of
from kafkapy.protocol.uuid import uuid_text
from kafkapy.records.batch import check_crc, iterate_headers, records_of
from kafkapy.records.record import Record

Plain = Any
"""dict, list, str, int, bool, None."""

NOW_MS = 2 * 60 * 60 * 1000
RANDOM_UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
RANDOM_ID = re.compile(r"[A-Za-z0-9_-]{22}")
CLUSTER_ID = re.compile(rb"(?<=[\x16\x17])[A-Za-z0-9_-]{22}")
"""As it follows its length in a frame."""
TIME_IN_TEXT = re.compile(r"\b\d{13}\b")
CHANCE_NUMBERS = {"session_id", "producer_id"}
"""Positive numbers in these fields are named."""
ERROR_CODES = {"error_code", "topic_config_error_code"}
UNIMPORTANT = {
    "cluster_id": "what the cluster is called",
    "log_dir": "where the data is",
    "total_bytes": "the size of the disk",
    "usable_bytes": "the room on the disk",
    "finalized_features_epoch": "how long the metadata log is",
    "ResponsePartitionData.leader_epoch": "how often somebody was elected",
    "ResponsePartitionData.high_watermark": "how long the metadata log is",
    "ReplicaState.log_end_offset": "how long the metadata log is",
}
"""Only whether there is such a value is compared, and its sign."""


def name_of(item: Any) -> Any:
    return item.name


def topic_of(item: Any) -> Any:
    return item.name or item.topic_id


def member_of(item: Any) -> Any:
    """By its id, unless that is by chance."""
    is_by_chance = RANDOM_UUID_TEXT.search(item.member_id) or RANDOM_ID.fullmatch(item.member_id)
    return item.client_id if is_by_chance else item.member_id


def entity_of(item: Any) -> Any:
    return ", ".join(sorted(f"{part.entity_type}={part.entity_name}" for part in item.entity))


def user_of(item: Any) -> Any:
    return item.user


KEYED: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("MetadataResponse", "topics"): topic_of,
    ("ApiVersionsResponse", "api_keys"): lambda api: api.api_key,
    ("ApiVersionsResponse", "supported_features"): name_of,
    ("ApiVersionsResponse", "finalized_features"): name_of,
    ("DeleteTopicsResponse", "responses"): topic_of,
    ("ProduceResponse", "responses"): topic_of,
    ("TopicProduceResponse", "partition_responses"): lambda partition: partition.index,
    ("ListOffsetsResponse", "topics"): name_of,
    ("DeleteRecordsResponse", "topics"): name_of,
    ("DeleteRecordsTopicResult", "partitions"): lambda partition: partition.partition_index,
    ("ListGroupsResponse", "groups"): lambda group: group.group_id,
    ("DescribeConfigsResult", "configs"): name_of,
    ("DescribeLogDirsResult", "topics"): name_of,
    ("DescribeLogDirsTopic", "partitions"): lambda partition: partition.partition_index,
    ("OffsetCommitResponse", "topics"): topic_of,
    ("OffsetCommitResponseTopic", "partitions"): lambda partition: partition.partition_index,
    ("OffsetDeleteResponse", "topics"): name_of,
    ("OffsetDeleteResponseTopic", "partitions"): lambda partition: partition.partition_index,
    ("DescribeGroupsResponse", "groups"): lambda group: group.group_id,
    ("ConsumerGroupDescribeResponse", "groups"): lambda group: group.group_id,
    ("DeleteGroupsResponse", "results"): lambda result: result.group_id,
    ("DescribedGroup", "members"): member_of,
    ("Assignment", "topic_partitions"): lambda topic: topic.topic_id,
    ("JoinGroupResponse", "members"): lambda member: RANDOM_UUID_TEXT.sub("", member.member_id),
    ("ListConfigResourcesResponse", "config_resources"): lambda found: (
        found.resource_type,
        found.resource_name,
    ),
    ("ListPartitionReassignmentsResponse", "topics"): name_of,
    ("PartitionResponse", "active_producers"): lambda producer: producer.producer_id,
    ("CreatePartitionsResponse", "results"): name_of,
    ("DescribeClientQuotasResponse", "entries"): entity_of,
    ("AlterClientQuotasResponse", "entries"): entity_of,
    ("EntryData", "entity"): lambda part: part.entity_type,
    ("ResponseEntryData", "entity"): lambda part: part.entity_type,
    ("EntryData", "values"): lambda quota: quota.key,
    ("DescribeUserScramCredentialsResponse", "results"): user_of,
    ("AlterUserScramCredentialsResponse", "results"): user_of,
    ("DescribeUserScramCredentialsResult", "credential_infos"): lambda credential: credential.mechanism,
    ("UpdateFeaturesResponse", "results"): lambda result: result.feature,
}
"""Lists in responses whose order means nothing, as Apache Kafka walks through a hash map: compared by key."""


class Plainly:
    """Makes the steps of one transcript plain."""

    def __init__(self, address: Address, run: str, now_ms: float) -> None:
        self._port = address[1]
        self._run = run
        self._now_ms = now_ms
        self._names: dict[tuple[str, Any], str] = {}

    def step(self, step: Step) -> Plain:
        """What came of the request, in a form that can be compared."""
        return self.value(step.outcome)

    def shown(self, value: Any, wire: Wire | None = None, field: str = "") -> str:
        """A request for people: without what is left at its default."""
        if isinstance(value, list):
            return f"[{', '.join(self.shown(item, wire, field) for item in value)}]"
        if wire is not None and wire.kind == "records" and value:
            return f"<{len(value)} bytes>"
        if not hasattr(type(value), "__dataclass_fields__"):
            return repr(self.value(value, wire, field))
        given = [
            f"{name}={self.shown(getattr(value, name), wire, name)}"
            for name, wire in wires_of(type(value)).items()
            if getattr(value, name) != wire.default
        ]
        return f"{type(value).__name__}({', '.join(given)})"

    def value(self, value: Any, wire: Wire | None = None, field: str = "") -> Plain:
        """Any value of a message."""
        if isinstance(value, list | tuple):
            return [self.value(item, wire, field) for item in value]
        if hasattr(type(value), "__dataclass_fields__"):
            return self._struct(value)
        if value is None or isinstance(value, bool):
            return value
        if wire is not None and (wire.kind == "uuid" or wire.element == "uuid"):
            return self._uuid(value)
        if wire is not None and wire.kind == "records":
            return self._records(bytes(value))
        if isinstance(value, bytes | bytearray | memoryview):
            shown = bytes(value).replace(self._port.to_bytes(4), b"<port>")
            return repr(CLUSTER_ID.sub(b"<cluster id>", shown))
        if field == "member_id" and RANDOM_ID.fullmatch(value):
            return self._named("random", value)
        if isinstance(value, str):
            return UNIMPORTANT.get(field) or self._text(value)
        return self._number(field, value)

    def _struct(self, struct: Any) -> Plain:
        fields = {}
        for name, wire in wires_of(type(struct)).items():
            value = getattr(struct, name)
            key = KEYED.get((type(struct).__name__, name))
            in_struct = f"{type(struct).__name__}.{name}"
            field = in_struct if in_struct in UNIMPORTANT else name
            fields[name] = self._keyed(key, value, wire) if key and value else self.value(value, wire, field)
        return fields or type(struct).__name__

    def _keyed(self, key: Callable[[Any], Any], items: list[Any], wire: Wire) -> Plain:
        """A list as a dict; of several with one key, the later ones are numbered."""
        keyed: dict[str, Plain] = {}
        for item in sorted(items, key=lambda item: str(key(item))):
            named = key(item)
            shown = self._uuid(named) if isinstance(named, bytes) and len(named) == 16 else self.value(named)
            repetitions = sum(other.partition("#")[0] == f"'{shown}'" for other in keyed)
            keyed[f"'{shown}'#{repetitions + 1}" if repetitions else f"'{shown}'"] = self.value(item, wire)
        return keyed

    def _uuid(self, value: bytes) -> str:
        return "no uuid" if value == ZERO_UUID else self._named("uuid", uuid_text(value))

    def _number(self, field: str, value: float) -> Plain:
        if field in ERROR_CODES and value in set(ErrorCode):
            return f"{value} {ErrorCode(value).name}"
        if field == "port" and value == self._port:
            return "port"
        if field in CHANCE_NUMBERS and value > 0:
            return self._named(field, value)
        if field in UNIMPORTANT and value >= 0:
            return UNIMPORTANT[field]
        if "time" in field and abs(value - self._now_ms) < NOW_MS:
            return "now"
        return int(value) if isinstance(value, int) else value

    def _text(self, value: str) -> str:
        value = TIME_IN_TEXT.sub(lambda found: str(self._number("time", int(found[0]))), value)
        value = value.replace(f"-{self._run}", "") if self._run else value
        value = value.replace(f"127.0.0.1:{self._port}", "127.0.0.1:port")
        for (kind, original), name in self._names.items():
            if kind == "uuid":
                value = value.replace(original, f"<{name}>")
        return RANDOM_UUID_TEXT.sub(lambda found: f"<{self._named('random', found[0])}>", value)

    def _records(self, buffer: bytes) -> Plain:
        batches = []
        try:
            for position, header in iterate_headers(buffer):
                fields = {name: self._number(name, number) for name, number in header._asdict().items()}
                fields["crc"] = "right" if check_crc(buffer, position, header) else "wrong"
                fields["records"] = [self._record(record) for record in records_of(buffer, position, header)]
                batches.append(fields)
        except KafkaError as error:
            batches.append({"unreadable": str(error)})
        return batches

    def _record(self, record: Record) -> str:
        time = self._number("timestamp", record.timestamp)
        return f"{record.offset}: {record.key!r} = {record.value!r} {record.headers or ''} at {time}"

    def _named(self, kind: str, value: Any) -> str:
        number = 1 + sum(known == kind for known, _ in self._names)
        return self._names.setdefault((kind, value), f"{kind} {number}")
