"""What the metadata log is kept in, and who hears of what was committed to it: the broker implements both."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from kafkapy.cluster.image import ResourceType, TopicImage


class MetadataLog(Protocol):
    """The log of `__cluster_metadata-0`, and the files beside it."""

    @property
    def end_offset(self) -> int:
        """The offset that the next record gets."""
        ...

    def append(self, batch: bytearray) -> None:
        """Append one whole batch whose base offset is `end_offset`; its leader epoch and checksum are set.

        It is kept as safely as the broker promises when this returns. Raises
        KafkaError(KAFKA_STORAGE_ERROR), and nothing has happened.
        """

    def read(self, offset: int) -> Iterator[bytes | bytearray | memoryview]:
        """Buffers of whole batches in order, from the batch that holds `offset` up to the end."""
        ...

    def newest_snapshot(self) -> tuple[str, bytes] | None:
        """File name and content of the `*.checkpoint` with the highest offset; not `bootstrap.checkpoint`."""
        ...

    def write_snapshot(self, file_name: str, content: bytes) -> None:
        """Keep a snapshot: under another name first, synced, then renamed.

        The file name begins with its end offset, `%020d`. Records below it, and older snapshots, may then go.
        """

    def read_quorum_state(self) -> bytes | None:
        """The file `quorum-state`, if there is one."""
        ...

    def write_quorum_state(self, content: bytes) -> None:
        """Replace `quorum-state`, safely: nothing may be appended before it is on disk."""

    def read_bootstrap(self) -> bytes | None:
        """The file `bootstrap.checkpoint` beside the log's directory, if there is one."""
        ...

    def write_bootstrap(self, content: bytes) -> None:
        """Write `bootstrap.checkpoint`."""


class MetadataListener(Protocol):
    """Hears of changes after the image has them and before the command that made them is answered."""

    def topic_created(self, topic: TopicImage) -> None:
        """With all its partitions and configs."""

    def partitions_created(self, topic: TopicImage, first_new_index: int) -> None:
        """An existing topic has more partitions."""

    def topic_deleted(self, topic: TopicImage) -> None:
        """`topic` is what it was; the image no longer has it."""

    def leaders_changed(self, topic: TopicImage, indexes: Sequence[int]) -> None:
        """These partitions have another leader, or the old one in a new leader epoch."""

    def config_changed(self, resource_type: ResourceType, name: str) -> None:
        """Once per resource and commit; not for the configs that a new topic begins with."""
