"""One group on virtual time: members act by name, and every step shows what they are told.

Members keep the id they were last given. Everything goes through the real coordinator, runtime and record
encoding; only the log is in memory. Tests are `async def` because answers that wait are futures.
"""

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kafkapy.coordinator.group.classic.join import JoiningMember
from kafkapy.coordinator.group.classic.leave import LeavingMember
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.classic.results import JoinResult
from kafkapy.coordinator.group.coordinator import GroupCoordinator
from kafkapy.coordinator.group.describe import GroupDescription
from kafkapy.coordinator.group.offsets import CommittedOffset, OffsetToCommit
from kafkapy.coordinator.group.records import RECORDS
from kafkapy.coordinator.group.settings import GroupSettings
from kafkapy.coordinator.group.shard import GroupShard
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.consumer_protocol import ConsumerProtocolSubscription
from kafkapy.protocol.messages.log_records.framing import encode_versioned
from kafkapy.protocol.schema import ZERO_UUID
from kafkapy.testing.virtual_clock import VirtualClock
from tests.coordinator.memory_log import MemoryLog

GROUP = "group"
SESSION_MS = 10_000
REBALANCE_MS = 60_000


def subscription(*topics: str) -> bytes:
    """The metadata of a member of a "consumer" group."""
    return encode_versioned(ConsumerProtocolSubscription(topics=list(topics)), 0)


