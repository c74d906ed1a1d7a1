"""`kafkapy serve` as a process: how it starts, refuses to start, and ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.harness.broker_process import BrokerProcess


def serve(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run `kafkapy serve` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "kafkapy", "serve", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


def can_connect(bootstrap: str) -> bool:
    host, _, port = bootstrap.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except ConnectionRefusedError:
        return False
    return True


def test_the_ready_line_tells_where_who_and_what(tmp_path: Path) -> None:
    with BrokerProcess(tmp_path / "data") as broker:
        assert re.fullmatch(r"127\.0\.0\.1:\d+", broker.bootstrap)
        assert re.fullmatch(r"[A-Za-z0-9_-]{22}", broker.ready["cluster.id"])
        assert broker.ready["data.dir"] == (tmp_path / "data").as_posix()
        assert broker.ready["pid"] == str(broker.pid)
        assert can_connect(broker.bootstrap)


def test_a_broker_ends_cleanly_and_soon_when_asked_to(tmp_path: Path) -> None:
    broker = BrokerProcess(tmp_path / "data").start()
    bootstrap = broker.bootstrap
    began = time.monotonic()
    assert broker.stop() == 0
    assert time.monotonic() - began < 1
    assert not can_connect(bootstrap)
    assert "Traceback" not in broker.log


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for other processes")
def test_an_interrupt_ends_a_broker_cleanly(tmp_path: Path) -> None:
    with BrokerProcess(tmp_path / "data") as broker:
        broker.process.send_signal(signal.SIGINT)
        assert broker.process.wait(10) == 0
        assert "Traceback" not in broker.log


def test_a_connected_client_does_not_keep_a_broker_from_ending(tmp_path: Path) -> None:
    broker = BrokerProcess(tmp_path / "data").start()
    host, _, port = broker.bootstrap.rpartition(":")
    with socket.create_connection((host, int(port))) as client:
        assert broker.stop() == 0
        client.settimeout(10)
        assert client.recv(1) == b""


def test_a_broker_that_starts_again_is_the_same_cluster(tmp_path: Path) -> None:
    with BrokerProcess(tmp_path / "data") as broker:
        cluster_id = broker.ready["cluster.id"]
        broker.restart()
        assert broker.ready["cluster.id"] == cluster_id
        broker.kill()
        broker.start()
        assert broker.ready["cluster.id"] == cluster_id


def test_a_second_broker_on_a_directory_is_refused(broker_process: BrokerProcess) -> None:
    second = serve("--listen", "127.0.0.1:0", "--data-dir", str(broker_process.data_dir))
    assert second.returncode == 1
    assert second.stdout == ""
    last_line = second.stderr.strip().splitlines()[-1]
    assert str(broker_process.data_dir) in last_line
    assert "Traceback" not in second.stderr


def test_a_taken_port_is_refused_before_the_data_directory_is_touched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = serve("--listen", address, "--data-dir", str(tmp_path / "data"))
    assert refused.returncode == 1
    assert f"kafkapy serve: cannot listen on {address}: " in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_broker_in_memory_leaves_nothing_behind(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "kafkapy", "serve", "--memory", "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    with process:
        assert process.stdout is not None
        assert "data.dir=memory" in process.stdout.readline()
        process.terminate()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--set", "num.partitions=zero"], "num.partitions: Not a number of type INT"),
        (["--set", "num.partitions=0"], r"num.partitions: Value must be at least 1 \(accepted: INT \[1"),
        (["--set", "num.partitions"], "--set num.partitions: a setting is KEY=VALUE"),
        (["--listen", "9092"], "--listen 9092: an address is HOST:PORT"),
        (["--config", "no-such-file"], "no-such-file"),
    ],
)
def test_a_wrong_setting_is_answered_with_one_line_and_exit_code_2(
    words: list[str], complaint: str, tmp_path: Path
) -> None:
    refused = serve(*words, "--data-dir", str(tmp_path / "data"))
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.startswith("kafkapy serve: ")
    assert re.search(complaint, refused.stderr)
    assert refused.stderr.count("\n") == 1


def test_an_unknown_setting_is_only_warned_about(tmp_path: Path) -> None:
    with BrokerProcess(tmp_path / "data", "no.such.key=1") as broker:
        assert "WARNING kafkapy.cli.serve: no.such.key: no such setting, ignored" in broker.log


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no count of the time that children used")
def test_a_broker_starts_in_less_than_half_a_second_of_processor_time(tmp_path: Path) -> None:
    """Processor time, because other work on the machine must not count; the stop is in it, too."""
    compiled_once = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}
    times = []
    for number in range(6):
        before = os.times()
        with BrokerProcess(tmp_path / str(number), environment=compiled_once):
            pass
        after = os.times()
        used = after.children_user - before.children_user + after.children_system - before.children_system
        times.append(used)
    assert min(times) < 0.5
