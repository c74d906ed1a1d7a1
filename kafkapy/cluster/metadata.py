"""The metadata log as its only voter keeps it: loads the image, commits changes, takes snapshots.

One process is the whole quorum here: its controller, its broker, its only voter. What it writes is what
Apache Kafka 4.3 in that role writes (docs: KIP-500, KIP-595, KIP-630, KIP-631), so either can go on with
the other's directory.
"""

from collections.abc import Sequence

from kafkapy.cluster import bootstrap, brokers
from kafkapy.cluster.brokers import NodeRegistration
from kafkapy.cluster.change import MAX_RECORDS_PER_CHANGE
from kafkapy.cluster.events import Events
from kafkapy.cluster.features import check_metadata_version
from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.metadata_log import MetadataListener, MetadataLog
from kafkapy.cluster.quorum_state import QuorumState, decode_quorum_state, encode_quorum_state
from kafkapy.cluster.reader import DamagedMetadata, MetadataReader
from kafkapy.cluster.record_types import AbortTransactionRecord, MetadataRecord, encode_record
from kafkapy.cluster.snapshot import SnapshotId, encode_snapshot, parse_snapshot_name
from kafkapy.protocol.codec import encode
from kafkapy.protocol.messages.log_records.leader_change_message import LeaderChangeMessage, Voter
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.control import ControlType, control_batch

MAX_BYTES_BETWEEN_SNAPSHOTS = 20 * 1024 * 1024
"""The default of `metadata.log.max.record.bytes.between.snapshots`."""

MAX_SNAPSHOT_INTERVAL_MS = 3_600_000
"""The default of `metadata.log.max.snapshot.interval.ms`."""

WORTH_A_SNAPSHOT_BYTES = 256 * 1024
"""A log that is so short is replayed in no time."""


