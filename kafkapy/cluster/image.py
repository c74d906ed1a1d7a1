"""The cluster as the metadata log describes it: topics, configs, features, brokers, producer ids.

Anyone may read a `ClusterImage`; only `kafkapy.cluster.replay` changes it, one record at a time. Topics and
dicts are changed in place; everything else in here is replaced as a whole, so that a `PartitionImage` or
`BrokerImage` that was handed out stays what it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from kafkapy.protocol.messages.log_records.access_control_entry_record import AccessControlEntryRecord
from kafkapy.protocol.messages.log_records.delegation_token_record import DelegationTokenRecord
from kafkapy.protocol.messages.log_records.user_scram_credential_record import UserScramCredentialRecord

INTERNAL_TOPICS = frozenset({"__consumer_offsets", "__transaction_state", "__share_group_state"})
CLUSTER_METADATA_TOPIC = "__cluster_metadata"

NO_LEADER = -1
UNASSIGNED_DIRECTORY = bytes(16)
"""The directory id of a replica whose broker has not yet said where it put it."""

METADATA_VERSION = "metadata.version"
ELIGIBLE_LEADER_REPLICAS = "eligible.leader.replicas.version"
GROUP_VERSION = "group.version"
TRANSACTION_VERSION = "transaction.version"

NO_CONFIGS: Mapping[str, str] = MappingProxyType({})


class ResourceType(IntEnum):
    """What a config belongs to. Source: `ConfigResource.Type`."""

    UNKNOWN = 0
    TOPIC = 2
    BROKER = 4
    BROKER_LOGGER = 8
    CLIENT_METRICS = 16
    GROUP = 32


class LeaderRecoveryState(IntEnum):
    """Whether a partition has yet to recover from an unclean election (KIP-704)."""

    RECOVERED = 0
    RECOVERING = 1


@dataclass(frozen=True, slots=True)
class PartitionImage:
    """One partition. `directories` names a log directory per replica; `leader` is -1 when there is none."""

    index: int
    replicas: list[int]
    isr: list[int]
    leader: int
    leader_epoch: int
    partition_epoch: int
    directories: list[bytes] = field(default_factory=list)
    removing_replicas: list[int] = field(default_factory=list)
    adding_replicas: list[int] = field(default_factory=list)
    eligible_leader_replicas: list[int] = field(default_factory=list)
    last_known_elr: list[int] = field(default_factory=list)
    leader_recovery_state: LeaderRecoveryState = LeaderRecoveryState.RECOVERED

    @property
    def is_reassigning(self) -> bool:
        return bool(self.adding_replicas or self.removing_replicas)


@dataclass(slots=True)
class TopicImage:
    """One topic and its partitions, in index order."""

    name: str
    topic_id: bytes
    partitions: list[PartitionImage] = field(default_factory=list)

    @property
    def is_internal(self) -> bool:
        """Whether brokers write it for themselves (`Topic.isInternal`)."""
        return self.name in INTERNAL_TOPICS


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A listener as clients reach it; `security_protocol` is Kafka's number (0 PLAINTEXT .. 3 SASL_SSL)."""

    name: str
    host: str
    port: int
    security_protocol: int


@dataclass(frozen=True, slots=True)
class FeatureRange:
    """Levels of one feature that a node supports, both ends included."""

    name: str
    min_version: int
    max_version: int


@dataclass(frozen=True, slots=True)
class BrokerImage:
    """A registered broker. `epoch` is the log offset that its registration got, higher at every start."""

    broker_id: int
    epoch: int
    incarnation_id: bytes
    endpoints: tuple[Endpoint, ...]
    features: tuple[FeatureRange, ...]
    rack: str | None
    fenced: bool
    in_controlled_shutdown: bool
    log_dirs: tuple[bytes, ...]
    cordoned_log_dirs: tuple[bytes, ...] | None

    @property
    def is_active(self) -> bool:
        """Whether it may lead partitions and get new replicas."""
        return not self.fenced and not self.in_controlled_shutdown

    @property
    def default_directory(self) -> bytes:
        """Where a new replica on this broker goes, if there is no choice."""
        return self.log_dirs[0] if len(self.log_dirs) == 1 else UNASSIGNED_DIRECTORY


@dataclass(frozen=True, slots=True)
class ControllerImage:
    """A registered controller."""

    controller_id: int
    incarnation_id: bytes
    endpoints: tuple[Endpoint, ...]
    features: tuple[FeatureRange, ...]


QuotaEntity = tuple[tuple[str, str | None], ...]
"""(entity type, entity name or None for the default) pairs, sorted."""


@dataclass(slots=True)
class ClusterImage:
    """All of it, after the record at `offset` (-1: nothing yet), which was written in quorum epoch `epoch`.

    `kraft_version` and `voters` (the value of a KRAFT_VOTERS control record) are kept for Kafka: quorums
    whose voters are in the log have them (KIP-853). ACLs, credentials, tokens and quotas are kept as
    records.
    """

    offset: int = -1
    epoch: int = 0
    kraft_version: int = 0
    voters: bytes = b""
    topics: dict[str, TopicImage] = field(default_factory=dict)
    topics_by_id: dict[bytes, TopicImage] = field(default_factory=dict)
    topics_by_collision_name: dict[str, list[str]] = field(default_factory=dict)
    configs: dict[tuple[ResourceType, str], dict[str, str]] = field(default_factory=dict)
    features: dict[str, int] = field(default_factory=dict)
    brokers: dict[int, BrokerImage] = field(default_factory=dict)
    controllers: dict[int, ControllerImage] = field(default_factory=dict)
    next_producer_id: int = 0
    acls: dict[bytes, AccessControlEntryRecord] = field(default_factory=dict)
    scram_credentials: dict[tuple[str, int], UserScramCredentialRecord] = field(default_factory=dict)
    delegation_tokens: dict[str, DelegationTokenRecord] = field(default_factory=dict)
    client_quotas: dict[QuotaEntity, dict[str, float]] = field(default_factory=dict)

    def topic_by_id(self, topic_id: bytes) -> TopicImage | None:
        return self.topics_by_id.get(topic_id)

    def partition(self, topic: str, index: int) -> PartitionImage | None:
        found = self.topics.get(topic)
        return found.partitions[index] if found is not None and 0 <= index < len(found.partitions) else None

    def config_of(self, resource_type: ResourceType, name: str) -> Mapping[str, str]:
        """The overrides set for one resource; BROKER "" holds the cluster-wide defaults."""
        return self.configs.get((resource_type, name), NO_CONFIGS)

    def is_active(self, broker_id: int) -> bool:
        """Whether the broker is registered, not fenced and not shutting down."""
        broker = self.brokers.get(broker_id)
        return broker is not None and broker.is_active

    @property
    def metadata_version(self) -> int:
        """The feature level that decides which record versions may be written; 0 before the first records."""
        return self.features.get(METADATA_VERSION, 0)

    @property
    def uses_eligible_leader_replicas(self) -> bool:
        """Whether an ISR may become empty, its last members being eligible leaders (KIP-966)."""
        return self.features.get(ELIGIBLE_LEADER_REPLICAS, 0) > 0


def collision_name(name: str) -> str | None:
    """The name that topics differing only in '.' and '_' share
    (metrics cannot tell them apart); None without either.
    """
    return name.replace(".", "_") if "." in name or "_" in name else None
