"""Apache Kafka's command-line tools, run step by step against both brokers: they must say the same of both.

Lines are compared in sorted order and without what has to differ: addresses, directories, ids, times.
"""

import json
import re
import shlex
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import confluent_kafka
import pytest
from kafka.protocol.metadata.api_versions import ApiVersionsRequest, ApiVersionsResponse

from compat.apache_kafka import NoApacheKafka, serve_command
from compat.differential.conftest import SETTINGS
from compat.java.tools import Said, Tools
from tests.clients.raw import RawConnection
from tests.harness.broker_process import BrokerProcess

Brokers = tuple[BrokerProcess, BrokerProcess]

READ = "console-consumer --from-beginning --timeout-ms 15000 --max-messages 10 --topic"
NOW_MS = int(time.time() * 1000)  # the same for both brokers, and too young to be deleted
RESET = "consumer-groups --reset-offsets"
OF_TOPIC = "configs --entity-type topics"
OF_GROUP = "configs --entity-type groups --entity-name configs-g"
OF_ALICE = "configs --alter --entity-type users --entity-name alice"
SCRIPTS = {
    "topics": """
        topics --create --topic topics-a --partitions 3
        topics --create --topic topics-a
        topics --create --topic topics-a --if-not-exists
        topics --create --topic topics.a.b --config retention.ms=1000 --config cleanup.policy=compact
        topics --create --topic topics_a_b
        topics --create --topic topics-assigned --replica-assignment 1,1
        topics --create --topic topics-assigned-wrongly --replica-assignment 9
        topics --create --topic 'topics bad'
        topics --create --topic topics-rf --replication-factor 2
        topics --create --topic topics-none --partitions 0
        topics --create --topic topics-config --config no.such.key=1
        topics --create --topic topics-config --config retention.ms=soon
        topics --create --topic topics-config --config min.insync.replicas=0
        topics --list --exclude-internal
        topics --describe --topic topics-a
        topics --describe --topic topics.a.b
        topics --describe --topic topics-missing
        topics --describe --topic topics-missing --if-exists
        topics --describe --topics-with-overrides --topic topics.a.b
        topics --describe --under-replicated-partitions
        topics --describe --unavailable-partitions
        topics --alter --topic topics-a --partitions 5
        topics --alter --topic topics-a --partitions 2
        topics --alter --topic topics-missing --partitions 2
        topics --describe --topic topics-a
        topics --delete --topic topics-a
        topics --delete --topic topics-a
        topics --delete --topic topics-missing --if-exists
        topics --list --exclude-internal
    """,
    "topic configs": f"""
        topics --create --topic configs-a
        {OF_TOPIC} --alter --entity-name configs-a --add-config retention.ms=5,segment.bytes=2000000
        {OF_TOPIC} --describe --entity-name configs-a
        {OF_TOPIC} --alter --entity-name configs-a --add-config cleanup.policy=[compact,delete]
        {OF_TOPIC} --alter --entity-name configs-a --delete-config retention.ms
        {OF_TOPIC} --alter --entity-name configs-a --delete-config retention.ms
        {OF_TOPIC} --alter --entity-name configs-a --add-config no.such.key=1
        {OF_TOPIC} --alter --entity-name configs-a --add-config retention.ms=soon
        {OF_TOPIC} --alter --entity-name configs-a --add-config compression.type=best
        {OF_TOPIC} --describe --entity-name configs-a
        {OF_TOPIC} --describe --entity-name configs-a --all
        {OF_TOPIC} --describe --entity-name configs-missing
        {OF_TOPIC} --alter --entity-name configs-missing --add-config retention.ms=1
    """,
    "broker and group configs": f"""
        configs --alter --entity-type brokers --entity-name 1 --add-config log.cleaner.threads=2
        configs --alter --entity-type brokers --entity-default --add-config log.retention.ms=123456
        configs --alter --entity-type brokers --entity-name 1 --add-config node.id=2
        configs --alter --entity-type brokers --entity-name 1 --add-config log.cleaner.threads=-1
        configs --describe --entity-type brokers --entity-name 1
        configs --describe --entity-type brokers --entity-default
        configs --alter --entity-type brokers --entity-default --delete-config log.retention.ms
        configs --alter --entity-type brokers --entity-name 1 --delete-config log.cleaner.threads
        configs --describe --entity-type brokers --entity-name 1
        {OF_GROUP} --alter --add-config consumer.session.timeout.ms=50000
        {OF_GROUP} --alter --add-config consumer.session.timeout.ms=1
        {OF_GROUP} --alter --add-config no.such.key=1
        {OF_GROUP} --describe
    """,
    "groups": f"""
        topics --create --topic groups-a --partitions 2
        write-ten-records groups-a
        {READ} groups-a --group groups-g
        consumer-groups --list
        consumer-groups --list --state
        consumer-groups --list --type
        consumer-groups --describe --group groups-g
        consumer-groups --describe --group groups-g --members
        consumer-groups --describe --group groups-g --state
        consumer-groups --describe --group groups-missing
        {RESET} --group groups-g --topic groups-a --to-earliest --dry-run
        {RESET} --group groups-g --topic groups-a --shift-by -2 --execute
        consumer-groups --describe --group groups-g
        {RESET} --group groups-g --topic groups-a:1 --to-offset 1 --execute
        {RESET} --group groups-g --topic groups-a --to-datetime 2020-01-01T00:00:00.000 --execute
        {RESET} --group groups-g --topic groups-a --by-duration PT1H --execute
        {RESET} --group groups-g --all-topics --to-latest --execute --export
        {RESET} --group groups-new --topic groups-a --to-earliest --execute
        {RESET} --group groups-g --topic groups-missing --to-earliest --execute
        consumer-groups --delete-offsets --group groups-g --topic groups-a:0
        consumer-groups --delete-offsets --group groups-g --topic groups-missing
        consumer-groups --describe --group groups-g
        consumer-groups --delete --group groups-g
        consumer-groups --delete --group groups-g
        consumer-groups --list
        groups --list
    """,
    "groups of the consumer protocol": f"""
        topics --create --topic members-a --partitions 2
        write-ten-records members-a
        {READ} members-a --group members-g --command-property group.protocol=consumer
        consumer-groups --list
        consumer-groups --list --state
        consumer-groups --list --type
        consumer-groups --list --type consumer --state empty
        groups --list
        consumer-groups --describe --group members-g
        consumer-groups --describe --group members-g --verbose
        consumer-groups --describe --group members-g --members
        consumer-groups --describe --group members-g --state
        start-a-member members-a members-g
        consumer-groups --describe --group members-g
        consumer-groups --describe --group members-g --verbose
        consumer-groups --describe --group members-g --members
        consumer-groups --describe --group members-g --members --verbose
        consumer-groups --describe --group members-g --state
        consumer-groups --describe --group members-g --state --verbose
        {RESET} --group members-g --topic members-a --to-earliest --execute
        consumer-groups --delete --group members-g
        stop-the-members
        {RESET} --group members-g --topic members-a --to-earliest --execute
        consumer-groups --delete-offsets --group members-g --topic members-a:0
        consumer-groups --describe --group members-g
        consumer-groups --delete --group members-g
        consumer-groups --list
    """,
    "offsets and records": """
        topics --create --topic offsets-a
        topics --create --topic offsets-b --partitions 2
        topics --create --topic offsets-c --config cleanup.policy=compact
        write-ten-records offsets-a
        get-offsets --topic offsets-a
        get-offsets --topic offsets-a --time earliest
        get-offsets --topic offsets-a --time max-timestamp
        get-offsets --topic offsets-a --time 0
        get-offsets --topic offsets-a --time 99999999999999
        get-offsets --topic offsets-a --time earliest-local
        get-offsets --topic offsets-a --time latest-tiered
        get-offsets --topic-partitions offsets-a:0,offsets-b:0-2
        get-offsets --topic offsets-missing
        delete-records --offset-json-file {dir}/four.json
        get-offsets --topic offsets-a --time earliest
        delete-records --offset-json-file {dir}/beyond.json
        delete-records --offset-json-file {dir}/compacted.json
        console-consumer --topic offsets-a --from-beginning --max-messages 6 --timeout-ms 15000
        log-dirs --describe --topic-list offsets-a,offsets-b
    """,
    "transactions": """
        topics --create --topic transactions-a
        write-a-transaction transactions-a
        transactions list
        transactions describe --transactional-id transactions-a
        transactions describe --transactional-id transactions-missing
        transactions describe-producers --topic transactions-a --partition 0
        transactions find-hanging --broker-id 1
        console-consumer --topic transactions-a --from-beginning --max-messages 1 --timeout-ms 15000
        console-consumer --topic transactions-a --offset 3 --partition 0 --timeout-ms 2000
        get-offsets --topic transactions-a
    """,
    "users, clients and addresses": f"""
        {OF_ALICE} --add-config producer_byte_rate=1024,consumer_byte_rate=2048
        {OF_ALICE} --add-config SCRAM-SHA-256=[iterations=8192,password=alice-secret]
        {OF_ALICE} --add-config SCRAM-SHA-512=[iterations=1,password=alice-secret]
        {OF_ALICE} --add-config no_such_quota=1
        {OF_ALICE} --add-config producer_byte_rate=-1
        {OF_ALICE} --add-config producer_byte_rate=1.5
        {OF_ALICE} --entity-type clients --entity-name app --add-config producer_byte_rate=1
        configs --alter --entity-type users --entity-default --add-config request_percentage=50
        configs --alter --entity-type clients --entity-default --add-config controller_mutation_rate=1.5
        configs --alter --entity-type ips --entity-name 127.0.0.1 --add-config connection_creation_rate=10
        configs --alter --entity-type ips --entity-default --add-config connection_creation_rate=20
        configs --alter --entity-type ips --entity-name a:b --add-config connection_creation_rate=20
        configs --describe --entity-type users
        configs --describe --entity-type users --entity-name alice
        configs --describe --entity-type users --entity-type clients
        configs --describe --entity-type clients
        configs --describe --entity-type ips
        configs --describe --user-defaults
        {OF_ALICE} --delete-config SCRAM-SHA-256,consumer_byte_rate
        {OF_ALICE} --delete-config SCRAM-SHA-256
        {OF_ALICE} --delete-config consumer_byte_rate
        configs --describe --entity-type users --entity-name alice
        acls --list
        acls --add --allow-principal User:alice --operation Read --topic a
        acls --remove --force --allow-principal User:alice --operation Read --topic a
    """,
    "cluster": """
        topics --create --topic cluster-a --partitions 2
        leader-election --election-type preferred --topic cluster-a --partition 0
        leader-election --election-type unclean --topic cluster-a --partition 0
        leader-election --election-type preferred --topic cluster-missing --partition 0
        reassign-partitions --generate --broker-list 1 --topics-to-move-json-file {dir}/move.json
        reassign-partitions --execute --reassignment-json-file {dir}/same.json
        reassign-partitions --execute --reassignment-json-file {dir}/nowhere.json
        reassign-partitions --verify --reassignment-json-file {dir}/same.json
        reassign-partitions --list
        metadata-quorum describe --replication
        log-dirs --describe --topic-list cluster-a --broker-list 1
    """,
}
FILES = {
    "four.json": {"partitions": [{"topic": "offsets-a", "partition": 0, "offset": 4}], "version": 1},
    "beyond.json": {"partitions": [{"topic": "offsets-a", "partition": 0, "offset": 40}], "version": 1},
    "compacted.json": {"partitions": [{"topic": "offsets-c", "partition": 0, "offset": 0}], "version": 1},
    "move.json": {"topics": [{"topic": "cluster-a"}], "version": 1},
    "same.json": {"version": 1, "partitions": [{"topic": "cluster-a", "partition": 0, "replicas": [1]}]},
    "nowhere.json": {"version": 1, "partitions": [{"topic": "cluster-a", "partition": 0, "replicas": [7]}]},
}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
DIFFERENT = (
    (re.compile(r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d+\]?"), "TIME"),
    (re.compile(r"\s*\(kafka\.\S+|\s*\(org\.apache\.\S+"), ""),
    (re.compile(UUID), "UUID"),
    (re.compile(r"console-consumer-\d+"), "console-consumer-NUMBER"),
    (re.compile(r"(?<![\w/+-])[\w/+-]{22}(?= +/127)"), "MEMBER"),
    (re.compile(r"(TopicId: )[\w-]{22}"), r"\1ID"),
    (re.compile(r"127\.0\.0\.1:\d+"), "BROKER"),
    (re.compile(r"\b1[678]\d{11}\b"), "MILLISECONDS"),
    (re.compile(r"\s+"), " "),
    (re.compile(r"(A{22}) \d+ 0 MILL"), r"\1 END 0 MILL"),  # the end of the metadata log
    (re.compile(r"(Complete\w+ \d+ MILLISECONDS) \d+"), r"\1 DURATION"),
)
STACK = re.compile(r"^\s+at |^\s*\.\.\. \d+ more|Picked up JAVA")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """kafkapy and Apache Kafka, with the topics and groups of these tests alone: some tools list them all."""
    try:
        command = serve_command()
    except NoApacheKafka as missing:
        pytest.skip(
            f"whether the tools say of kafkapy what they say of Apache Kafka stays unknown: {missing}"
        )
    directory = tmp_path_factory.mktemp("tools")
    with (
        BrokerProcess(directory / "kafkapy", *SETTINGS) as kafkapy,
        BrokerProcess(directory / "reference", *SETTINGS, serve=command) as reference,
    ):
        yield kafkapy, reference


def normalised(said: Said, broker: BrokerProcess) -> list[str]:
    """What was said, line by line in sorted order, without what differs anyway; and the exit code."""
    lines = []
    for line in (said.out + "\n" + said.err).replace(str(broker.data_dir), "DIRECTORY").splitlines():
        if STACK.search(line):
            continue
        for pattern, replacement in DIFFERENT:
            line = pattern.sub(replacement, line)
        if line.strip():
            lines.append(line.strip())
    return [*sorted(lines), f"exit code {said.code}"]


def steps(script: str, directory: Path) -> list[list[str]]:
    return [shlex.split(line.replace("{dir}", str(directory))) for line in script.split("\n") if line.strip()]


def step(broker: BrokerProcess, words: list[str]) -> list[str]:
    """What a tool says of the broker; `write-...` is no tool and says nothing."""
    if words[0] == "write-ten-records":
        return write_ten_records(broker.bootstrap, words[1])
    if words[0] == "write-a-transaction":
        return write_a_transaction(broker.bootstrap, words[1])
    if words[0] == "start-a-member":
        return start_a_member(broker.bootstrap, *words[1:])
    if words[0] == "stop-the-members":
        return stop_the_members(broker.bootstrap)
    return normalised(Tools(broker.bootstrap).run(*words), broker)


def write_ten_records(bootstrap: str, topic: str) -> list[str]:
    """Ten records in one batch."""
    producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap, "linger.ms": 200})
    for n in range(10):
        producer.produce(topic, b"value%d" % n, key=b"key%d" % n, timestamp=NOW_MS + n // 4)
    assert producer.flush(20) == 0
    return []


def write_a_transaction(bootstrap: str, topic: str) -> list[str]:
    """One that is committed and one that is aborted, of one record each; the id is the topic's name."""
    producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap, "transactional.id": topic})
    producer.init_transactions(20)
    for end in (producer.commit_transaction, producer.abort_transaction):
        producer.begin_transaction()
        producer.produce(topic, b"value", timestamp=NOW_MS)
        assert producer.flush(20) == 0
        end(20)
    return []


