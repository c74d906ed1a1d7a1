"""The `__cluster_metadata-0` partition as the cluster's
metadata log: appends, replay, and the files beside it.
"""

import asyncio
from collections.abc import Callable, Iterator

from kafkapy.clock import Clock
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import iterate_headers, read_header
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.files import FileSystem, replace_file
from kafkapy.storage.log import Log
from kafkapy.storage.log_start import LogStartOffsetIncrementReason

READ_BYTES = 1 << 20
SNAPSHOT_SUFFIX = ".checkpoint"
BOOTSTRAP = "bootstrap.checkpoint"
QUORUM_STATE = "quorum-state"


class StoredMetadataLog:
    """Implements `kafkapy.cluster.metadata.MetadataLog` over a partition log in `log_directory`."""

    def __init__(
        self,
        log: Log,
        files: FileSystem,
        log_directory: str,
        clock: Clock,
        *,
        max_retention_bytes: int,
        sync: Callable[[Log], object] = lambda _: None,
        is_synced_first: bool = False,
    ) -> None:
        """`max_retention_bytes`: what log and snapshots may use together; -1 for no limit. `sync` has the log
        brought to disk, after which `synced` is to be called. `is_synced_first`: everybody waits for that.
        """
        self.unsettled: asyncio.Future[KafkaError | None] | None = None
        """There while something is not on disk that has to be before anybody hears of it."""
        self._log = log
        self._sync = sync
        self._is_synced_first = is_synced_first
        self._files = files
        self._log_directory = log_directory
        self._clock = clock
        self._max_retention_bytes = max_retention_bytes

    @property
    def end_offset(self) -> int:
        return self._log.log_end_offset

    def append(self, batch: bytearray) -> None:
        header = read_header(batch)
        self._log.append(
            batch,
            (header,),
            leader_epoch=header.partition_leader_epoch,
            origin=AppendOrigin.RAFT_LEADER,
            now_ms=header.max_timestamp,
        )
        self._log.high_watermark_advanced(self._log.log_end_offset)
        self._sync(self._log)
        if self._is_synced_first and self.unsettled is None:
            self.unsettled = asyncio.get_running_loop().create_future()

    def is_on_disk(self, end_offset: int) -> bool:
        """Whether everything below `end_offset` is."""
        return self._log.synced_offset >= end_offset

    def settle(self) -> None:
        """Everything that was appended is on disk when this returns, if anybody may count on that."""
        if self.unsettled is not None:
            self._log.flush()
            self.synced()

    def synced(self) -> None:
        """The log has brought more to disk, or will never do so again."""
        unsettled = self.unsettled
        if unsettled is None or (
            not self._log.is_offline and self._log.synced_offset < self._log.log_end_offset
        ):
            return
        self.unsettled = None
        unsettled.set_result(KafkaError(ErrorCode.KAFKA_STORAGE_ERROR) if self._log.is_offline else None)

    async def settled(self) -> None:
        """Wait until everything that was appended is on disk. KafkaError: it never will be."""
        while self.unsettled is not None:
            refusal = await asyncio.shield(self.unsettled)
            if refusal is not None:
                raise refusal

    def read(self, offset: int) -> Iterator[bytes | memoryview]:
        end_offset = self._log.log_end_offset
        while offset < end_offset:
            records = self._log.read(
                offset, max_bytes=READ_BYTES, up_to=end_offset, at_least_one_batch=True
            ).records
            if not records:
                return
            yield records
            offset = _end_of(records)

    def newest_snapshot(self) -> tuple[str, bytes] | None:
        names = self._snapshots()
        return (names[-1], self._files.read(f"{self._log.path}/{names[-1]}")) if names else None

    def write_snapshot(self, name: str, content: bytes) -> None:
        self._log.flush()  # no snapshot may be ahead of the log
        replace_file(self._files, f"{self._log.path}/{name}", content)
        self._forget_what_is_too_old()

    def read_quorum_state(self) -> bytes | None:
        return self._read_if_there(f"{self._log.path}/{QUORUM_STATE}")

    def write_quorum_state(self, content: bytes) -> None:
        replace_file(self._files, f"{self._log.path}/{QUORUM_STATE}", content)

    def read_bootstrap(self) -> bytes | None:
        return self._read_if_there(f"{self._log_directory}/{BOOTSTRAP}")

    def write_bootstrap(self, content: bytes) -> None:
        replace_file(self._files, f"{self._log_directory}/{BOOTSTRAP}", content)

    def _snapshots(self) -> list[str]:
        """Their names, oldest first."""
        return [name for name in self._files.list(self._log.path) if name.endswith(SNAPSHOT_SUFFIX)]

    def _forget_what_is_too_old(self) -> None:
        """While there is too much: remove the oldest snapshot, and the log below the next one."""
        names = self._snapshots()
        sizes = [self._files.size(f"{self._log.path}/{name}") for name in names]
        while 0 <= self._max_retention_bytes < self._log.size_bytes + sum(sizes) and len(names) > 1:
            self._files.remove(f"{self._log.path}/{names.pop(0)}")
            del sizes[0]
            start = int(names[0].partition("-")[0])
            self._log.delete_records_before(start, LogStartOffsetIncrementReason.SNAPSHOT_GENERATED)
            self._log.delete_old_segments(self._log.log_end_offset, self._clock.now_ms())

    def _read_if_there(self, path: str) -> bytes | None:
        return self._files.read(path) if self._files.exists(path) else None


def _end_of(records: bytes | memoryview) -> int:
    """The offset after the last batch."""
    end = -1
    for _, header in iterate_headers(records):
        end = header.next_offset
    return end
