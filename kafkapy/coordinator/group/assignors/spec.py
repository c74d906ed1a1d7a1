"""What an assignor is told and what it answers."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

Assignment = dict[bytes, frozenset[int]]
"""Partitions by topic id; never changed in place, no topic without partitions."""


class MemberSpec(NamedTuple):
    """A member: the topics it wants, all of which exist, and what it was assigned last."""

    instance_id: str | None
    topics: frozenset[bytes]
    assigned: Assignment


PartitionCounts = Mapping[bytes, int]
Assignor = Callable[[Mapping[str, MemberSpec], PartitionCounts], dict[str, Assignment]]
"""From members by id, and the partition count of every wanted topic, to everybody's assignment."""
