"""The soft state of a classic group: its members as the coordinator knows them now.

At rest this is the generation that the log holds. From the moment a rebalance begins until the leader's
assignments are in the log, it is the generation being formed; a restart falls back to the stored one and
the members join again.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from kafkapy.coordinator.decision import Parked
from kafkapy.coordinator.group.classic.member import Member, MemberIdentity, Protocols
from kafkapy.coordinator.group.classic.results import JoinedMember, JoinResult, SyncResult
from kafkapy.coordinator.group.classic.states import TRANSITIONS, GroupState
from kafkapy.coordinator.group.subscription import CONSUMER, subscribed_topics
from kafkapy.coordinator.java_hash import small_map_bucket
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


@dataclass(slots=True)
class LiveMembership:
    """Members, generation and phase. `pending_joins`: ids given out that have not joined with them yet;
    `pending_syncs`: members told of the generation that have not asked for their share; `topics`: what the
    members of a "consumer" group subscribe to, None where that is not known.
    """

    state: GroupState
    state_timestamp_ms: int
    previous_state: GroupState = GroupState.DEAD
    generation_id: int = 0
    protocol_type: str | None = None
    protocol_name: str | None = None
    leader: str | None = None
    members: dict[str, Member] = field(default_factory=dict)
    static_members: dict[str, str] = field(default_factory=dict)
    pending_joins: set[str] = field(default_factory=set)
    pending_syncs: set[str] = field(default_factory=set)
    topics: frozenset[str] | None = None
    has_newcomers: bool = False
    awaiting_joins: int = 0
    _supporters: Counter[str] = field(default_factory=Counter)

    # -- questions -----------------------------------------------------------------------------------------

    @property
    def is_consumer(self) -> bool:
        return self.protocol_type == CONSUMER

    @property
    def all_joined(self) -> bool:
        return len(self.members) == self.awaiting_joins and not self.pending_joins

    @property
    def rebalance_timeout_ms(self) -> int:
        return max((member.rebalance_timeout_ms for member in self.members.values()), default=0)

    def check_member(self, member_id: str, group_instance_id: str | None) -> Member:
        """Who a request comes from; UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when another took its place."""
        if group_instance_id is not None:
            owner = self.static_members.get(group_instance_id)
            if owner is not None and owner != member_id:
                raise KafkaError(ErrorCode.FENCED_INSTANCE_ID)
            if owner is None:
                raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
        member = self.members.get(member_id)
        if member is None:
            raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
        return member

    def check_generation(self, identity: MemberIdentity) -> Member:
        """`check_member`, and ILLEGAL_GENERATION when it speaks for another generation."""
        member = self.check_member(identity.member_id, identity.group_instance_id)
        if identity.generation_id != self.generation_id:
            raise KafkaError(ErrorCode.ILLEGAL_GENERATION)
        return member

    def supports(self, protocol_type: str, protocols: Protocols) -> bool:
        """Whether a member with these protocols fits in: one of them must be known to all members."""
        if self.state is GroupState.EMPTY:
            return bool(protocol_type) and bool(protocols)
        everybody = len(self.members)
        return self.protocol_type == protocol_type and any(
            self._supporters[name] == everybody for name, _ in protocols
        )

    def subscribes_to(self, topic: str) -> bool:
        """True also where nobody can tell, because the members' metadata does not parse."""
        return self.is_consumer if self.topics is None else topic in self.topics

    def joined_members(self) -> tuple[JoinedMember, ...]:
        return tuple(
            JoinedMember(member.member_id, member.group_instance_id, member.metadata(self.protocol_name))
            for member in self.members.values()
        )

    def join_result(self, member: Member, *, with_members: bool) -> JoinResult:
        """The present generation as `member` is told of it."""
        return JoinResult(
            member_id=member.member_id,
            generation_id=self.generation_id,
            protocol_type=self.protocol_type,
            protocol_name=self.protocol_name,
            leader=self.leader or "",
            members=self.joined_members() if with_members else (),
        )

    def sync_result(self, member: Member) -> SyncResult:
        return SyncResult(self.protocol_type, self.protocol_name, member.assignment)

    # -- changes -------------------------------------------------------------------------------------------

    def become(self, state: GroupState, now_ms: int) -> None:
        if state not in TRANSITIONS[self.state]:
            raise AssertionError(f"no way from {self.state.value} to {state.value}")
        self.previous_state = self.state
        self.state = state
        self.state_timestamp_ms = now_ms

    def add(self, member: Member, protocol_type: str) -> None:
        if not self.members:
            self.protocol_type = protocol_type
        if self.leader is None:
            self.leader = member.member_id
        if member.group_instance_id is not None:
            self.static_members[member.group_instance_id] = member.member_id
        self.members[member.member_id] = member
        self._supporters.update(_names(member.protocols))
        self.pending_joins.discard(member.member_id)

    def remove(self, member_id: str) -> Member | None:
        """Forget a member, whose parked requests are the caller's to answer, or an id given out."""
        member = self.members.pop(member_id, None)
        if member is not None:
            self._supporters.subtract(_names(member.protocols))
            if member.group_instance_id is not None:
                del self.static_members[member.group_instance_id]
        if self.leader == member_id:
            self.leader = next(iter(self.members), None)
        self.pending_joins.discard(member_id)
        self.pending_syncs.discard(member_id)
        return member

    def replace(self, old: Member, new: Member) -> None:
        """A static member comes back under a new id."""
        if new.group_instance_id is None or old.group_instance_id != new.group_instance_id:
            raise AssertionError("only a static member can be replaced")
        del self.members[old.member_id]
        self._supporters.subtract(_names(old.protocols))
        self.members[new.member_id] = new
        self._supporters.update(_names(new.protocols))
        self.static_members[new.group_instance_id] = new.member_id
        if self.leader == old.member_id:
            self.leader = new.member_id

    def update(
        self, member: Member, protocols: Protocols, session_timeout_ms: int, rebalance_timeout_ms: int
    ) -> None:
        self._supporters.subtract(_names(member.protocols))
        self._supporters.update(_names(protocols))
        member.protocols = protocols
        member.session_timeout_ms = session_timeout_ms
        member.rebalance_timeout_ms = rebalance_timeout_ms

    def park_join(self, member: Member, parked: Parked[JoinResult]) -> None:
        self.awaiting_joins += member.awaiting_join is None
        member.awaiting_join = parked

    def unpark_join(self, member: Member) -> Parked[JoinResult] | None:
        parked, member.awaiting_join = member.awaiting_join, None
        self.awaiting_joins -= parked is not None
        return parked

    def elect_joined_leader(self) -> bool:
        """Keep the leader if it has rejoined, else take one that has; False when nobody has."""
        leader = self.members.get(self.leader or "")
        if leader is not None and leader.awaiting_join is None:
            leader = next((m for m in self.members.values() if m.awaiting_join is not None), None)
        if leader is None:
            return False
        self.leader = leader.member_id
        return True

    def start_generation(self, now_ms: int) -> None:
        """The join phase is over: a generation with the protocol most members prefer, or an empty one."""
        self.generation_id += 1
        self.protocol_name = select_protocol(self.members.values()) if self.members else None
        self.learn_topics()
        self.pending_syncs.clear()
        self.become(GroupState.COMPLETING_REBALANCE if self.members else GroupState.EMPTY, now_ms)

    def learn_topics(self) -> None:
        self.topics = None
        if self.is_consumer:
            self.topics = subscribed_topics(m.metadata(self.protocol_name) for m in self.members.values())


def select_protocol(members: Iterable[Member]) -> str:
    """Each member votes for the first of its protocols that all others know as well; the most votes win.

    A tie goes the way the iteration order of Kafka's hash map decides it.
    """
    members = list(members)
    common = set.intersection(*(_names(member.protocols) for member in members))
    votes = Counter(member.vote(common) for member in members)
    return min(votes, key=lambda name: (-votes[name], small_map_bucket(name)))


def _names(protocols: Protocols) -> set[str]:
    return {name for name, _ in protocols}
