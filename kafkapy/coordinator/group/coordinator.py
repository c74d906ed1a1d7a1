"""The group coordinator of a broker: one method per API, over the shards of `__consumer_offsets`.

Every method gives its result at once, or the future of it when the answer has to wait. Refusals are
KafkaError, raised at once or out of the future.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from kafkapy.clock import Clock
from kafkapy.coordinator.decision import Parked
from kafkapy.coordinator.group.classic.join import JoiningMember, JoinRequest
from kafkapy.coordinator.group.classic.leave import LeavingMember
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.classic.results import JoinResult, SyncResult
from kafkapy.coordinator.group.classic.sync import SyncRequest
from kafkapy.coordinator.group.consumer.describe import ConsumerGroupDescription
from kafkapy.coordinator.group.consumer.heartbeat import HeartbeatRequest, HeartbeatResult
from kafkapy.coordinator.group.consumer.settings import ConsumerGroupSettings
from kafkapy.coordinator.group.describe import GroupDescription, GroupListing
from kafkapy.coordinator.group.offsets import OffsetToCommit
from kafkapy.coordinator.group.settings import GroupSettings
from kafkapy.coordinator.group.shard import FetchedTopic, GroupShard
from kafkapy.coordinator.group.topics import Topics
from kafkapy.coordinator.group.transactional_commit import commit_in_transaction
from kafkapy.coordinator.java_hash import partition_of
from kafkapy.coordinator.partition_log import PartitionWriter, ProducerIdentity
from kafkapy.coordinator.runtime import CoordinatorRuntime, Reply
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

TOPIC = "__consumer_offsets"


class GroupCoordinator:
    """`partition_count` is that of `__consumer_offsets`; `new_uuid` gives the random part of member ids."""

    def __init__(
        self,
        settings: GroupSettings,
        clock: Clock,
        *,
        partition_count: int,
        new_uuid: Callable[[], str],
        consumer_settings: ConsumerGroupSettings | None = None,
        topics: Topics | None = None,
    ) -> None:
        self.partition_count = partition_count
        self._settings = settings
        self._new_uuid = new_uuid
        self._consumer_settings = consumer_settings or ConsumerGroupSettings()
        self._runtime = CoordinatorRuntime(
            TOPIC, clock, lambda: GroupShard(settings, self._consumer_settings, topics)
        )
        self._is_closed = False

    # -- life cycle ----------------------------------------------------------------------------------------

    def load(self, partition: int, writer: PartitionWriter) -> None:
        """Coordinate the groups of this partition; done on return unless the log is long."""
        self._runtime.load(partition, writer)

    def loaded(self) -> Awaitable[None]:
        """Wait for this: nothing is loading any more."""
        return self._runtime.loaded()

    def unload(self, partition: int) -> None:
        """Coordinate them no longer: who waits is told NOT_COORDINATOR."""
        self._runtime.unload(partition)

    def close(self) -> None:
        """Stop: the same for all partitions; later calls get COORDINATOR_NOT_AVAILABLE."""
        self._is_closed = True
        self._runtime.close()

    def topic_deleted(self, topic: str) -> None:
        """Delete the offsets committed for a topic that is no more."""
        self._runtime.run_everywhere(lambda shard, _: shard.topic_deleted(topic))

    def topic_changed(self, topic: str) -> None:
        """A topic is new, has new partitions, or is gone: groups that read it are assigned anew."""
        self._runtime.run_everywhere(lambda shard, _: shard.topic_changed(topic))

    def partition_for(self, group_id: str) -> int:
        """The partition of `__consumer_offsets` that holds the group."""
        return partition_of(group_id, self.partition_count)

    # -- membership ----------------------------------------------------------------------------------------

    def join(self, group_id: str, joining: JoiningMember) -> Reply[JoinResult]:
        """Waits for the other members, up to the rebalance timeout."""
        partition = self._partition_of_members(group_id)
        settings = self._settings
        if not (
            settings.min_session_timeout_ms <= joining.session_timeout_ms <= settings.max_session_timeout_ms
        ):
            raise KafkaError(ErrorCode.INVALID_SESSION_TIMEOUT)
        parked: Parked[JoinResult] = Parked()
        request = JoinRequest(joining, parked, self._new_uuid())
        return self._runtime.run(
            partition, lambda shard, now_ms: shard.join(group_id, request, now_ms), parked
        )

    def sync(
        self,
        group_id: str,
        identity: MemberIdentity,
        *,
        protocol_type: str | None = None,
        protocol_name: str | None = None,
        assignments: Mapping[str, bytes],
    ) -> Reply[SyncResult]:
        """Waits for the leader's assignments; `assignments` count only if it is the leader who calls."""
        partition = self._partition_of_members(group_id)
        parked: Parked[SyncResult] = Parked()
        request = SyncRequest(identity, protocol_type, protocol_name, assignments, parked)
        return self._runtime.run(
            partition, lambda shard, now_ms: shard.sync(group_id, request, now_ms), parked
        )

    def heartbeat(self, group_id: str, identity: MemberIdentity) -> Reply[ErrorCode]:
        """NONE or REBALANCE_IN_PROGRESS; NONE while loading, since a failover is no reason to join again."""
        partition = self._partition_of_members(group_id)
        try:
            return self._runtime.run(
                partition, lambda shard, now_ms: shard.heartbeat(group_id, identity, now_ms)
            )
        except KafkaError as refusal:
            if refusal.code is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
                return ErrorCode.NONE
            raise

    def leave(self, group_id: str, leaving: Sequence[LeavingMember]) -> Reply[list[ErrorCode]]:
        """One code per member, in order; UNKNOWN_MEMBER_ID is raised where there is no such group."""
        partition = self._partition_of_members(group_id)
        return self._runtime.run(partition, lambda shard, now_ms: shard.leave(group_id, leaving, now_ms))

    def consumer_heartbeat(self, group_id: str, request: HeartbeatRequest) -> Reply[HeartbeatResult]:
        """Of a member of the consumer protocol (KIP-848): always answered at once."""
        self._check_open()
        if not self._consumer_settings.enabled:
            raise KafkaError(ErrorCode.UNSUPPORTED_VERSION)
        return self._runtime.run(
            self.partition_for(group_id),
            lambda shard, now_ms: shard.consumer.heartbeat(group_id, request, now_ms),
        )

    # -- offsets -------------------------------------------------------------------------------------------

    def commit_offsets(
        self,
        group_id: str,
        identity: MemberIdentity,
        offsets: Sequence[OffsetToCommit],
        *,
        retention_ms: int = -1,
        knows_epochs: bool = True,
    ) -> Reply[list[ErrorCode]]:
        """One code per offset, in order. GROUP_ID_NOT_FOUND for a generation of an unknown group.

        `knows_epochs`: whether the request's version is one for members of the consumer protocol.
        """
        partition = self._partition(group_id)
        return self._runtime.run(
            partition,
            lambda shard, now_ms: shard.commit_offsets(
                group_id, identity, offsets, retention_ms, now_ms, knows_epochs=knows_epochs
            ),
        )

    def commit_offsets_in_transaction(
        self,
        group_id: str,
        identity: MemberIdentity,
        offsets: Sequence[OffsetToCommit],
        *,
        producer: ProducerIdentity,
        proof: object,
    ) -> Reply[list[ErrorCode]]:
        """As `commit_offsets`; nobody sees the offsets until the producer's transaction commits. `proof`:
        that the group's partition belongs to the transaction.
        """
        partition = self._partition_of_members(group_id)
        return self._runtime.run(
            partition,
            lambda shard, now_ms: commit_in_transaction(
                shard, group_id, identity, offsets, producer, proof, now_ms
            ),
        )

    def end_transaction(
        self, partition: int, producer_id: int, *, commit: bool, append_marker: Callable[[], int]
    ) -> None:
        """Let the offsets of a transaction be seen, or forget them, once `append_marker` has put its end into
        the log of the partition, and given the offset after it.
        """
        self._runtime.end_transaction(partition, producer_id, commit=commit, append_marker=append_marker)

    def fetch_offsets(
        self,
        group_id: str,
        topics: Sequence[tuple[str, Sequence[int]]] | None,
        *,
        require_stable: bool = False,
        identity: MemberIdentity | None = None,
    ) -> Reply[list[FetchedTopic]]:
        """All offsets of the group when `topics` is None. An unknown group has committed nothing."""
        partition = self._partition(group_id)
        return self._runtime.run(
            partition, lambda shard, _: shard.fetch_offsets(group_id, topics, require_stable, identity)
        )

    def delete_offsets(self, group_id: str, partitions: Sequence[tuple[str, int]]) -> Reply[list[ErrorCode]]:
        """One code per (topic, partition), in order."""
        partition = self._partition_of_members(group_id)
        return self._runtime.run(partition, lambda shard, _: shard.delete_offsets(group_id, partitions))

    # -- administration ------------------------------------------------------------------------------------

    def describe_group(self, group_id: str) -> Reply[GroupDescription]:
        """GROUP_ID_NOT_FOUND for a group that is not there."""
        partition = self._partition(group_id)
        return self._runtime.run(partition, lambda shard, _: shard.describe_group(group_id))

    def describe_consumer_group(self, group_id: str) -> Reply[ConsumerGroupDescription]:
        """GROUP_ID_NOT_FOUND for a group that is not there, or of another kind."""
        partition = self._partition(group_id)
        return self._runtime.run(partition, lambda shard, _: shard.consumer.describe(group_id))

    def list_groups(
        self, states: Collection[str] = (), types: Collection[str] = ()
    ) -> list[Reply[list[GroupListing]]]:
        """The groups of each partition. COORDINATOR_LOAD_IN_PROGRESS if one of them cannot be asked yet."""
        self._check_open()
        wanted_states = {state.strip().lower() for state in states}
        wanted_types = {group_type.lower() for group_type in types}
        return [
            self._runtime.run(partition, lambda shard, _: shard.list_groups(wanted_states, wanted_types))
            for partition in self._runtime.active_partitions()
        ]

    def delete_group(self, group_id: str) -> Reply[None]:
        """GROUP_ID_NOT_FOUND, or NON_EMPTY_GROUP while it has members."""
        partition = self._partition(group_id)
        return self._runtime.run(partition, lambda shard, _: shard.delete_group(group_id))

    # -- where ---------------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._is_closed:
            raise KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE)

    def _partition(self, group_id: str) -> int:
        self._check_open()
        return partition_of(group_id, self.partition_count)

    def _partition_of_members(self, group_id: str) -> int:
        """Some requests may be about the group "", for compatibility; those of members may not."""
        self._check_open()
        if not group_id:
            raise KafkaError(ErrorCode.INVALID_GROUP_ID)
        return partition_of(group_id, self.partition_count)
