"""The uniform assignor: everybody gets as many partitions as the others,
give or take one, and keeps what it has where that is possible.
"""

from collections.abc import Mapping

from kafkapy.coordinator.group.assignors.spec import Assignment, MemberSpec, PartitionCounts
from kafkapy.coordinator.group.assignors.uniform_mixed import assign_mixed

TopicPartition = tuple[bytes, int]


def assign(members: Mapping[str, MemberSpec], counts: PartitionCounts) -> dict[str, Assignment]:
    """All members may want the same topics, which is the simple case, or not."""
    if len({member.topics for member in members.values()}) == 1:
        return _assign_alike(members, counts)
    return assign_mixed(members, counts)


def _assign_alike(members: Mapping[str, MemberSpec], counts: PartitionCounts) -> dict[str, Assignment]:
    """Kafka: `UniformHomogeneousAssignmentBuilder`. Quotas are filled with what a member had, then with what
    nobody had, then with what others had too much of.
    """
    quota, extras = divmod(sum(counts.values()), len(members))
    kept: dict[str, list[TopicPartition]] = {}
    surplus: list[TopicPartition] = []
    quotas: dict[str, int] = {}
    owned: set[TopicPartition] = set()
    for nth, (member_id, member) in enumerate(members.items()):
        had = [
            (topic, partition)
            for topic, partitions in member.assigned.items()
            for partition in sorted(partitions)
            if partition < counts.get(topic, 0) and (topic, partition) not in owned
        ]
        owned.update(had)
        quotas[member_id] = quota + (nth < extras)
        kept[member_id] = had[: quotas[member_id]]
        surplus += had[quotas[member_id] :]
    free = [
        (topic, partition)
        for topic, count in counts.items()
        for partition in range(count)
        if (topic, partition) not in owned
    ]
    pool = iter(free + surplus)
    for member_id, share in kept.items():
        share += [next(pool) for _ in range(quotas[member_id] - len(share))]
    return {member_id: as_assignment(share) for member_id, share in kept.items()}


def as_assignment(partitions: list[TopicPartition]) -> Assignment:
    by_topic: dict[bytes, set[int]] = {}
    for topic, partition in partitions:
        by_topic.setdefault(topic, set()).add(partition)
    return {topic: frozenset(indexes) for topic, indexes in by_topic.items()}
