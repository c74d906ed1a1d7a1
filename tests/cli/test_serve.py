"""How the settings of `kafkapy serve` come together."""

import argparse
import gc
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kafkapy.cli.serve import YOUNG_OBJECTS, Refused, add_arguments, collect_seldom, gather_settings
from kafkapy.config.broker import BrokerConfig
from kafkapy.config.listeners import SecurityProtocol, broker_listeners


def properties(*words: str, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return gather_settings(parser.parse_args(words), environment or {}).properties


def listeners(*words: str) -> list[tuple[str, str, int]]:
    found = broker_listeners(BrokerConfig.load(properties(*words)))
    assert all(listener.protocol is SecurityProtocol.PLAINTEXT for listener in found)
    return [(name, host, port) for name, host, port, _ in found]


def test_by_default_a_broker_is_found_where_clients_look_for_it() -> None:
    assert listeners() == [("PLAINTEXT", "127.0.0.1", 9092)]


def test_by_default_data_is_kept_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert properties()["log.dirs"] == (tmp_path / "kafkapy-data").as_posix()


def test_the_data_directory_can_be_chosen(tmp_path: Path) -> None:
    assert properties("--data-dir", str(tmp_path))["log.dirs"] == tmp_path.as_posix()


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["127.0.0.1:0"], [("PLAINTEXT", "127.0.0.1", 0)]),
        ([":9092"], [("PLAINTEXT", "", 9092)]),
        (["[::1]:9092"], [("PLAINTEXT", "::1", 9092)]),
        (
            ["127.0.0.1:9092", "OUTSIDE://0.0.0.0:9094", "10.0.0.1:9096"],
            [
                ("PLAINTEXT", "127.0.0.1", 9092),
                ("OUTSIDE", "0.0.0.0", 9094),
                ("PLAINTEXT_3", "10.0.0.1", 9096),
            ],
        ),
    ],
)
def test_a_broker_listens_where_it_is_told_to(
    addresses: list[str], expected: list[tuple[str, str, int]]
) -> None:
    words = [word for address in addresses for word in ("--listen", address)]
    assert listeners(*words) == expected


@pytest.mark.parametrize(
    "address", ["9092", "localhost", "::1:9092", "localhost:http", "", "127.0.0.1:65536"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Refused, match=r"--listen .*: an address is HOST:PORT"):
        properties("--listen", address)


@pytest.mark.parametrize("setting", ["num.partitions", "=4", ""])
def test_a_setting_that_is_none_is_refused(setting: str) -> None:
    with pytest.raises(Refused, match="a setting is KEY=VALUE"):
        properties("--set", setting)


def test_a_setting_may_contain_an_equals_sign() -> None:
    assert properties("--set", "super.users=User:CN=admin")["super.users"] == "User:CN=admin"


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "server.properties"
    file.write_text("num.partitions=1\nlog.segment.bytes=1000000\nlog.retention.ms=5000\n")
    environment = {"KAFKA_NUM_PARTITIONS": "2", "KAFKA_LOG_SEGMENT_BYTES": "2000000"}
    words = ("--config", str(file), "--set", "num.partitions=3")
    found = properties(*words, environment=environment)
    assert found["num.partitions"] == "3"
    assert found["log.segment.bytes"] == "2000000"
    assert found["log.retention.ms"] == "5000"


def test_listeners_and_directories_of_a_file_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "server.properties"
    file.write_text("listeners=PLAINTEXT://:19092\nlog.dirs=/var/lib/kafka\n")
    found = properties("--config", str(file))
    assert found["listeners"] == "PLAINTEXT://:19092"
    assert found["log.dirs"] == "/var/lib/kafka"


def test_the_options_win_over_listeners_and_directories_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "server.properties"
    file.write_text("listeners=PLAINTEXT://:19092\nlog.dirs=/var/lib/kafka\n")
    found = properties("--config", str(file), "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "data"))
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:0"
    assert found["log.dirs"] == (tmp_path / "data").as_posix()


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "server.properties"
    file.write_text("key=\\u12\n")
    with pytest.raises(Refused, match=r"server\.properties: Malformed"):
        properties("--config", str(file))


@pytest.fixture
def own_collector() -> Iterator[None]:
    """The collector of this process is as before afterwards."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.mark.usefixtures("own_collector")
def test_a_large_answer_does_not_call_the_garbage_collector() -> None:
    gc.disable()
    collect_seldom()
    gc.collect()
    before = gc.get_stats()[0]["collections"]
    answers = [[] for _ in range(YOUNG_OBJECTS // 2)]
    assert gc.isenabled()
    assert gc.get_stats()[0]["collections"] == before
    assert len(answers) == YOUNG_OBJECTS // 2
