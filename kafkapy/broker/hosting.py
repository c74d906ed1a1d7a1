"""Keeps the hosted partitions in step with the cluster's image: created, opened, configured, deleted.

It listens to the metadata log, so that a topic is complete before the command that made it is answered.
"""

import logging
import random
from collections.abc import Iterator, Sequence

from kafkapy.broker.log_sync import LogSync
from kafkapy.broker.partition import Partition
from kafkapy.broker.partitions import Partitions
from kafkapy.broker.topic_settings import log_config, validation_policy
from kafkapy.clock import Clock
from kafkapy.cluster.image import (
    CLUSTER_METADATA_TOPIC,
    UNASSIGNED_DIRECTORY,
    ClusterImage,
    PartitionImage,
    ResourceType,
    TopicImage,
)
from kafkapy.config.broker import BrokerConfig
from kafkapy.config.topic import TopicConfig
from kafkapy.records.policy import ValidationPolicy
from kafkapy.storage.directories import LogDirectories
from kafkapy.storage.log_config import LogConfig

logger = logging.getLogger(__name__)


class Hosting:
    """Opens and closes partitions as the image says."""

    def __init__(
        self,
        image: ClusterImage,
        config: BrokerConfig,
        directories: LogDirectories,
        partitions: Partitions,
        clock: Clock,
        chance: random.Random,
        log_sync: LogSync,
    ) -> None:
        self._image = image
        self._config = config
        self._directories = directories
        self._partitions = partitions
        self._clock = clock
        self._chance = chance
        self._log_sync = log_sync

    def open_all(self) -> None:
        """Load every log of the directories and host what the
        image gives to this broker; the rest is set aside.
        """
        now_ms = self._clock.now_ms()
        self._directories.promote_futures(self._believed_directory)
        self._directories.load_logs(
            self._log_config_of, now_ms, threads=self._config.num_recovery_threads_per_data_dir
        )
        for (name, index), log in self._directories.logs.items():
            topic = self._image.topics.get(name)
            if name == CLUSTER_METADATA_TOPIC:
                continue
            if topic is None or log.topic_id not in (None, topic.topic_id) or index >= len(topic.partitions):
                logger.warning("%s-%d is no partition of this cluster: set aside", name, index)
                self._directories.set_aside(log, unique=self._chance.randbytes(16))
            elif log.topic_id is None:
                log.set_topic_id(topic.topic_id)
        for topic in list(self._image.topics.values()):
            for partition in topic.partitions:
                if self._is_out_of_reach(topic.name, partition.index):
                    logger.error(
                        "%s-%d may be in a log directory that is offline", topic.name, partition.index
                    )
                    self._partitions.out_of_reach[topic.name, partition.index] = topic.topic_id
            self.partitions_created(topic, 0)

    def _is_out_of_reach(self, name: str, index: int) -> bool:
        """Whether a log that was not found may be in a directory
        that is offline: it must not begin anew elsewhere.
        """
        online = {
            directory.directory_id for directory in self._directories.directories if not directory.is_offline
        }
        return (
            len(online) < len(self._directories.directories)
            and self._directories.get(name, index) is None
            and self._believed_directory(name, index) not in online
        )

    def _believed_directory(self, name: str, index: int) -> bytes | None:
        """The id of the log directory in which the cluster believes a partition to be."""
        topic = self._image.topics.get(name)
        if topic is None or index >= len(topic.partitions):
            return None
        partition = topic.partitions[index]
        assigned = dict(zip(partition.replicas, partition.directories, strict=False))
        return assigned.get(self._partitions.node_id, UNASSIGNED_DIRECTORY)

    def topic_created(self, topic: TopicImage) -> None:
        self.partitions_created(topic, 0)

    def partitions_created(self, topic: TopicImage, first_new_index: int) -> None:
        config = self._topic_config(topic.name)
        settings, policy = self._log_config(config), validation_policy(config, self._config)
        for image in topic.partitions[first_new_index:]:
            is_out_of_reach = (topic.name, image.index) in self._partitions.out_of_reach
            if self._partitions.node_id in image.replicas and not is_out_of_reach:
                self._host(topic, image, settings, policy)

    def topic_deleted(self, topic: TopicImage) -> None:
        now_ms = self._clock.now_ms()
        for partition in list(self._hosted(topic)):
            self._partitions.remove(partition)
            self._directories.delete_log(partition.log, unique=self._chance.randbytes(16), now_ms=now_ms)
            partition.wake()
        for image in topic.partitions:
            self._partitions.out_of_reach.pop((topic.name, image.index), None)

    def leaders_changed(self, topic: TopicImage, indexes: Sequence[int]) -> None:
        """Lead in the new epoch; whoever waits is told that it is another one."""
        for index in indexes:
            partition = self._partitions.get(None, topic.topic_id, index)
            if partition is not None:
                partition.lead(topic.partitions[index].leader_epoch)

    def config_changed(self, resource_type: ResourceType, name: str) -> None:
        """Settings apply to the live log at once; those of the broker are the defaults of every topic."""
        if resource_type == ResourceType.TOPIC and name in self._image.topics:
            self._configure(self._image.topics[name])
        elif resource_type == ResourceType.BROKER:
            for topic in self._image.topics.values():
                self._configure(topic)

    def _host(
        self, topic: TopicImage, image: PartitionImage, settings: LogConfig, policy: ValidationPolicy
    ) -> None:
        log = self._directories.get(topic.name, image.index)
        if log is None:
            log = self._directories.create_log(
                topic.name, image.index, topic_id=topic.topic_id, config=settings, now_ms=self._clock.now_ms()
            )
        if not (log.is_offline or log.is_full):
            log.assign_leader_epoch(image.leader_epoch)
        log.producers.verifies_transactions = self._config.transaction_partition_verification_enable
        partition = Partition(
            log,
            topic.topic_id,
            image.leader_epoch,
            policy,
            sync=self._log_sync.want,
            is_synced_first=self._config.syncs_before_answering,
        )
        self._partitions.add(partition)

    def _configure(self, topic: TopicImage) -> None:
        config = self._topic_config(topic.name)
        settings, policy = self._log_config(config), validation_policy(config, self._config)
        for partition in self._hosted(topic):
            log = partition.log
            log.update_config(settings)
            log.producers.verifies_transactions = self._config.transaction_partition_verification_enable
            partition.policy = policy

    def _hosted(self, topic: TopicImage) -> Iterator[Partition]:
        for image in topic.partitions:
            partition = self._partitions.get(None, topic.topic_id, image.index)
            if partition is not None:
                yield partition

    def _topic_config(self, name: str) -> TopicConfig:
        return TopicConfig.resolve(self._image.config_of(ResourceType.TOPIC, name), self._config)

    def _log_config(self, config: TopicConfig) -> LogConfig:
        return log_config(config, self._config)

    def _log_config_of(self, topic: str) -> LogConfig:
        return self._log_config(self._topic_config(topic))
