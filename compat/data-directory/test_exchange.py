"""Both ways: what clients put into a broker of one kind, they find in the other kind on its directory."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import Lived, go_through_life
from life import GROUPS, TOPICS, Found, found, go_on

from kafkapy.storage.check import check
from kafkapy.storage.os_files import OsFiles
from tests.harness.broker_process import BrokerProcess

pytestmark = pytest.mark.timeout(300)

SETTINGS = ("offsets.topic.num.partitions=4", "transaction.state.log.num.partitions=3")


def problems(directory: Path) -> list[Any]:
    return check(OsFiles(), (directory / "data").as_posix())


def compare(now: Found, before: Found) -> None:
    assert now._replace(records={}, committed={}) == before._replace(records={}, committed={})
    for topic in set(TOPICS) - {"deleted"}:
        assert now.records[topic] == before.records[topic], topic
        assert now.committed[topic] == before.committed[topic], topic


@contextmanager
def running(apache_kafka: Any, directory: Path) -> Iterator[str]:
    apache_kafka.start(directory, *SETTINGS)
    try:
        yield apache_kafka.bootstrap
    finally:
        apache_kafka.stop(directory)


@pytest.fixture(scope="module")
def kafkapys_life(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """What kafkapy leaves of the same life."""
    directory = tmp_path_factory.mktemp("kafkapys-life")
    with BrokerProcess(directory / "data", *SETTINGS, "log.cleaner.backoff.ms=200") as broker:
        go_through_life(broker.bootstrap)
        seen = found(broker.bootstrap)
    return Lived(directory, seen)


def copy_of(lived: Lived, tmp_path: Path) -> Path:
    directory = tmp_path / "copy"
    shutil.copytree(lived.directory / "data", directory / "data")
    return directory


def consumed_by_console(apache_kafka: Any, topic: str, *options: str) -> int:
    """How many records the console consumer prints."""
    server = ("--bootstrap-server", apache_kafka.bootstrap, "--topic", topic, "--from-beginning")
    printed = apache_kafka.run("console-consumer", *server, "--timeout-ms", "4000", *options)
    return len(printed.splitlines())


def test_both_brokers_show_the_same_life(kafkas_life: Lived, kafkapys_life: Lived) -> None:
    theirs, ours = kafkas_life.found, kafkapys_life.found
    assert ours.configs == theirs.configs
    assert {name: count for name, (_, count) in ours.topics.items()} == {
        name: count for name, (_, count) in theirs.topics.items()
    }
    for topic in ("plain", "in-transactions"):
        assert ours.records[topic] == theirs.records[topic]
        assert ours.committed[topic] == theirs.committed[topic]


def test_apache_kafka_has_all_that_kafkapy_had(
    apache_kafka: Any, kafkapys_life: Lived, tmp_path: Path
) -> None:
    directory = copy_of(kafkapys_life, tmp_path)
    with running(apache_kafka, directory) as bootstrap:
        compare(found(bootstrap), kafkapys_life.found)
        plain = len(kafkapys_life.found.records["plain"])
        assert consumed_by_console(apache_kafka, "plain") == plain
        committed = len(kafkapys_life.found.committed["in-transactions"])
        options = ("--isolation-level", "read_committed")
        assert consumed_by_console(apache_kafka, "in-transactions", *options) == committed
        groups = apache_kafka.run("groups", "--bootstrap-server", bootstrap, "--list")
        for group, protocol in GROUPS.items():
            assert any(line.split()[:2] == [group, protocol.capitalize()] for line in groups.splitlines()), (
                groups
            )
        go_on(bootstrap)
        later = found(bootstrap)
    assert "ERROR" not in (directory / "server.log").read_text()
    assert problems(directory) == []
    with BrokerProcess(directory / "data", *SETTINGS) as broker:
        compare(found(broker.bootstrap), later)
    assert problems(directory) == []


@pytest.mark.parametrize("cleanly", [True, False], ids=["after a clean stop", "after a crash"])
def test_kafkapy_has_all_that_apache_kafka_had(
    apache_kafka: Any, kafkas_life: Lived, tmp_path: Path, cleanly: bool
) -> None:
    directory = copy_of(kafkas_life, tmp_path)
    assert problems(directory) == []
    if not cleanly:
        (directory / "data" / ".kafka_cleanshutdown").unlink()
        (directory / "data" / "recovery-point-offset-checkpoint").unlink()
    with BrokerProcess(directory / "data", *SETTINGS) as broker:
        compare(found(broker.bootstrap), kafkas_life.found)
        go_on(broker.bootstrap)
        later = found(broker.bootstrap)
        assert not list((directory / "data").glob("deleted-?"))
    assert problems(directory) == []
    with running(apache_kafka, directory) as bootstrap:
        compare(found(bootstrap), later)
        groups = apache_kafka.run("groups", "--bootstrap-server", bootstrap, "--list")
        assert any(line.split()[:2] == ["shared", "Share"] for line in groups.splitlines()), groups
        shared = ("--bootstrap-server", bootstrap, "--describe", "--group", "shared")
        assert " 30 " in apache_kafka.run("share-groups", *shared)
    assert "ERROR" not in (directory / "server.log").read_text()
