"""Descriptors that are held back for files.

Connections come from outside, and may take every descriptor that the process can have. The disks must stay
within reach all the same: an error there is taken for one of the disk.
"""

import errno
import os

COUNT = 4


class SpareDescriptors:
    """Shared by the threads of one broker."""

    def __init__(self, count: int = COUNT) -> None:
        self._count = count
        self._held: list[int] = []
        self.refill()

    def refill(self) -> None:
        """Take back what was given, as far as there is room."""
        try:
            while len(self._held) < self._count:
                self._held.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return

    def give_one(self) -> bool:
        """Make room for one; False if none is left to give."""
        try:
            os.close(self._held.pop())
        except IndexError:
            return False
        return True

    def __del__(self) -> None:
        while self.give_one():
            pass


def is_lack_of_descriptors(error: OSError) -> bool:
    """Whether an error says that the process, or the system, has no descriptor left."""
    return error.errno in (errno.EMFILE, errno.ENFILE)
