"""The kinds of groups a shard holds."""

from typing import TypeAlias

from kafkapy.coordinator.group.classic.group import ClassicGroup
from kafkapy.coordinator.group.consumer.group import ConsumerGroup

Group: TypeAlias = ClassicGroup | ConsumerGroup
