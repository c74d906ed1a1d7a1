"""The power fails at any moment of a busy broker's life: what it promised is there when it starts again.

With `kafkapy.durability=fsync` that is everything it acknowledged and everything it let readers see. With
`os` a start always succeeds, and what is served was sent, is whole and is in order.
"""

import asyncio
from random import Random

import pytest

from kafkapy.storage.memory_files import PowerCut
from tests.faults.power.actors import Actors
from tests.faults.power.ledger import Ledger
from tests.faults.power.machine import Machine
from tests.faults.power.verdict import violations
from tests.faults.seeds import Seeds

LIVES = 3
LONGEST_LIFE_CALLS = 700
LONGEST_START_CALLS = 60
MOST_STEPS = 4000
SETTINGS = {
    "num_partitions": 2,
    "offsets_topic_num_partitions": 2,
    "transaction_state_log_num_partitions": 2,
    "log_roll_ms": 1500,
    "log_segment_delete_delay_ms": 500,
    "log_initial_task_delay_ms": 200,
    "log_retention_check_interval_ms": 700,
    "log_flush_offset_checkpoint_interval_ms": 900,
    "log_flush_start_offset_checkpoint_interval_ms": 900,
    "log_cleaner_backoff_ms": 400,
    "log_cleaner_min_cleanable_ratio": 0.1,
    "group_initial_rebalance_delay_ms": 0,
    "metadata_log_max_record_bytes_between_snapshots": 2500,
    "metadata_max_retention_bytes": 10_000,
}


async def live(seed: int, durability: str) -> None:
    """Some lives, each of which ends with a power failure, and the verdict after each."""
    chance = Random(seed)
    machine = Machine(chance, kafkapy_durability=durability, **SETTINGS)
    ledger = Ledger()
    await machine.boot()
    for life in range(LIVES):
        actors = Actors(machine, ledger, Random(chance.random()))
        machine.cut_in(chance.randrange(1, LONGEST_LIFE_CALLS))
        machine.threads.is_held = True
        steps = 0
        while not machine.is_down and steps < MOST_STEPS:
            actors.release_one()
            await machine.step()
            steps += 1
        actors.check()
        await machine.lose_power()
        ledger.was_cut = durability == "os"
        await boot_at_last(machine, chance)
        found = await violations(machine.broker, ledger, is_durable=durability == "fsync")
        assert not found, f"after power failure {life + 1}:\n" + "\n".join(found[:10])
    found = await machine.stop()
    assert not found, "\n".join(found[:10])


async def boot_at_last(machine: Machine, chance: Random) -> None:
    """The power may fail again while the broker starts."""
    while chance.random() < 0.3:
        machine.cut_in(chance.randrange(1, LONGEST_START_CALLS))
        try:
            await machine.boot()
        except PowerCut:
            await machine.lose_power()
        else:
            machine.files.cut_at = None
            return
    await machine.boot()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("durability", ["os", "fsync"])
def test_what_was_promised_survives_power_failures(seeds: Seeds, durability: str) -> None:
    for seed in seeds(short=10, long=400):
        asyncio.run(live(seed, durability))
