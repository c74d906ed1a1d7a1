"""The range assignor: per topic, consecutive partitions to members in a fixed order.

Topics with as many partitions as each other are split alike, so that their partitions can be joined.
"""

from collections import Counter
from collections.abc import Mapping

from kafkapy.coordinator.group.assignors.spec import Assignment, MemberSpec, PartitionCounts


def assign(members: Mapping[str, MemberSpec], counts: PartitionCounts) -> dict[str, Assignment]:
    """Static members first, by instance id, then the others by member id; not sticky."""
    subscribers = Counter(topic for member in members.values() for topic in member.topics)
    position: Counter[bytes] = Counter()
    result: dict[str, Assignment] = {}
    for member_id in sorted(members, key=lambda member_id: _rank(member_id, members[member_id])):
        share: Assignment = {}
        for topic in members[member_id].topics:
            quota, extras = divmod(counts[topic], subscribers[topic])
            nth = position[topic]
            position[topic] += 1
            first = nth * quota + min(nth, extras)
            partitions = frozenset(range(first, first + quota + (nth < extras)))
            if partitions:
                share[topic] = partitions
        result[member_id] = share
    return result


def _rank(member_id: str, member: MemberSpec) -> tuple[bool, str]:
    return member.instance_id is None, member.instance_id or member_id
