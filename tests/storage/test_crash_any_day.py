"""Power failures at some moment of days that chance has made up: the promises of test_crash hold for any
order of things.
"""

from dataclasses import replace
from random import Random

import pytest

from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.memory_files import MemoryFiles, PowerCut
from tests.storage.crash_harness import CONFIG, DELETION, Day, fresh_files, verify

DEEDS = 14
CUTS = 4


class AnyDay(Day):
    """A day of random deeds; the same for the same seed."""

    def __init__(self, files: MemoryFiles, config: LogConfig, seed: int) -> None:
        super().__init__(files, config)
        self.chance = Random(seed)

    def run(self) -> None:
        self.begin()
        deeds = [
            self.write,
            self.write,
            self.write,
            self.abort_or_commit,
            self.flush,
            self.flush,
            self.checkpoint,
        ]
        deeds += [
            self.forget_some,
            self.cut_some,
            self.stop_and_start,
            self.crash_and_start,
            self.roll,
            self.lead,
        ]
        for _ in range(DEEDS):
            self.chance.choice(deeds)()

    def write(self) -> None:
        self.append(self.chance.randint(1, 9))

    def abort_or_commit(self) -> None:
        self.transaction(committed=self.chance.random() < 0.5)

    def checkpoint(self) -> None:
        self.harness.directories.checkpoint_job()()

    def forget_some(self) -> None:
        log = self.harness.log
        log.delete_records_before(self.chance.randint(log.log_start_offset, log.log_end_offset), DELETION)
        self.remove_old()

    def cut_some(self) -> None:
        log = self.harness.log
        offsets = [offset for offset in self.present if log.log_start_offset <= offset < log.log_end_offset]
        if offsets:
            self.truncate(self.chance.choice(offsets))

    def stop_and_start(self) -> None:
        self.restart(cleanly=True)

    def crash_and_start(self) -> None:
        self.restart(cleanly=False)

    def roll(self) -> None:
        self.harness.log.roll(self.harness.now_ms)

    def lead(self) -> None:
        self.harness.epoch += 1
        self.harness.log.assign_leader_epoch(self.harness.epoch)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_was_promised_survives_a_cut_of_any_day(seed: int) -> None:
    chance = Random(seed)
    config = replace(
        CONFIG,
        segment_bytes=chance.choice([300, 600, 2000]),
        index_interval_bytes=chance.choice([0, 150, 4096]),
        preallocate=chance.random() < 0.2,
    )
    whole = fresh_files()
    AnyDay(whole, config, seed).run()
    for number in range(CUTS):
        files = fresh_files()
        files.cut_at = chance.randint(1, whole.calls)
        day = AnyDay(files, config, seed)
        with pytest.raises(PowerCut):
            day.run()
        if number == 0:
            files.crash()
        elif number == 1:
            files.kill()
        else:
            files.crash(Random(seed * CUTS + number))
        verify(day, f"seed {seed}, cut {number}", knows_producers=False)