MEMBERS: dict[str, list[confluent_kafka.Consumer]] = {}
"""Those that are running, by broker."""


def start_a_member(bootstrap: str, topic: str, group: str) -> list[str]:
    """Of the consumer protocol; it has its partitions and reads no more."""
    settings = {"bootstrap.servers": bootstrap, "group.id": group, "group.protocol": "consumer"}
    member = confluent_kafka.Consumer({**settings, "client.id": "member", "client.rack": "east"})
    member.subscribe([topic])
    while not member.assignment():
        member.poll(0.1)
    MEMBERS.setdefault(bootstrap, []).append(member)
    return []


def stop_the_members(bootstrap: str) -> list[str]:
    for member in MEMBERS.pop(bootstrap, []):
        member.close()
    return []


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", SCRIPTS)
def test_tools_say_the_same_of_both_brokers(name: str, pair: Brokers, tmp_path: Path) -> None:
    for file, content in FILES.items():
        (tmp_path / file).write_text(json.dumps(content))
    differences = []
    with ThreadPoolExecutor(2) as pool:
        for words in steps(SCRIPTS[name], tmp_path):
            kafkapy, reference = pool.map(lambda broker, words=words: step(broker, words), pair)
            if kafkapy != reference:
                differences.append(difference(words, kafkapy, reference))
    assert not differences, "\n\n".join(differences)


def difference(words: list[str], kafkapy: list[str], reference: list[str]) -> str:
    """What only one of the two brokers made the tool say."""
    lines = [shlex.join(words)]
    lines += [f"  kafkapy only: {line}" for line in kafkapy if line not in reference]
    lines += [f"  Apache only:  {line}" for line in reference if line not in kafkapy]
    return "\n".join(lines)


def offered(broker: BrokerProcess) -> dict[int, tuple[int, int]]:
    with RawConnection(broker.bootstrap) as connection:
        request = ApiVersionsRequest(client_software_name="tests", client_software_version="1")
        answer = connection.ask(request, ApiVersionsResponse, 3)
    return {api.api_key: (api.min_version, api.max_version) for api in answer.api_keys}


def test_an_api_is_offered_in_the_versions_of_apache_kafka_or_not_at_all(pair: Brokers) -> None:
    ours, reference = map(offered, pair)
    assert {key: versions for key, versions in ours.items() if versions != reference.get(key)} == {}
