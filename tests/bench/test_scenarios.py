"""Every scenario runs against kafkapy and against the floor, with next to nothing to do."""

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import frames, run
from bench.brokers import BROKERS
from bench.load import Broker, Connection
from bench.scenarios import SCENARIOS, Effort, create, memory
from bench.start import running, started

TINY = Effort(
    seconds=0.01,
    warm_up_seconds=0.01,
    latencies=8,
    fetch_bytes=4 << 20,
    partitions=3,
    connections=5,
    produce_bytes=4 << 20,
)
ALWAYS_HERE = ("kafkapy", "floor")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads /proc")


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others write at the same time is no business of these tests."""
    monkeypatch.setattr(os, "sync", lambda: None)


@pytest.fixture(scope="module", params=ALWAYS_HERE)
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    directory: Path = tmp_path_factory.mktemp(request.param)
    with running(directory / "data", serve=BROKERS[request.param]()) as broker:
        yield broker


@on_linux
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_gives_numbers(broker: Broker, name: str) -> None:
    numbers = SCENARIOS[name](broker, TINY)
    assert numbers
    for number in numbers:
        assert math.isfinite(number.value), number
        if (
            number.unit != "kB" and "CPU" not in number.name
        ):  # memory may shrink, ticks of a processor are coarse
            assert number.value > 0, number


@on_linux
def test_memory_is_resident_and_in_part_anonymous(broker: Broker) -> None:
    resident, anonymous = memory("memory", broker)
    assert 1 < anonymous.value < resident.value


def test_what_was_produced_is_fetched_with_its_offsets(broker: Broker) -> None:
    batch = frames.record_batch(100, 3)
    with Connection(broker) as connection:
        topic_id = create(connection, frames.unique_name("test"), 2)
        for _ in range(2):
            assert frames.produce_error(connection.ask(frames.produce(topic_id, 1, batch))) == 0
        answer = connection.ask(frames.fetch(topic_id, 1, 0))
        assert frames.fetched(answer) == (0, 6, 2 * len(batch.content))
        fetched = bytes(answer)
        empty = frames.fetched(connection.ask(frames.fetch(topic_id, 0, 0, max_wait_ms=1)))
    after_epoch = batch.content[16:]
    second = fetched.index(after_epoch, fetched.index(after_epoch) + 1) - 16
    assert int.from_bytes(fetched[second : second + 8]) == 3
    assert empty == (0, 0, 0)


def test_a_batch_with_a_wrong_checksum_is_refused(broker: Broker) -> None:
    batch = frames.record_batch(100, 3)
    damaged = batch._replace(content=batch.content[:-1] + bytes([batch.content[-1] ^ 1]))
    with Connection(broker) as connection:
        topic_id = create(connection, frames.unique_name("test"), 1)
        assert frames.produce_error(connection.ask(frames.produce(topic_id, 0, damaged))) == 2


def test_a_start_is_timed(tmp_path: Path) -> None:
    with (
        started(tmp_path / "data", BROKERS["floor"]()) as (broker, numbers),
        Connection(broker) as connection,
    ):
        assert frames.brokers_in(connection.ask(frames.metadata())) == 1
    assert all(number.value > 0 for number in numbers)


def test_a_scenario_that_a_broker_does_not_stand_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_broker: Broker, _effort: Effort) -> list[run.Number]:
        raise RuntimeError("a record was refused: error 87")

    nobody = Broker("127.0.0.1", 0, None)
    monkeypatch.setitem(SCENARIOS, "produce-1k", refused)
    assert run.measure(nobody, TINY, ["idle", "produce-1k", "idle"]) == []
    assert (
        "produce-1k is not measured: RuntimeError: a record was refused: error 87" in capsys.readouterr().err
    )
