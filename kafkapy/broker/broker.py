"""The broker: builds everything from a configuration, a file system, a clock and a random source, and owns
it.

Start order: log directories (locked), metadata log (replayed, this node registered), partitions (recovered),
coordinators (loaded), chores. Clients are let in only afterwards. Stop order: coordinators (whoever waits is
answered), chores, metadata log (this node says goodbye), log directories (flushed, checkpointed, unlocked).
"""

import asyncio
import logging
import random
import uuid
from collections.abc import Callable, Mapping, Sequence

from kafkapy.broker.admission import admit
from kafkapy.broker.coordinator_log import CoordinatorLog
from kafkapy.broker.fetch_session import FetchSessions
from kafkapy.broker.group_support import ImageTopics, consumer_group_settings, group_settings
from kafkapy.broker.hosting import Hosting
from kafkapy.broker.housekeeping import Housekeeping
from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE, internal_topic
from kafkapy.broker.jobs import Jobs, Threads
from kafkapy.broker.log_moves import LogMoves
from kafkapy.broker.log_sync import LogSync
from kafkapy.broker.metadata_log import StoredMetadataLog
from kafkapy.broker.partition import Partition
from kafkapy.broker.partitions import Partitions
from kafkapy.broker.transactions import TransactionSupport, transaction_settings
from kafkapy.clock import Clock
from kafkapy.cluster.brokers import NodeRegistration
from kafkapy.cluster.directories import assign_directories
from kafkapy.cluster.image import CLUSTER_METADATA_TOPIC, Endpoint, ResourceType, TopicImage
from kafkapy.cluster.metadata import Metadata
from kafkapy.cluster.producer_ids import ProducerIds
from kafkapy.cluster.reader import MetadataReader
from kafkapy.cluster.topics import CreatedTopic, NewTopic, TopicDefaults, create_topics
from kafkapy.config.broker import BrokerConfig
from kafkapy.config.key import ConfigError
from kafkapy.config.topic import TopicConfig
from kafkapy.coordinator.group.coordinator import GroupCoordinator
from kafkapy.coordinator.transaction.coordinator import TransactionCoordinator
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.uuid import METADATA_TOPIC_ID, uuid_text
from kafkapy.records.compression import Compression
from kafkapy.storage.directories import LogDirectories, LogDirectory
from kafkapy.storage.files import FileSystem
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig

logger = logging.getLogger(__name__)


