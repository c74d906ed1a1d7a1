"""Directories of Apache Kafka that are not just one broker's topics: what kafkapy carries over without using
it, and what it refuses to start on, leaving every byte as it was.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kafkapy.storage.meta_properties import parse_properties
from tests.harness.broker_process import BrokerProcess

pytestmark = pytest.mark.timeout(300)

AUTHORIZED = (
    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users=User:ANONYMOUS",
)


def whole(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() if path.is_file() else b"/"
        for path in sorted(directory.rglob("*"))
    }


def refusal(data: Path, *settings: str) -> str:
    """What kafkapy says instead of starting; nothing may have changed."""
    before = whole(data)
    options = [word for setting in settings for word in ("--set", setting)]
    words = [sys.executable, "-m", "kafkapy", "serve", "--listen", "127.0.0.1:0", "--data-dir", str(data)]
    done = subprocess.run([*words, *options], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert whole(data) == before
    return done.stderr


def described(apache_kafka: Any) -> list[str]:
    """All that is not topics and groups."""
    server = ("--bootstrap-server", apache_kafka.bootstrap)
    shown = [apache_kafka.run("acls", *server, "--list")]
    shown += [
        apache_kafka.run("configs", *server, "--describe", "--entity-type", kind)
        for kind in ("users", "client-metrics", "groups")
    ]
    return shown


def test_what_kafkapy_has_no_use_for_is_carried_over(apache_kafka: Any, tmp_path: Path) -> None:
    """Access rules, credentials, quotas, client metrics, settings of groups."""
    apache_kafka.start(tmp_path, *AUTHORIZED)
    server = ("--bootstrap-server", apache_kafka.bootstrap)
    try:
        apache_kafka.topics("--create", "--topic", "t")
        rule = ("--allow-principal", "User:alice", "--operation", "Read", "--topic", "t")
        apache_kafka.run("acls", *server, "--add", *rule)
        for kind, name, config in (
            ("users", "alice", "SCRAM-SHA-256=[iterations=4096,password=secret]"),
            ("users", "alice", "producer_byte_rate=1000"),
            ("client-metrics", "m", "interval.ms=100,metrics=a"),
            ("groups", "g", "consumer.session.timeout.ms=50000"),
        ):
            entity = ("--alter", "--entity-type", kind, "--entity-name", name)
            apache_kafka.run("configs", *server, *entity, "--add-config", config)
        before = described(apache_kafka)
    finally:
        apache_kafka.stop(tmp_path)
    assert "User:alice" in before[0]
    settings = ("metadata.log.max.record.bytes.between.snapshots=1000",)
    with BrokerProcess(tmp_path / "data", *settings):
        pass
    metadata = tmp_path / "data" / "__cluster_metadata-0"
    assert list(metadata.glob("0*.checkpoint")), "they must survive in a snapshot too"
    apache_kafka.start(tmp_path, *AUTHORIZED)
    try:
        assert described(apache_kafka) == before
    finally:
        apache_kafka.stop(tmp_path)


def test_quotas_and_credentials_of_kafkapy_are_apache_kafkas(apache_kafka: Any, tmp_path: Path) -> None:
    """Apache Kafka reads and changes them, and kafkapy goes on with what it has made of them."""
    alice = ("--entity-type", "users", "--entity-name", "alice")
    address = ("--entity-type", "ips", "--entity-name", "127.0.0.1")
    everybody = ("--entity-type", "users", "--entity-default")

    def alter(bootstrap: str, *words: str) -> None:
        apache_kafka.run("configs", "--bootstrap-server", bootstrap, "--alter", *words)

    def described(bootstrap: str) -> list[str]:
        server = ("--bootstrap-server", bootstrap)
        kinds = ("users", "ips")
        return [apache_kafka.run("configs", *server, "--describe", "--entity-type", kind) for kind in kinds]

    with BrokerProcess(tmp_path / "data") as broker:
        alter(broker.bootstrap, *alice, "--add-config", "producer_byte_rate=1024")
        alter(broker.bootstrap, *alice, "--add-config", "SCRAM-SHA-256=[iterations=8192,password=secret]")
        alter(broker.bootstrap, *address, "--add-config", "connection_creation_rate=10")
        ours = described(broker.bootstrap)
    assert "producer_byte_rate=1024" in ours[0]
    assert "SCRAM-SHA-256=iterations=8192" in ours[0]
    segment = min((tmp_path / "data" / "__cluster_metadata-0").glob("*.log"))
    dump = apache_kafka.run("dump-log", "--cluster-metadata-decoder", "--files", segment)
    assert '"key":"producer_byte_rate","value":1024.0,"remove":false' in dump
    assert '"type":"USER_SCRAM_CREDENTIAL_RECORD"' in dump
    apache_kafka.start(tmp_path)
    try:
        assert described(apache_kafka.bootstrap) == ours
        alter(apache_kafka.bootstrap, *everybody, "--add-config", "request_percentage=50.5")
        alter(apache_kafka.bootstrap, *alice, "--delete-config", "SCRAM-SHA-256")
        theirs = described(apache_kafka.bootstrap)
    finally:
        apache_kafka.stop(tmp_path)
    assert "request_percentage=50.5" in theirs[0]
    with BrokerProcess(tmp_path / "data") as broker:
        assert described(broker.bootstrap) == theirs


@pytest.mark.parametrize(
    "format_options",
    [
        "--release-version 3.7",
        "--release-version 3.3",
        "--standalone",
    ],
)
def test_clusters_of_other_shapes_are_carried_on(
    apache_kafka: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_options: str
) -> None:
    """Older metadata versions, and a quorum whose voter is in its log."""
    monkeypatch.setenv("KAFKA_FORMAT_ARGS", format_options)
    settings = []
    if format_options == "--standalone":
        controller = int(apache_kafka.bootstrap.rpartition(":")[2]) + 10_000
        settings = [
            "controller.quorum.voters=",
            f"controller.quorum.bootstrap.servers=127.0.0.1:{controller}",
        ]
    apache_kafka.start(tmp_path, *settings)
    try:
        apache_kafka.topics("--create", "--topic", "theirs", "--partitions", "3")
    finally:
        apache_kafka.stop(tmp_path)
    for _ in range(2):
        with BrokerProcess(tmp_path / "data") as broker:
            apache_kafka.run(
                "topics",
                "--bootstrap-server",
                broker.bootstrap,
                "--create",
                "--if-not-exists",
                "--topic",
                "ours",
            )
    apache_kafka.start(tmp_path, *settings)
    try:
        assert sorted(apache_kafka.topics("--list").split()) == ["ours", "theirs"]
    finally:
        apache_kafka.stop(tmp_path)
    assert "ERROR" not in (tmp_path / "server.log").read_text()


def test_a_directory_of_before_kafka_3_7_gets_an_id(apache_kafka: Any, tmp_path: Path) -> None:
    with BrokerProcess(tmp_path / "data"):
        pass
    properties = tmp_path / "data" / "meta.properties"
    lines = [line for line in properties.read_text().splitlines() if not line.startswith("directory.id")]
    properties.write_text("\n".join(lines) + "\n")
    with BrokerProcess(tmp_path / "data"):
        pass
    directory_id = parse_properties(properties.read_bytes()).directory_id
    assert directory_id != bytes(16)
    apache_kafka.start(tmp_path)
    apache_kafka.stop(tmp_path)
    assert parse_properties(properties.read_bytes()).directory_id == directory_id


@pytest.fixture(scope="module")
def cluster_of_two(apache_kafka: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A combined node and a broker, with a topic that has replicas on both: their data directories."""
    first, second = tmp_path_factory.mktemp("node-1"), tmp_path_factory.mktemp("node-2")
    port = int(apache_kafka.bootstrap.rpartition(":")[2])
    apache_kafka.start(first)
    try:
        identity = parse_properties((first / "data" / "meta.properties").read_bytes())
        (second / "data").mkdir()
        (second / "data" / "meta.properties").write_text(
            f"version=1\nnode.id=2\ncluster.id={identity.cluster_id}\n"
        )
        address = f"PLAINTEXT://127.0.0.1:{port + 1}"
        apache_kafka.run(
            "start",
            second,
            str(port + 1),
            *("process.roles=broker", "node.id=2", f"listeners={address}", f"advertised.listeners={address}"),
            f"controller.quorum.voters=1@127.0.0.1:{port + 10_000}",
        )
        try:
            apache_kafka.topics("--create", "--topic", "t", "--replication-factor", "2")
        finally:
            apache_kafka.stop(second)
    finally:
        apache_kafka.stop(first)
    return {"combined": first / "data", "broker": second / "data"}


def test_the_directories_of_a_cluster_of_several_brokers_are_refused(
    cluster_of_two: dict[str, Path], tmp_path: Path
) -> None:
    for name in cluster_of_two:
        shutil.copytree(cluster_of_two[name], tmp_path / name)
    assert "partition t-0 has a replica on broker 2" in refusal(tmp_path / "combined")
    assert "Stored node id 2 doesn't match previous node id 1" in refusal(tmp_path / "broker")
    text = refusal(tmp_path / "broker", "node.id=2", "controller.quorum.voters=2@127.0.0.1:1")
    assert "a quorum whose voters are 1. This broker is node 2" in text