class Metadata:
    """`load`, then `start`; from then on `image` is the truth and `commit` the only way to change it."""

    def __init__(
        self,
        log: MetadataLog,
        node: NodeRegistration,
        *,
        max_bytes_between_snapshots: int = MAX_BYTES_BETWEEN_SNAPSHOTS,
        max_snapshot_interval_ms: int = MAX_SNAPSHOT_INTERVAL_MS,
        reader: MetadataReader | None = None,
    ) -> None:
        """A commit takes a snapshot when that many bytes, or a change so old (0: never), are in none.

        `reader` may have read the log before.
        """
        self.node = node
        self.epoch = 0
        self._log = log
        self._reader = MetadataReader(ClusterImage()) if reader is None else reader
        self.image = self._reader.image
        self._listeners: list[MetadataListener] = []
        self._max_bytes_between_snapshots = max_bytes_between_snapshots
        self._max_snapshot_interval_ms = max_snapshot_interval_ms
        self._bytes_since_snapshot = 0
        self._snapshot_bytes = 0
        self._changed_since_ms: int | None = None

    @property
    def node_id(self) -> int:
        return self.node.node_id

    @property
    def broker_epoch(self) -> int:
        """The epoch of this broker's registration; -1 while it has none."""
        broker = self.image.brokers.get(self.node_id)
        return -1 if broker is None else broker.epoch

    @property
    def end_offset(self) -> int:
        """The offset that the next record gets."""
        return self._log.end_offset

    def add_listener(self, listener: MetadataListener) -> None:
        """From now on, tell `listener` of everything that is committed."""
        self._listeners.append(listener)

    def load(self) -> None:
        """Build the image from the newest snapshot and the log behind it. DamagedMetadata."""
        if self.image.offset >= 0:
            if self.image.offset + 1 == self._log.end_offset:
                self._bytes_since_snapshot = self._reader.log_bytes
                return
            self._reader = MetadataReader(ClusterImage())
            self.image = self._reader.image
        snapshot = self._log.newest_snapshot()
        if snapshot is not None:
            file_name, content = snapshot
            snapshot_id = parse_snapshot_name(file_name)
            if snapshot_id is None:
                raise DamagedMetadata(f"{file_name} is no name of a metadata snapshot")
            self._reader.read_snapshot(content)
            self._snapshot_bytes = len(content)
            self.image.offset, self.image.epoch = snapshot_id.end_offset - 1, snapshot_id.epoch
        for batches in self._log.read(self.image.offset + 1):
            self._reader.read_log(batches)
        self._bytes_since_snapshot = self._reader.log_bytes

    def start(
        self,
        now_ms: int,
        *,
        controller_incarnation: bytes,
        broker_incarnation: bytes,
        min_insync_replicas: int = 1,
    ) -> None:
        """Begin a new quorum epoch, and register this node as a broker that serves clients.

        `min_insync_replicas` is what a new cluster gets as its dynamic default. Raises KafkaError if the
        log's `metadata.version` is not supported.
        """
        self._lead(now_ms)
        if self._reader.is_in_transaction:
            self.commit([AbortTransactionRecord(reason="Controller failover")], now_ms)
        if not self.image.metadata_version:
            self._bootstrap(now_ms, min_insync_replicas)
        check_metadata_version(self.image)
        self.commit(brokers.register_controller(self.image, self.node, controller_incarnation), now_ms)
        before = self.image.brokers.get(self.node_id)
        was_clean = before is None or before.fenced
        if before is not None and not was_clean:
            self.commit(brokers.fence(self.image, before), now_ms)
        registration = brokers.register_broker(
            self.image, self.node, broker_incarnation, self.end_offset, was_clean=was_clean
        )
        self.commit(registration, now_ms)
        broker = self.image.brokers[self.node_id]
        self.commit(brokers.no_cordoned_directories(self.image, broker), now_ms)
        self.commit(brokers.unfence(self.image, broker), now_ms)
        self._shorten_next_start(4, now_ms)

    def stop(self, now_ms: int) -> None:
        """A controlled shutdown: partitions of this broker have no leader from now on, and the broker is
        fenced.
        """
        for records in (brokers.begin_shutdown, brokers.fence):
            broker = self.image.brokers.get(self.node_id)
            if broker is not None:
                self.commit(records(self.image, broker), now_ms)
        self._shorten_next_start(1, now_ms)

    def commit(self, records: Sequence[MetadataRecord], now_ms: int) -> None:
        """Append `records`, replay them, tell the listeners; up to 10,000 records all at once or not at all.

        Raises KafkaError(KAFKA_STORAGE_ERROR) if they cannot be appended: nothing has happened then.
        """
        for first in range(0, len(records), MAX_RECORDS_PER_CHANGE):
            self._commit_at_once(records[first : first + MAX_RECORDS_PER_CHANGE], now_ms)
        if self._is_snapshot_due(now_ms):
            self.snapshot(now_ms)

    def snapshot(self, now_ms: int) -> None:
        """Write the image as a snapshot, which from now on stands for the log up to here."""
        if self._reader.is_in_transaction:
            return
        content = encode_snapshot(self.image, last_timestamp_ms=self._reader.last_timestamp_ms, now_ms=now_ms)
        snapshot_id = SnapshotId(self.image.offset + 1, self.image.epoch)
        self._log.write_snapshot(snapshot_id.file_name, content)
        self._snapshot_bytes = len(content)
        self._bytes_since_snapshot = 0
        self._changed_since_ms = None

    def _shorten_next_start(self, times: int, now_ms: int) -> None:
        """Take a snapshot if the log behind the last one is so many times as long: every start and every stop
        changes the leader of each partition, which is what most of the log is about where there are many.
        """
        if self._bytes_since_snapshot >= times * max(self._snapshot_bytes, WORTH_A_SNAPSHOT_BYTES):
            self.snapshot(now_ms)

    def _is_snapshot_due(self, now_ms: int) -> bool:
        if self._changed_since_ms is None:
            return False
        age_ms = now_ms - self._changed_since_ms
        is_old = 0 < self._max_snapshot_interval_ms <= age_ms
        return is_old or self._bytes_since_snapshot >= self._max_bytes_between_snapshots

    def _commit_at_once(self, records: Sequence[MetadataRecord], now_ms: int) -> None:
        events = Events(self.image, records)
        version = self.image.metadata_version
        self._append(
            build_batch(
                [NewRecord(None, encode_record(record, version), now_ms) for record in records],
                base_offset=self._log.end_offset,
                partition_leader_epoch=self.epoch,
            ),
            now_ms,
        )
        for record in records:
            self._reader.apply(record)
        for listener in self._listeners:
            events.tell(self.image, listener)

    def _append(self, batch: bytearray, now_ms: int) -> None:
        self._log.append(batch)
        self.image.offset, self.image.epoch = self._log.end_offset - 1, self.epoch
        self._reader.last_timestamp_ms = now_ms
        self._bytes_since_snapshot += len(batch)
        if self._changed_since_ms is None:
            self._changed_since_ms = now_ms

    def _lead(self, now_ms: int) -> None:
        """Win the election of a quorum of one: a new epoch, remembered before anything is written in it."""
        remembered = self._log.read_quorum_state()
        seen = 0 if remembered is None else decode_quorum_state(remembered).leader_epoch
        self.epoch = max(seen, self.image.epoch) + 1
        self._log.write_quorum_state(
            encode_quorum_state(
                QuorumState(self.node_id, self.epoch), dynamic_voters=self.image.kraft_version > 0
            )
        )
        voter = Voter(voter_id=self.node_id)
        message = LeaderChangeMessage(
            version=0, leader_id=self.node_id, voters=[voter], granting_voters=[voter]
        )
        self._append(
            control_batch(
                ControlType.LEADER_CHANGE,
                encode(message, 0),
                now_ms,
                base_offset=self._log.end_offset,
                leader_epoch=self.epoch,
            ),
            now_ms,
        )

    def _bootstrap(self, now_ms: int, min_insync_replicas: int) -> None:
        checkpoint = self._log.read_bootstrap()
        if checkpoint is None:
            checkpoint = bootstrap.new_bootstrap(now_ms)
            self._log.write_bootstrap(checkpoint)
        self.commit(bootstrap.first_records(checkpoint, min_insync_replicas), now_ms)