class Broker:
    """One broker and all that it owns. Several may live in one process: nothing is global."""

    log_directories: LogDirectories
    metadata: Metadata
    metadata_log: StoredMetadataLog
    groups: GroupCoordinator
    transactions: TransactionCoordinator
    log_moves: LogMoves

    def __init__(
        self,
        config: BrokerConfig,
        files: FileSystem,
        clock: Clock,
        chance: random.Random,
        threads: Threads,
    ) -> None:
        self.config = config
        self.clock = clock
        self.node_id = config.node_id
        self.partitions = Partitions(self.node_id)
        self.transaction_support = TransactionSupport(self)
        self.fetch_sessions = FetchSessions(config.max_incremental_fetch_session_cache_slots, chance)
        self.on_failed: Callable[[str], object] = lambda _: None
        """Called with the reason when the broker cannot go on, and had better be stopped."""
        self._files = files
        self._chance = chance
        self._jobs = Jobs(threads)

    async def start(self, endpoints: Sequence[Endpoint] = ()) -> None:
        """Be ready to serve. `endpoints` is where clients will find this broker."""
        self._log_sync = LogSync(self._jobs, self._synced)
        stored = admit(self._files, self.config.effective_log_dirs, self.node_id)
        self.log_directories = LogDirectories.open(
            self._files,
            self.config.effective_log_dirs,
            node_id=self.node_id,
            new_directory_id=self.new_uuid,
        )
        self.metadata = self._open_metadata(endpoints, stored)
        self._producer_ids = ProducerIds(self.metadata, self.metadata_log.is_on_disk)
        self._hosting = Hosting(
            self.metadata.image,
            self.config,
            self.log_directories,
            self.partitions,
            self.clock,
            self._chance,
            self._log_sync,
        )
        self._apply_dynamic_config()
        self._hosting.open_all()
        await self._sync_what_must_be()
        self.groups = self._open_groups()
        await self.groups.loaded()
        self._open_transactions()
        await self.transactions.loaded()
        self._housekeeping = Housekeeping(
            self.config, self.log_directories, self.partitions, self.clock, self._jobs, self._log_sync
        )
        self._housekeeping.start()
        self._assign_directories()
        self.log_moves = LogMoves(
            self.config, self.log_directories, self.partitions, self.clock, self._jobs, self
        )
        self.log_moves.resume()
        for directory in self.log_directories.directories:
            directory.on_flush_wanted = self._log_sync.want
            directory.on_offline = self._directory_failed
        self.metadata.add_listener(self)

    async def stop(self) -> None:
        """Leave everything on disk as a clean start expects it."""
        self.transactions.close()
        self.groups.close()
        self.log_moves.stop()
        await self._housekeeping.stop()
        self.log_moves.close()
        try:
            self.metadata.stop(self.clock.now_ms())
        except KafkaError as error:
            logger.error("this node cannot say goodbye to the cluster: %s", error)
        await self._log_sync.finished()
        self.log_directories.close(
            {(partition.topic, partition.index): partition.high_watermark for partition in self.partitions},
            broker_epoch=self.metadata.broker_epoch,
            threads=self.config.num_recovery_threads_per_data_dir,
        )

    @property
    def cluster_id(self) -> str:
        return self.log_directories.cluster_id

    def new_uuid(self) -> bytes:
        """A random (version 4) UUID whose text does not begin with "-", which tools take for an option."""
        while True:
            made = uuid.UUID(bytes=self._chance.randbytes(16), version=4).bytes
            if not uuid_text(made).startswith("-"):
                return made

    def new_producer_id(self) -> int:
        """A producer id that nobody has had before."""
        return self._producer_ids.next_id(self.clock.now_ms())

    # -- topics --------------------------------------------------------------------------------------------

    def create_topics(self, topics: Sequence[NewTopic], *, validate_only: bool = False) -> list[CreatedTopic]:
        """Create what can be created; the outcome of each, in
        order. A topic is ready for use when this returns.
        """
        change = create_topics(
            self.metadata.image,
            topics,
            defaults=TopicDefaults(self.config.num_partitions, self.config.default_replication_factor),
            validate_configs=self.validate_topic_config,
            new_topic_id=self.new_uuid,
        )
        if not validate_only:
            self.metadata.commit(change.records, self.clock.now_ms())
        return change.results

    def internal_topic(self, name: str) -> TopicImage:
        """The internal topic of that name, created when it is missing; its coordinator is ready on return."""
        if name not in self.metadata.image.topics:
            (created,) = self.create_topics([internal_topic(name, self.config)])
            if created.error is not None:
                raise created.error
        return self.metadata.image.topics[name]

    def validate_topic_config(self, _: str, overrides: Mapping[str, str]) -> None:
        """KafkaError(INVALID_CONFIG) unless a topic may have these settings."""
        try:
            TopicConfig.validate(overrides, self.config)
        except ConfigError as error:
            raise KafkaError(ErrorCode.INVALID_CONFIG, str(error)) from None

    # -- what the metadata log tells -----------------------------------------------------------------------

    def topic_created(self, topic: TopicImage) -> None:
        self.partitions_created(topic, 0)

    def partitions_created(self, topic: TopicImage, first_new_index: int) -> None:
        self._hosting.partitions_created(topic, first_new_index)
        if len(self.log_directories.directories) > 1:
            asyncio.get_running_loop().call_soon(self._assign_directories)
        if topic.name == CONSUMER_OFFSETS:
            self._load_groups(topic, first_new_index)
        elif topic.name == TRANSACTION_STATE:
            self._load_transactions(topic, first_new_index)
        self._topics.changed()
        self.groups.topic_changed(topic.name)

    def topic_deleted(self, topic: TopicImage) -> None:
        self.metadata_log.settle()  # or a power failure could bring the topic back without its records
        for partition in list(self.log_moves.moves):
            if partition.topic_id == topic.topic_id:
                self.log_moves.cancel(partition)
        self._hosting.topic_deleted(topic)
        self._housekeeping.schedule_removal()
        for index in range(len(topic.partitions)):
            if topic.name == CONSUMER_OFFSETS:
                self.groups.unload(index)
            elif topic.name == TRANSACTION_STATE:
                self.transactions.unload(index)
        if topic.name != CONSUMER_OFFSETS:
            self.groups.topic_deleted(topic.name)
        self._topics.changed()
        self.groups.topic_changed(topic.name)

    def leaders_changed(self, topic: TopicImage, indexes: Sequence[int]) -> None:
        self._hosting.leaders_changed(topic, indexes)

    def config_changed(self, resource_type: ResourceType, name: str) -> None:
        if resource_type == ResourceType.BROKER:
            self._apply_dynamic_config()
        self._hosting.config_changed(resource_type, name)

    # -- what the disks tell -------------------------------------------------------------------------------

    async def _sync_what_must_be(self) -> None:
        """A block of producer ids; and where nobody is to see what is not on disk, what recovery has found in
        the page cache.
        """
        self._producer_ids.take_block(self.clock.now_ms())
        for partition in self.partitions if self.config.syncs_before_answering else ():
            if partition.log.synced_offset < partition.log.log_end_offset:
                self._log_sync.want(partition.log)
        await self._log_sync.finished()

    def _synced(self, log: Log) -> None:
        if log.topic == CLUSTER_METADATA_TOPIC:
            self.metadata_log.synced()
            return
        partition = self.partitions.get(log.topic, b"", log.partition)
        if partition is not None and partition.log is log:
            partition.synced()

    # -- log directories -----------------------------------------------------------------------------------

    def is_compacting(self, log: Log) -> bool:
        return self._housekeeping.is_compacting(log)

    def log_moved(self, _: Partition) -> None:
        """The log of a partition is in another directory now."""
        self._housekeeping.schedule_removal()
        self._assign_directories()

    def _assign_directories(self) -> None:
        """Tell the cluster in which log directory each partition is, as far as it does not know."""
        placed = (
            (topic, index, directory.directory_id)
            for directory in self.log_directories.directories
            for topic, index in directory.logs
            if topic != CLUSTER_METADATA_TOPIC
        )
        try:
            records = assign_directories(self.metadata.image, self.node_id, placed)
            self.metadata.commit(records, self.clock.now_ms())
        except KafkaError as error:
            logger.error("the cluster is not told of the log directories of partitions: %s", error)

    def _directory_failed(self, failed: LogDirectory) -> None:
        """Whoever waits for a partition of a directory that has failed need not wait any longer. Without the
        metadata log nothing can be promised.
        """
        for partition in self.partitions:
            if partition.log.is_offline:
                partition.wake()
        directories = self.log_directories.directories
        if failed is directories[0]:
            self.on_failed(f"the directory of the metadata log, {failed.path}, is offline")
        elif all(directory.is_offline for directory in directories):
            self.on_failed("all log directories are offline")

    # -- building ------------------------------------------------------------------------------------------

    def _open_metadata(self, endpoints: Sequence[Endpoint], stored: MetadataReader) -> Metadata:
        """`stored` is what the metadata log held before anything was touched."""
        now_ms = self.clock.now_ms()
        directory = self.log_directories.directories[0]
        log = self.log_directories.open_log(
            CLUSTER_METADATA_TOPIC,
            0,
            topic_id=METADATA_TOPIC_ID,
            config=LogConfig(
                segment_bytes=self.config.metadata_log_segment_bytes,
                segment_ms=self.config.metadata_log_segment_ms,
                delete=False,
            ),
            now_ms=now_ms,
        )
        if log.log_end_offset > stored.image.offset + 1:
            # A crash has left what does not follow on, which recovery cannot tell from a gap of compaction.
            log.truncate_to(stored.image.offset + 1, now_ms)
        self.metadata_log = StoredMetadataLog(
            log,
            self._files,
            directory.path,
            self.clock,
            max_retention_bytes=self.config.metadata_max_retention_bytes,
            sync=self._log_sync.want,
            is_synced_first=self.config.syncs_before_answering,
        )
        node = NodeRegistration(
            node_id=self.node_id,
            endpoints=tuple(endpoints),
            controller_endpoints=(),
            rack=self.config.broker_rack,
            log_dirs=tuple(each.directory_id for each in self.log_directories.directories),
        )
        metadata = Metadata(
            self.metadata_log,
            node,
            max_bytes_between_snapshots=self.config.metadata_log_max_record_bytes_between_snapshots,
            max_snapshot_interval_ms=self.config.metadata_log_max_snapshot_interval_ms,
            reader=stored,
        )
        metadata.load()
        metadata.start(
            now_ms,
            controller_incarnation=self.new_uuid(),
            broker_incarnation=self.new_uuid(),
            min_insync_replicas=self.config.min_insync_replicas,
        )
        return metadata

    def _open_groups(self) -> GroupCoordinator:
        config = self.config
        topic = self.metadata.image.topics.get(CONSUMER_OFFSETS)
        self._topics = ImageTopics(self.metadata.image)
        self.groups = GroupCoordinator(
            group_settings(config),
            self.clock,
            partition_count=config.offsets_topic_num_partitions if topic is None else len(topic.partitions),
            new_uuid=lambda: str(uuid.UUID(bytes=self.new_uuid())),
            consumer_settings=consumer_group_settings(config, self.metadata.image),
            topics=self._topics,
        )
        if topic is not None:
            self._load_groups(topic, 0)
        return self.groups

    def _load_groups(self, topic: TopicImage, first_index: int) -> None:
        codec = Compression.of(self.config.offsets_topic_compression_codec)
        for index in range(first_index, len(topic.partitions)):
            partition = self.partitions.get(topic.name, b"", index)
            if partition is not None:
                self.groups.load(index, CoordinatorLog(partition, codec))

    def _open_transactions(self) -> None:
        topic = self.metadata.image.topics.get(TRANSACTION_STATE)
        count = self.config.transaction_state_log_num_partitions if topic is None else len(topic.partitions)
        self.transactions = TransactionCoordinator(
            transaction_settings(self.config), self.clock, self.transaction_support, partition_count=count
        )
        if topic is not None:
            self._load_transactions(topic, 0)

    def _load_transactions(self, topic: TopicImage, first_index: int) -> None:
        for index in range(first_index, len(topic.partitions)):
            partition = self.partitions.get(topic.name, b"", index)
            if partition is not None:
                log = CoordinatorLog(partition, Compression.NONE, base_sequence=-1)
                self.transactions.load(index, log)

    def _apply_dynamic_config(self) -> None:
        configs = self.metadata.image.config_of
        cluster_wide = configs(ResourceType.BROKER, "")
        try:
            change = self.config.apply_dynamic(cluster_wide, configs(ResourceType.BROKER, str(self.node_id)))
        except ConfigError as error:
            logger.error("the dynamic configuration contradicts itself and is not applied: %s", error)
            return
        for problem in change.problems:
            logger.warning("a dynamic setting is not applied: %s", problem)
