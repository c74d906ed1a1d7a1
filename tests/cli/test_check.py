"""`kafkapy check` says what is wrong with a data directory, and nothing when nothing is."""

from pathlib import Path

import pytest

from kafkapy.cli.main import main
from tests.harness.broker_process import BrokerProcess


@pytest.fixture(scope="module")
def left_by_a_broker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("check") / "data"
    with BrokerProcess(data_dir):
        pass
    return data_dir


def test_what_a_broker_left_behind_is_well(
    left_by_a_broker: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(left_by_a_broker)]) == 0
    assert main(["check", str(left_by_a_broker / "__cluster_metadata-0")]) == 0
    assert capsys.readouterr() == ("", "")


def test_damage_is_listed_file_by_file(
    left_by_a_broker: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "__cluster_metadata-0" / "00000000000000000000.log"
    log.parent.mkdir()
    content = bytearray((left_by_a_broker / "__cluster_metadata-0" / log.name).read_bytes())
    content[100] ^= 0xFF
    log.write_bytes(content)
    assert main(["check", str(log.parent)]) == 1
    shown = capsys.readouterr()
    assert log.name in shown.out
    assert shown.err == f"kafkapy check: {shown.out.count(chr(10))} found\n"


def test_a_directory_that_is_not_there_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path / "nothing")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("kafkapy check: ")
    assert "nothing" in shown.err
