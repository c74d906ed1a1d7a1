"""Several log directories: Apache Kafka's own tools move replicas of kafkapy, and each broker goes on with
what the other has moved.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from compat.differential.connection import Connection
from kafkapy.protocol.messages.alter_replica_log_dirs import (
    AlterReplicaLogDir,
    AlterReplicaLogDirsRequest,
    AlterReplicaLogDirTopic,
)
from kafkapy.storage.check import check
from kafkapy.storage.os_files import OsFiles
from tests.harness.broker_process import BrokerProcess

pytestmark = pytest.mark.timeout(300)


def placed(apache_kafka: Any, bootstrap: str) -> dict[str, list[str]]:
    """The topic's partitions in each directory, by the directory's last name."""
    shown = apache_kafka.run("log-dirs", "--bootstrap-server", bootstrap, "--describe")
    (line,) = (line for line in shown.splitlines() if line.startswith("{"))
    (broker,) = json.loads(line)["brokers"]
    assert not any(each["error"] for each in broker["logDirs"])
    return {
        Path(each["logDir"]).name: sorted(
            partition["partition"]
            for partition in each["partitions"]
            if partition["partition"].startswith("t-") and not partition["isFuture"]
        )
        for each in broker["logDirs"]
    }


def move(apache_kafka: Any, bootstrap: str, plan: Path, where: dict[int, Path], *options: str) -> None:
    """Until kafka-reassign-partitions says that it is done."""
    partitions = [
        {"topic": "t", "partition": index, "replicas": [1], "log_dirs": [str(path)]}
        for index, path in where.items()
    ]
    plan.write_text(json.dumps({"version": 1, "partitions": partitions}))
    words = ("--bootstrap-server", bootstrap, "--reassignment-json-file", plan)
    shown = apache_kafka.run("reassign-partitions", *words, "--execute", *options)
    assert shown.count("Successfully started moving log directory") == len(where), shown
    shown = ""
    for _ in range(20):
        shown = apache_kafka.run("reassign-partitions", *words, "--verify")
        if shown.count("completed successfully.") == len(where):
            return
    raise AssertionError(shown)


def produce(apache_kafka: Any, bootstrap: str, count: int) -> None:
    amount = ["--topic", "t", "--num-records", str(count), "--record-size", "1000", "--throughput", "-1"]
    properties = ["--producer-props", f"bootstrap.servers={bootstrap}"]
    apache_kafka.run("producer-perf", *amount, *properties)


def count(apache_kafka: Any, bootstrap: str) -> int:
    shown = apache_kafka.run("get-offsets", "--bootstrap-server", bootstrap, "--topic", "t", "--time", "-1")
    return sum(int(line.rpartition(":")[2]) for line in shown.split())


def consumed(apache_kafka: Any, bootstrap: str) -> int:
    server = ["--bootstrap-server", bootstrap, "--topic", "t"]
    report = apache_kafka.run("consumer-perf", *server, "--num-records", "1000000", "--timeout", "3000")
    return int(report.splitlines()[-1].split(", ")[4])


def test_tools_move_replicas_and_both_brokers_go_on_with_it(apache_kafka: Any, tmp_path: Path) -> None:
    directories = [tmp_path / name for name in ("a", "b")]
    paths = f"{directories[0]},{directories[1]}"
    with BrokerProcess(tmp_path / "unused", arguments=["--data-dir", paths]) as broker:
        options = ("--create", "--topic", "t", "--partitions", "4", "--config", "segment.bytes=1048576")
        apache_kafka.run("topics", "--bootstrap-server", broker.bootstrap, *options)
        assert placed(apache_kafka, broker.bootstrap) == {"a": ["t-0", "t-2"], "b": ["t-1", "t-3"]}
        produce(apache_kafka, broker.bootstrap, 20_000)
        where = {0: directories[1], 1: directories[0], 2: directories[1]}
        throttle = ("--replica-alter-log-dirs-throttle", "50000000")
        move(apache_kafka, broker.bootstrap, tmp_path / "plan.json", where, *throttle)
        after = {"a": ["t-1"], "b": ["t-0", "t-2", "t-3"]}
        assert placed(apache_kafka, broker.bootstrap) == after
        assert count(apache_kafka, broker.bootstrap) == 20_000
        assert consumed(apache_kafka, broker.bootstrap) == 20_000
    assert [problem for each in directories for problem in check(OsFiles(), each.as_posix())] == []
    for each in directories:
        assert re.search("directory.id=", (each / "meta.properties").read_text())
    (tmp_path / "kafka" / "data").mkdir(parents=True)
    shutil.copy(directories[0] / "meta.properties", tmp_path / "kafka" / "data")  # nothing is to be formatted
    apache_kafka.start(tmp_path / "kafka", f"log.dirs={paths}")
    try:
        assert placed(apache_kafka, apache_kafka.bootstrap) == after
        assert consumed(apache_kafka, apache_kafka.bootstrap) == 20_000
        move(apache_kafka, apache_kafka.bootstrap, tmp_path / "plan.json", {0: directories[0]})
        produce(apache_kafka, apache_kafka.bootstrap, 1000)
    finally:
        apache_kafka.stop(tmp_path / "kafka")
    assert "ERROR" not in (tmp_path / "kafka" / "server.log").read_text()
    with BrokerProcess(tmp_path / "unused", arguments=["--data-dir", paths]) as broker:
        assert placed(apache_kafka, broker.bootstrap) == {"a": ["t-0", "t-1"], "b": ["t-2", "t-3"]}
        assert consumed(apache_kafka, broker.bootstrap) == 21_000


def unthrottle(apache_kafka: Any, bootstrap: str) -> None:
    entity = ("--alter", "--entity-type", "brokers", "--entity-name", "1")
    rate = "replica.alter.log.dirs.io.max.bytes.per.second"
    apache_kafka.run("configs", "--bootstrap-server", bootstrap, *entity, "--delete-config", rate)


def begin_to_move(apache_kafka: Any, bootstrap: str, plan: Path, path: Path) -> None:
    """So slowly that it does not end."""
    partitions = [{"topic": "t", "partition": 0, "replicas": [1], "log_dirs": [str(path)]}]
    plan.write_text(json.dumps({"version": 1, "partitions": partitions}))
    words = ("--bootstrap-server", bootstrap, "--reassignment-json-file", plan, "--execute")
    apache_kafka.run("reassign-partitions", *words, "--replica-alter-log-dirs-throttle", "300000")
    assert list(path.glob("t-0.*-future"))


def until_placed(apache_kafka: Any, bootstrap: str, expected: dict[str, list[str]]) -> None:
    for _ in range(20):
        if placed(apache_kafka, bootstrap) == expected:
            return
    raise AssertionError(placed(apache_kafka, bootstrap))


@pytest.mark.parametrize("cleanly", [True, False], ids=["after a clean stop", "after a crash"])
def test_a_move_that_one_broker_has_begun_is_ended_by_the_other(
    apache_kafka: Any, tmp_path: Path, cleanly: bool
) -> None:
    directories = [tmp_path / name for name in ("a", "b")]
    paths = f"{directories[0]},{directories[1]}"
    with BrokerProcess(tmp_path / "unused", arguments=["--data-dir", paths]) as broker:
        options = ("--create", "--topic", "t", "--config", "segment.bytes=1048576")
        apache_kafka.run("topics", "--bootstrap-server", broker.bootstrap, *options)
        produce(apache_kafka, broker.bootstrap, 20_000)
        begin_to_move(apache_kafka, broker.bootstrap, tmp_path / "plan.json", directories[1])
        broker.stop() if cleanly else broker.kill()
    (tmp_path / "kafka" / "data").mkdir(parents=True)
    shutil.copy(directories[0] / "meta.properties", tmp_path / "kafka" / "data")
    apache_kafka.start(tmp_path / "kafka", f"log.dirs={paths}")
    try:
        bootstrap = apache_kafka.bootstrap
        unthrottle(apache_kafka, bootstrap)
        until_placed(apache_kafka, bootstrap, {"a": [], "b": ["t-0"]})
        assert consumed(apache_kafka, bootstrap) == 20_000
        begin_to_move(apache_kafka, bootstrap, tmp_path / "plan.json", directories[0])
    finally:
        apache_kafka.stop(tmp_path / "kafka")
    with BrokerProcess(tmp_path / "unused", arguments=["--data-dir", paths]) as broker:
        unthrottle(apache_kafka, broker.bootstrap)
        until_placed(apache_kafka, broker.bootstrap, {"a": ["t-0"], "b": []})
        assert consumed(apache_kafka, broker.bootstrap) == 20_000
    assert [problem for each in directories for problem in check(OsFiles(), each.as_posix())] == []


REFUSED = [("t", 0, "/nowhere"), ("t", 7, ""), ("unknown", 0, ""), ("x" * 230, 0, ""), ("t", 0, "")]


def answers(bootstrap: str, here: str) -> list[int]:
    found = []
    with Connection(bootstrap) as connection:
        for topic, index, path in REFUSED:
            wanted = AlterReplicaLogDirTopic(name=topic, partitions=[index])
            request = AlterReplicaLogDirsRequest(
                dirs=[AlterReplicaLogDir(path=path or here, topics=[wanted])]
            )
            (result,) = connection.ask(request, 2).results
            (partition,) = result.partitions
            found.append(partition.error_code)
    return found


def test_what_cannot_be_moved_is_refused_alike(apache_kafka: Any, tmp_path: Path) -> None:
    apache_kafka.start(tmp_path)
    try:
        apache_kafka.topics("--create", "--topic", "t")
        theirs = answers(apache_kafka.bootstrap, f"{tmp_path}/data")
    finally:
        apache_kafka.stop(tmp_path)
    with BrokerProcess(tmp_path / "data") as broker:
        assert answers(broker.bootstrap, f"{tmp_path}/data") == theirs
