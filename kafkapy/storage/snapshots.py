"""The `.snapshot` files of a partition: what its producers had done up to the offset in the name (exclusive).

What is in them is the business of the producer state; here they are found, read, written and removed.
"""

from collections.abc import Iterable

from kafkapy.storage.files import FileSystem, replace_file
from kafkapy.storage.names import SNAPSHOT, file_name, offset_of


class Snapshots:
    """The snapshot files of one partition directory, by offset."""

    __slots__ = ("_files", "_offsets", "_path")

    def __init__(self, files: FileSystem, path: str, names: Iterable[str]) -> None:
        """`names` are those of all files in the directory."""
        self._files = files
        self._path = path
        found = (offset_of(name) for name in names if name.endswith(SNAPSHOT))
        self._offsets = sorted(offset for offset in found if offset is not None)

    @property
    def offsets(self) -> list[int]:
        """Rising."""
        return list(self._offsets)

    def path_of(self, offset: int) -> str:
        return f"{self._path}/{file_name(offset, SNAPSHOT)}"

    def read(self, offset: int) -> bytes:
        return self._files.read(self.path_of(offset))

    def write(self, offset: int, content: bytes) -> str:
        """Atomic, but not synced; gives the path."""
        path = self.path_of(offset)
        replace_file(self._files, path, content, sync=False)
        if offset not in self._offsets:
            self._offsets.append(offset)
            self._offsets.sort()
        return path

    def remove(self, offset: int) -> None:
        """Nothing happens if there is none."""
        if offset in self._offsets:
            self._offsets.remove(offset)
            self._files.remove(self.path_of(offset))

    def remove_outside(self, first: int, last: int) -> None:
        """Remove those at or below `first` (its state is that of an empty log) and those above `last`."""
        for offset in self.offsets:
            if not first < offset <= last:
                self.remove(offset)

    def remove_strays(self, segment_bases: list[int], recovery_point: int) -> None:
        """Remove those that belong to no segment; the newest may stay if it is above all segments (a clean
        stop's), and so may that from which the next recovery would start.
        """
        kept = set(segment_bases)
        if self._offsets and (not segment_bases or self._offsets[-1] > segment_bases[-1]):
            kept.add(self._offsets[-1])
        kept.update([offset for offset in self._offsets if offset <= recovery_point][-1:])
        for offset in self.offsets:
            if offset not in kept:
                self.remove(offset)
