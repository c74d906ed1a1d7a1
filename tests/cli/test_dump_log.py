"""`kafkapy dump-log` prints files, and stops quietly when nobody reads on."""

import subprocess
import sys
from pathlib import Path

import pytest

from kafkapy.cli.main import main
from tests.harness.broker_process import BrokerProcess


@pytest.fixture(scope="module")
def partition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a partition that a broker has left behind."""
    data_dir = tmp_path_factory.mktemp("dump") / "data"
    with BrokerProcess(data_dir):
        pass
    return data_dir / "__cluster_metadata-0"


def test_a_file_is_shown_batch_by_batch(partition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = partition / "00000000000000000000.log"
    assert main(["dump-log", str(log)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Dumping {log.as_posix()}"
    assert lines[2].startswith("baseOffset: 0 lastOffset: 0 count: 1 ")
    assert all(" isvalid: true" in line for line in lines[2:])


def test_records_are_shown_on_request(partition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = str(partition / "00000000000000000000.log")
    shown = []
    for words in ([], ["--deep"], ["--print-data"]):
        assert main(["dump-log", log, *words]) == 0
        shown.append(capsys.readouterr().out)
    plain, deep, with_data = shown
    assert "| offset: 0 " not in plain
    assert "| offset: 0 " in deep
    assert "payload: " not in deep
    assert "payload: " in with_data


def test_a_directory_stands_for_all_files_in_it(partition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dump-log", str(partition)]) == 0
    shown = capsys.readouterr().out
    for name in ("00000000000000000000.log", "00000000000000000000.timeindex"):
        assert f"Dumping {(partition / name).as_posix()}\n" in shown


def test_a_file_that_is_not_there_is_a_wrong_call(
    partition: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dump-log", str(partition / "no-such.log")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no-such.log: no such file or directory" in shown.err
    assert shown.err.count("\n") == 1


def test_a_reader_that_has_seen_enough_is_no_error(partition: Path) -> None:
    words = [sys.executable, "-m", "kafkapy", "dump-log", *[str(partition)] * 200]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as dump:
        assert dump.stdout is not None
        assert dump.stderr is not None
        dump.stdout.readline()
        dump.stdout.close()
        assert dump.stderr.read() == ""
    assert dump.returncode == 0
