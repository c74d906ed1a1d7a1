"""Type 21 of `__consumer_offsets`: a member's target tasks in a streams group (KIP-1071)."""

from kafkapy.protocol.schema import array, int32, message, string, struct


@message(key=21, valid="0")
class StreamsGroupTargetAssignmentMemberKey:
    group_id: str = string()
    member_id: str = string()


@struct
class TaskIds:
    subtopology_id: str = string()
    partitions: list[int] = array(int32)


@message(key=21, valid="0", flexible="0+")
class StreamsGroupTargetAssignmentMemberValue:
    active_tasks: list[TaskIds] = array(TaskIds)
    standby_tasks: list[TaskIds] = array(TaskIds)
    warmup_tasks: list[TaskIds] = array(TaskIds)
