"""One member of a classic group, and how requests name it."""

from dataclasses import dataclass
from typing import NamedTuple

from kafkapy.coordinator.decision import Parked
from kafkapy.coordinator.group.classic.results import JoinResult, SyncResult

Protocols = tuple[tuple[str, bytes], ...]
"""(name, metadata) of the assignment strategies of a member, the preferred one first."""


class MemberIdentity(NamedTuple):
    """Who a request says it comes from. The generation is negative where the sender knows none."""

    member_id: str
    generation_id: int
    group_instance_id: str | None = None


@dataclass(slots=True)
class Member:
    """What the coordinator knows of a member; `awaiting_*` are its parked requests."""

    member_id: str
    group_instance_id: str | None
    client_id: str
    client_host: str
    rebalance_timeout_ms: int
    session_timeout_ms: int
    protocols: Protocols
    assignment: bytes = b""
    awaiting_join: Parked[JoinResult] | None = None
    awaiting_sync: Parked[SyncResult] | None = None
    is_new: bool = False

    @property
    def is_static(self) -> bool:
        return self.group_instance_id is not None

    @property
    def may_be_silent(self) -> bool:
        """A parked request is as good as a heartbeat, but not that of a new member: it may have given up."""
        return not self.is_new and (self.awaiting_join is not None or self.awaiting_sync is not None)

    def metadata(self, protocol_name: str | None) -> bytes:
        """The metadata for a protocol of this member; KeyError when it has none of that name."""
        for name, metadata in self.protocols:
            if name == protocol_name:
                return metadata
        raise KeyError(protocol_name)

    def vote(self, candidates: set[str]) -> str:
        """Its most preferred candidate; at least one must be among its protocols."""
        return next(name for name, _ in self.protocols if name in candidates)
