"""`kafkapy check` says what is wrong with a data directory, and nothing when nothing is."""

import shutil
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


def test_damage_is_repaired_and_each_step_is_told_before(
    left_by_a_broker: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(left_by_a_broker, data_dir)
    log = data_dir / "__cluster_metadata-0" / "00000000000000000000.log"
    content = bytearray(log.read_bytes())
    content[-1] ^= 0xFF
    log.write_bytes(content)
    (data_dir / "replication-offset-checkpoint").write_bytes(b"?")
    assert main(["check", str(data_dir)]) == 1
    assert log.read_bytes() == content, "nothing is changed unless asked for"
    capsys.readouterr()
    assert main(["check", "--repair", str(data_dir)]) == 0
    problems, cut, *rest = capsys.readouterr().out.split("repair: ")
    assert "has a wrong checksum" in problems
    assert cut.startswith(f"{log.as_posix()}: cut at position {log.stat().st_size}: ")
    assert "topics that were created there are not known any more" in cut
    assert any("replication-offset-checkpoint: remove, " in step for step in rest)
    assert main(["check", "--repair", str(data_dir)]) == 0
    assert capsys.readouterr() == ("", "")
    with BrokerProcess(data_dir):
        pass
    assert main(["check", str(data_dir)]) == 0


def test_what_cannot_be_repaired_is_left_and_told(
    left_by_a_broker: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(left_by_a_broker, data_dir)
    (data_dir / "meta.properties").unlink()
    assert main(["check", "--repair", str(data_dir)]) == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == f"left: {data_dir.as_posix()}/meta.properties: is missing"
    assert shown.err == "kafkapy check: 1 found\n"


def test_a_directory_in_use_is_not_repaired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with BrokerProcess(tmp_path / "data"):
        for path in (tmp_path / "data", tmp_path / "data" / "__cluster_metadata-0"):
            assert main(["check", "--repair", str(path)]) == 2
            assert "is in use: stop the broker first" in capsys.readouterr().err


def test_a_directory_that_is_not_there_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path / "nothing")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("kafkapy check: ")
    assert "nothing" in shown.err
