"""The `.lock` file: one broker per log directory, whether it is kafkapy or Apache Kafka.

Java locks with POSIX record locks, which do not exclude a second broker of the same process and which are
given up when any descriptor of the file is closed. Linux's open file description locks have neither fault and
conflict with Java's.
"""

import os
import struct
import sys

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class OsDirectoryLock:
    """Holds the file at `path` exclusively until `release`.
    Raises BlockingIOError if somebody else holds it.
    """

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            raise BlockingIOError(error.errno, "somebody else holds the lock", path) from error

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    elif sys.platform == "linux":
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
