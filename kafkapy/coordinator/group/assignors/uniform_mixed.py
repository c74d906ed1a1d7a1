"""The uniform assignor for members that want different topics: sticky first, then balanced topic by topic.

Source: Kafka's `UniformHeterogeneousAssignmentBuilder`; which partition moves may differ.
"""

from collections.abc import Mapping

from kafkapy.coordinator.group.assignors.spec import Assignment, MemberSpec, PartitionCounts

MAX_ROUNDS = 16


class _Owners:
    """Who owns what while the assignment is made."""

    def __init__(self, members: Mapping[str, MemberSpec], counts: PartitionCounts) -> None:
        self.load = dict.fromkeys(members, 0)
        self.of_topic: dict[bytes, dict[int, str]] = {topic: {} for topic in counts}
        for member_id, member in members.items():
            for topic in member.topics:
                for partition in member.assigned.get(topic, ()):
                    if partition < counts[topic] and partition not in self.of_topic[topic]:
                        self.give(topic, partition, member_id)

    def give(self, topic: bytes, partition: int, member_id: str) -> None:
        previous = self.of_topic[topic].get(partition)
        if previous is not None:
            self.load[previous] -= 1
        self.of_topic[topic][partition] = member_id
        self.load[member_id] += 1


def assign_mixed(members: Mapping[str, MemberSpec], counts: PartitionCounts) -> dict[str, Assignment]:
    subscribers = {topic: [m for m, member in members.items() if topic in member.topics] for topic in counts}
    topics = sorted(counts, key=lambda topic: _rank(topic, counts[topic], len(subscribers[topic])))
    owners = _Owners(members, counts)
    for topic in topics:
        for partition in range(counts[topic]):
            if partition not in owners.of_topic[topic]:
                owners.give(topic, partition, min(subscribers[topic], key=owners.load.__getitem__))
    for _ in range(MAX_ROUNDS):
        if not sum(_balance(topic, subscribers[topic], owners) for topic in topics):
            break
    return _assignments(members, owners)


def _rank(topic: bytes, count: int, subscribers: int) -> tuple[float, int, bytes]:
    """Topics whose partitions weigh most on their subscribers come first."""
    return -count / subscribers, subscribers, topic


def _balance(topic: bytes, subscribers: list[str], owners: _Owners) -> int:
    """Move partitions from who has most to who has least; the number of moves."""
    held: dict[str, list[int]] = {member_id: [] for member_id in subscribers}
    for partition, owner in sorted(owners.of_topic[topic].items()):
        held[owner].append(partition)
    moves = 0
    while True:
        least = min(subscribers, key=owners.load.__getitem__)
        most = max((m for m in subscribers if held[m]), key=owners.load.__getitem__, default=least)
        if owners.load[most] - owners.load[least] <= 1:
            return moves
        partition = held[most].pop()
        held[least].append(partition)
        owners.give(topic, partition, least)
        moves += 1


def _assignments(members: Mapping[str, MemberSpec], owners: _Owners) -> dict[str, Assignment]:
    partitions: dict[str, dict[bytes, set[int]]] = {member_id: {} for member_id in members}
    for topic, by_partition in owners.of_topic.items():
        for partition, owner in by_partition.items():
            partitions[owner].setdefault(topic, set()).add(partition)
    return {
        member_id: {topic: frozenset(indexes) for topic, indexes in by_topic.items()}
        for member_id, by_topic in partitions.items()
    }
