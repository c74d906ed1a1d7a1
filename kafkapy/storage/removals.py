"""Files and directories that no log needs any more, waiting for `file.delete.delay.ms` to pass."""

from collections.abc import Callable, Sequence

from kafkapy.storage.files import FileSystem


class Removals:
    """What is to be removed, and when."""

    def __init__(self, files: FileSystem) -> None:
        self._files = files
        self._waiting: list[tuple[int, str]] = []

    def add(self, paths: Sequence[str], due_ms: int) -> None:
        self._waiting.extend((due_ms, path) for path in paths)

    @property
    def next_ms(self) -> int | None:
        """When the first of them is due, None if there are none."""
        return min((due_ms for due_ms, _ in self._waiting), default=None)

    def job(self, now_ms: int) -> Callable[[], None] | None:
        """What removes all that is due by now, in any thread; None if nothing is."""
        due = [path for due_ms, path in self._waiting if due_ms <= now_ms]
        if not due:
            return None
        self._waiting = [waiting for waiting in self._waiting if waiting[0] > now_ms]
        files = self._files

        def run() -> None:
            for path in due:
                if files.is_directory(path):
                    files.remove_tree(path)
                else:
                    files.remove(path)

        return run
