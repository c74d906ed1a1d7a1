"""`kafkapy dump-log` prints files, and stops quietly when nobody reads on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kafkapy.cli.dump_log import FOR_INTEGERS, FOR_LONGS
from kafkapy.cli.main import main
from kafkapy.records.builder import NewRecord, build_batch
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
    for words in ([], ["--deep-iteration"], ["--print-data-log"]):
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


def test_files_may_be_named_as_kafkas_tool_wants_it(
    partition: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{partition}/{0:020d}"
    assert main(["dump-log", "--cluster-metadata-decoder", "--files", f"{name}.log,{name}.index"]) == 0
    shown = capsys.readouterr().out
    assert f"Dumping {name}.log\n" in shown
    assert f"Dumping {name}.index\n" in shown
    assert 'payload: {"type":"REGISTER_BROKER_RECORD","version":' in shown


def test_a_call_without_files_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dump-log", "--json"])
    assert ended.value.code == 2
    assert "which files?" in capsys.readouterr().err


def test_json_is_one_object_per_line(partition: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dump-log", "--json", "--cluster-metadata-decoder", str(partition)]) == 0
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"file", "batch", "record", "line"} <= {each["kind"] for each in objects}
    (feature,) = (
        each["payload"]["data"]
        for each in objects
        if each["kind"] == "record"
        and each.get("payload", {}).get("type") == "FEATURE_LEVEL_RECORD"
        and each["payload"]["data"]["name"] == "metadata.version"
    )
    assert feature["featureLevel"] > 0


def test_numbers_may_be_shown_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / f"{0:020d}.log"
    log.write_bytes(build_batch([NewRecord(b"\0\0\0\7", b"\xff" * 8, 1)]))
    classes = ("--key-decoder-class", FOR_INTEGERS, "--value-decoder-class", FOR_LONGS)
    assert main(["dump-log", str(log), *classes]) == 0
    assert capsys.readouterr().out.endswith(" key: 7 payload: -1\n")


def test_what_is_wrong_with_a_file_is_told_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"{0:020d}.snapshot").write_bytes(b"\0\1")
    assert main(["dump-log", str(tmp_path)]) == 1
    assert ".snapshot: a producer snapshot of 2 bytes" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_error(partition: Path) -> None:
    words = [sys.executable, "-m", "kafkapy", "dump-log", *[str(partition)] * 200]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as dump:
        assert dump.stdout is not None
        assert dump.stderr is not None
        dump.stdout.readline()
        dump.stdout.close()
        assert dump.stderr.read() == ""
    assert dump.returncode == 0
