"""Cooperative rebalancing: a member that joins gets its share, and the others never let go of the rest."""

import threading
from collections.abc import Callable, Iterator

import confluent_kafka
import kafka
import pytest
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from tests.clients.facade import until

PARTITIONS = 6


class Member:
    """A consumer polled by a thread of its own, with a history of what was revoked."""

    def __init__(self) -> None:
        self.owned: set[int] = set()
        self.revoked: list[set[int]] = []
        self.lost: list[set[int]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.poll()
        self.leave()

    def poll(self) -> None:
        raise NotImplementedError

    def leave(self) -> None:
        raise NotImplementedError


class ConfluentMember(Member):
    def __init__(self, bootstrap: str, topic: str, group: str) -> None:
        super().__init__()
        self._consumer = confluent_kafka.Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "partition.assignment.strategy": "cooperative-sticky",
                "heartbeat.interval.ms": 300,
                "session.timeout.ms": 6000,
            }
        )
        self._consumer.subscribe([topic], on_assign=self._assign, on_revoke=self._revoke, on_lost=self._lose)
        self.start()

    def _assign(
        self, consumer: confluent_kafka.Consumer, given: list[confluent_kafka.TopicPartition]
    ) -> None:
        self.owned |= {p.partition for p in given}

    def _revoke(
        self, consumer: confluent_kafka.Consumer, taken: list[confluent_kafka.TopicPartition]
    ) -> None:
        self.owned -= {p.partition for p in taken}
        self.revoked.append({p.partition for p in taken})

    def _lose(self, consumer: confluent_kafka.Consumer, taken: list[confluent_kafka.TopicPartition]) -> None:
        self.owned -= {p.partition for p in taken}
        self.lost.append({p.partition for p in taken})

    def poll(self) -> None:
        message = self._consumer.poll(0.1)
        assert message is None or not message.error(), message.error()

    def leave(self) -> None:
        self._consumer.close()


class KafkaPythonMember(Member, kafka.ConsumerRebalanceListener):
    def __init__(self, bootstrap: str, topic: str, group: str) -> None:
        super().__init__()
        self._consumer = kafka.KafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=group,
            partition_assignment_strategy=[CooperativeStickyAssignor],
            heartbeat_interval_ms=300,
            session_timeout_ms=6000,
        )
        self._consumer.partitions_for_topic(topic)
        self._consumer.subscribe([topic], listener=self)
        self.start()

    def on_partitions_assigned(self, given: list[kafka.TopicPartition]) -> None:
        self.owned |= {p.partition for p in given}

    def on_partitions_revoked(self, taken: list[kafka.TopicPartition]) -> None:
        self.owned -= {p.partition for p in taken}
        self.revoked.append({p.partition for p in taken})

    def on_partitions_lost(self, taken: list[kafka.TopicPartition]) -> None:
        self.owned -= {p.partition for p in taken}
        self.lost.append({p.partition for p in taken})

    def poll(self) -> None:
        self._consumer.poll(timeout_ms=200)

    def leave(self) -> None:
        self._consumer.close()


@pytest.fixture
def open_members() -> Iterator[list[Member]]:
    members: list[Member] = []
    yield members
    for member in members:
        member.close()


@pytest.mark.parametrize("kind", [ConfluentMember, KafkaPythonMember])
def test_a_joining_member_takes_only_its_share(
    kind: Callable[[str, str, str], Member],
    bootstrap: str,
    unique: str,
    group: str,
    new_topic: Callable[..., str],
    open_members: list[Member],
) -> None:
    topic = new_topic(unique, PARTITIONS)
    first = kind(bootstrap, topic, group)
    open_members.append(first)
    until(lambda: len(first.owned) == PARTITIONS, "the first owns everything")
    second = kind(bootstrap, topic, group)
    open_members.append(second)
    until(lambda: len(first.owned) == len(second.owned) == 3, "they share")
    assert first.owned | second.owned == set(range(PARTITIONS))
    assert [taken for taken in first.revoked if taken] == [second.owned]
    assert not any(second.revoked)
    kept = first.owned.copy()
    second.close()
    until(lambda: len(first.owned) == PARTITIONS, "the first owns everything again")
    assert kept <= first.owned
    assert [taken for taken in first.revoked if taken] == [set(range(PARTITIONS)) - kept]
    assert not any(first.lost)