class Call:
    """What came of a request: a result, a refusal, or nothing yet."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._refusal: KafkaError | None = None
        self._reply: Any = None
        try:
            self._reply = call()
        except KafkaError as refusal:
            self._refusal = refusal

    @property
    def waits(self) -> bool:
        return isinstance(self._reply, asyncio.Future) and not self._reply.done()

    @property
    def has_answer(self) -> bool:
        """Whether there is a result, and no refusal."""
        if self.waits or self._refusal is not None:
            return False
        return not isinstance(self._reply, asyncio.Future) or self._reply.exception() is None

    @property
    def result(self) -> Any:
        """The result; raises the refusal."""
        assert not self.waits, "there is no answer yet"
        if self._refusal is not None:
            raise self._refusal
        return self._reply.result() if isinstance(self._reply, asyncio.Future) else self._reply

    @property
    def code_if_answered(self) -> ErrorCode | None:
        return None if self.waits else self.code

    @property
    def code(self) -> ErrorCode:
        try:
            result = self.result
        except KafkaError as refusal:
            return refusal.code
        if isinstance(result, ErrorCode):
            return result
        return result.error if isinstance(result, JoinResult) else ErrorCode.NONE


def uuid(number: int) -> str:
    """The one that a harness gives out as its `number`-th, counted from 1."""
    return f"00000000-0000-4000-8000-{number:012x}"


class GroupHarness:
    """The group coordinator over one partition; settings as in GroupSettings, but no initial delay."""

    def __init__(self, **settings: int) -> None:
        self.settings = GroupSettings(**{"initial_rebalance_delay_ms": 0, **settings})
        self.clock = VirtualClock()
        self.log = MemoryLog()
        self.ids: dict[str, str] = {}
        self._joins: dict[str, Call] = {}
        self._uuids = map(uuid, itertools.count(1))
        self.load()

    def load(self) -> None:
        """A coordinator that knows nothing but the log."""
        self.groups = GroupCoordinator(
            self.settings, self.clock, partition_count=1, new_uuid=lambda: next(self._uuids)
        )
        self.groups.load(0, self.log)

    def advance(self, by_ms: float) -> None:
        self.clock.advance(by_ms)

    # -- members ---------------------------------------------------------------------------------------------

    def join(
        self,
        name: str,
        *,
        member_id: str | None = None,
        instance: str | None = None,
        protocols: Sequence[str] | Mapping[str, bytes] = ("range",),
        topics: Sequence[str] = ("topic",),
        protocol_type: str = "consumer",
        session_ms: int = SESSION_MS,
        rebalance_ms: int = REBALANCE_MS,
        must_know_its_id: bool = False,
        may_skip_assignment: bool = True,
        group: str = GROUP,
    ) -> Call:
        """JoinGroup, with the id that `name` has; new members need not ask for one first unless they must."""
        if not isinstance(protocols, Mapping):
            protocols = dict.fromkeys(protocols, subscription(*topics))
        joining = JoiningMember(
            member_id=self.id_of(name) if member_id is None else member_id,
            group_instance_id=instance,
            client_id=name,
            client_host="/127.0.0.1",
            session_timeout_ms=session_ms,
            rebalance_timeout_ms=rebalance_ms,
            protocol_type=protocol_type,
            protocols=tuple(protocols.items()),
            must_know_its_id=must_know_its_id,
            may_skip_assignment=may_skip_assignment,
        )
        call = self._joins[name] = Call(lambda: self.groups.join(group, joining))
        return call

    def id_of(self, name: str) -> str:
        """The member id that `name` was last given, "" if none."""
        join = self._joins.get(name)
        if join is not None and join.has_answer:
            self.ids[name] = join.result.member_id or self.ids.get(name, "")
        return self.ids.get(name, "")

    def forget(self, name: str) -> None:
        """`name` no longer knows its id."""
        self._joins.pop(name, None)
        self.ids.pop(name, None)

    def identity(
        self, name: str, generation: int | None = None, instance: str | None = None
    ) -> MemberIdentity:
        if generation is None:
            generation = self.generation
        return MemberIdentity(self.id_of(name) or name, generation, instance)

    def sync(
        self,
        name: str,
        assignments: Mapping[str, bytes] | None = None,
        *,
        generation: int | None = None,
        instance: str | None = None,
        protocol_type: str | None = None,
        protocol_name: str | None = None,
    ) -> Call:
        """SyncGroup; `assignments` by name."""
        identity = self.identity(name, generation, instance)
        by_id = {self.id_of(member): share for member, share in (assignments or {}).items()}
        return Call(
            lambda: self.groups.sync(
                GROUP,
                identity,
                protocol_type=protocol_type,
                protocol_name=protocol_name,
                assignments=by_id,
            )
        )

    def heartbeat(
        self, name: str, *, generation: int | None = None, instance: str | None = None
    ) -> ErrorCode:
        identity = self.identity(name, generation, instance)
        return Call(lambda: self.groups.heartbeat(GROUP, identity)).code

    def leave(self, *names: str) -> list[ErrorCode]:
        leaving = [LeavingMember(self.id_of(name) or name) for name in names]
        result: list[ErrorCode] = Call(lambda: self.groups.leave(GROUP, leaving)).result
        return result

    def leave_by_instance(self, instance: str, member_id: str = "") -> list[ErrorCode]:
        leaving = [LeavingMember(member_id, instance)]
        result: list[ErrorCode] = Call(lambda: self.groups.leave(GROUP, leaving)).result
        return result

    def settle(self, *names: str, **options: Any) -> None:
        """All of these join together, the leader assigns everybody its own name, everybody collects it."""
        joins = {name: self.join(name, **options) for name in names}
        self.advance(0)
        assert [join.code for join in joins.values()] == [ErrorCode.NONE] * len(names)
        leader = next(name for name in names if self.id_of(name) == joins[name].result.leader)
        share = {name: name.encode() for name in names}
        for name in sorted(names, key=lambda name: name != leader):
            assert self.sync(name, share if name == leader else None).result.assignment == name.encode()

    # -- offsets ---------------------------------------------------------------------------------------------

    def commit(
        self,
        offset: int,
        *,
        topic: str = "topic",
        partition: int = 0,
        name: str | None = None,
        generation: int | None = None,
        metadata: str | None = "",
        retention_ms: int = -1,
        topic_id: bytes = ZERO_UUID,
        group: str = GROUP,
    ) -> Call:
        """OffsetCommit of one offset, by a member or by somebody outside of the group."""
        identity = MemberIdentity("", -1) if name is None else self.identity(name, generation)
        wanted = OffsetToCommit(topic, topic_id, partition, offset, 7, metadata)
        return Call(lambda: self.groups.commit_offsets(group, identity, [wanted], retention_ms=retention_ms))

    def fetch(self, topic: str = "topic", partition: int = 0, group: str = GROUP) -> int | None:
        """The committed offset, None if there is none."""
        [(_, [(_, found)])] = self.groups.fetch_offsets(group, [(topic, [partition])])  # type: ignore[misc]
        return found.offset if isinstance(found, CommittedOffset) else None

    # -- what there is ---------------------------------------------------------------------------------------

    def describe(self, group: str = GROUP) -> GroupDescription:
        result: GroupDescription = Call(lambda: self.groups.describe_group(group)).result
        return result

    @property
    def state(self) -> str:
        """As DescribeGroups calls it; "Dead" if there is no such group."""
        call = Call(lambda: self.groups.describe_group(GROUP))
        return "Dead" if call.code is ErrorCode.GROUP_ID_NOT_FOUND else call.result.state

    @property
    def members(self) -> set[str]:
        """The names of the present members."""
        ids = {member.member_id for member in self.describe().members}
        return {name for name in self._joins if self.id_of(name) in ids}

    @property
    def shard(self) -> GroupShard:
        """The state machine itself."""
        return self.groups._runtime._slots[0].shard

    @property
    def generation(self) -> int:
        group = self.shard.groups.get(GROUP)
        return 0 if group is None else group.live.generation_id

    @property
    def records(self) -> list[tuple[Any, Any]]:
        """(key, value) of everything in the log."""
        return [RECORDS.decode(key, value) for batch in self.log.batches for key, value in batch]
