"""Apache Kafka starts on a directory that was damaged and that `kafkapy check --repair` has made sound."""

import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import Lived

from kafkapy.cli.main import main
from kafkapy.storage.check import check
from kafkapy.storage.os_files import OsFiles

pytestmark = pytest.mark.timeout(300)

KEPT = {"meta.properties", ".lock", ".kafka_cleanshutdown"}


def damage(content: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return chance.choice((content[:at], content[:at] + b"?" + content[at + 1 :], b"", chance.randbytes(70)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_apache_kafka_starts_on_what_was_repaired(
    apache_kafka: Any, kafkas_life: Lived, tmp_path: Path, seed: int
) -> None:
    data = tmp_path / "data"
    shutil.copytree(kafkas_life.directory / "data", data)
    chance = Random(seed)
    files = [
        path
        for path in sorted(data.rglob("*"))
        if path.is_file()
        and path.name not in KEPT
        and not path.parent.name.startswith(("__cluster_metadata", "deleted"))
        and not path.name.endswith(".deleted")
    ]
    for path in chance.sample(files, 25):
        path.write_bytes(damage(path.read_bytes(), chance))
    assert check(OsFiles(), data.as_posix())
    assert main(["check", "--repair", str(data)]) == 0
    apache_kafka.start(tmp_path)
    try:
        server = ("--bootstrap-server", apache_kafka.bootstrap)
        ends = apache_kafka.run("get-offsets", *server, "--topic", "plain", "--time", "-1").split()
        assert len(ends) == 3
        shown = apache_kafka.run("consumer-perf", *server, "--topic", "plain", *ENOUGH)
        assert int(shown.splitlines()[-1].split(", ")[4]) > 0
    finally:
        apache_kafka.stop(tmp_path)
    assert "ERROR" not in (tmp_path / "server.log").read_text()
    assert check(OsFiles(), data.as_posix()) == []


ENOUGH = ("--num-records", "100000", "--timeout", "3000")
