"""Somebody sets the wall clock, by hours or by years, forward or back: timers go on, and nothing is lost."""

import asyncio
from random import Random

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.list_groups import ListGroupsRequest
from kafkapy.records.builder import NewRecord, build_batch
from tests.conftest import StartBroker
from tests.faults.power.actors import Actors
from tests.faults.power.ledger import Ledger
from tests.faults.power.machine import Machine
from tests.faults.power.test_power_loss import SETTINGS
from tests.faults.power.verdict import violations
from tests.faults.seeds import Seeds
from tests.handlers.group_requests import heartbeat_request, settle, start_coordinator

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
YEAR_MS = 365 * DAY_MS
STEPS = 1200
LONGEST_MS = 2**31 - 1
PATIENT = {
    "log_retention_ms": -1,
    "offsets_retention_minutes": LONGEST_MS,
    "producer_id_expiration_ms": LONGEST_MS,
    "transactional_id_expiration_ms": LONGEST_MS,
    "transaction_max_timeout_ms": LONGEST_MS,
}
"""What is meant to end by the wall clock would."""


async def live(seed: int) -> None:
    """The clock jumps while everybody works, and once more while the broker is down."""
    chance = Random(seed)
    machine = Machine(chance, **{**SETTINGS, **PATIENT})
    await machine.boot()
    ledger = Ledger()
    actors = Actors(machine, ledger, Random(chance.random()), LONGEST_MS)
    machine.threads.is_held = True
    jumped_ms = 0
    for _ in range(STEPS):
        actors.release_one()
        await machine.step()
        if chance.random() < 0.02:
            target_ms = chance.randint(-10 * DAY_MS, 10 * DAY_MS)
            machine.clock.jump(target_ms - jumped_ms)
            jumped_ms = target_ms
    actors.check()
    machine.threads.run_all()
    actors.end()
    assert await machine.stop() == []
    machine.clock.jump(chance.randint(-DAY_MS, DAY_MS))
    await machine.boot()
    found = await violations(machine.broker, ledger, is_durable=True)
    assert not found, "\n".join(found[:10])
    assert await machine.stop() == []


@pytest.mark.timeout(600)
def test_a_busy_broker_does_not_mind(seeds: Seeds) -> None:
    for seed in seeds(short=4, long=150):
        asyncio.run(live(seed))


@pytest.mark.parametrize("jump_ms", [HOUR_MS, -HOUR_MS, 10 * YEAR_MS, -10 * YEAR_MS])
async def test_a_member_stays_as_long_as_its_heartbeats_come(start_broker: StartBroker, jump_ms: int) -> None:
    broker = await start_coordinator(start_broker)
    member_id = await settle(broker)
    for _ in range(5):
        await broker.advance(6_000)
        broker.clock.jump(jump_ms)
        beat = await broker.send(heartbeat_request(member_id), 3)
        assert beat.error_code == ErrorCode.NONE
    await broker.advance(20_000)
    listed = await broker.send(ListGroupsRequest(), 4)
    assert [group.group_state for group in listed.groups] == ["Empty"]


@pytest.mark.parametrize("jump_ms", [HOUR_MS, -HOUR_MS, 10 * YEAR_MS, -10 * YEAR_MS])
async def test_chores_go_on(start_broker: StartBroker, jump_ms: int) -> None:
    """Retention by size, which does not ask for the time, still comes by."""
    broker = await start_broker(log_retention_check_interval_ms=1000, log_initial_task_delay_ms=1000)
    configs = [("internal.segment.bytes", "200"), ("retention.bytes", "400"), ("retention.ms", "-1")]
    broker.broker.create_topics([NewTopic("t", 1, 1, configs=configs)])
    partition = broker.broker.partitions.named("t", 0)
    broker.clock.jump(jump_ms)
    for _ in range(10):
        partition.append_own(_batch(broker.clock.now_ms()), broker.clock.now_ms())
    await broker.advance(3_000)
    assert partition.log.log_start_offset > 0
    await broker.restart()
    assert broker.broker.partitions.named("t", 0).high_watermark == 10


def _batch(now_ms: int) -> bytearray:
    return build_batch([NewRecord(None, b"v" * 100, now_ms)])
