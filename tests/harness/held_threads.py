"""The broker's threads under a test's control: a disk that is as slow as the test wants it to be."""

from kafkapy.broker.jobs import Work


class HeldThreads:
    """Jobs wait while it `is_held` until they are let go; otherwise they are done at once."""

    def __init__(self) -> None:
        self.is_held = False
        self._waiting: list[Work] = []

    def submit(self, work: Work) -> None:
        self._waiting.append(work)
        if not self.is_held:
            self.let_go()

    def let_go(self) -> None:
        """Do all that there are."""
        for _ in range(len(self._waiting)):
            self.let_one_go(0)

    def run_all(self) -> None:
        """Do all that there are, and from now on every job at once."""
        self.is_held = False
        while self._waiting:
            self.let_go()

    def let_one_go(self, place: int) -> None:
        """Do one out of its turn, counted round and round: threads have no order."""
        if self._waiting:
            self._waiting.pop(place % len(self._waiting))()

    def forget(self) -> None:
        """Nobody waits for them any more: the process has died. What comes is done at once."""
        self._waiting.clear()
        self.is_held = False
