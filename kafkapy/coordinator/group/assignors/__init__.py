"""Assignors of the broker: who of a group gets which partitions (KIP-848)."""

from kafkapy.coordinator.group.assignors import range as range_assignor
from kafkapy.coordinator.group.assignors import uniform
from kafkapy.coordinator.group.assignors.spec import Assignor

ASSIGNORS: dict[str, Assignor] = {"uniform": uniform.assign, "range": range_assignor.assign}
"""By the names that members ask for."""
