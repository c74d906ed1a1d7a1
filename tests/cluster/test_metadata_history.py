"""Whatever was done to a cluster: its log, and any snapshot with the log behind it, tell the same."""

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kafkapy.cluster.brokers import unregister_broker
from kafkapy.cluster.features import UNSAFE_DOWNGRADE, UPGRADE, FeatureUpdate, update_features
from kafkapy.cluster.image import ResourceType
from kafkapy.cluster.leadership import elect_leaders
from kafkapy.cluster.metadata import Metadata
from kafkapy.cluster.partitions import MorePartitions, create_partitions
from kafkapy.cluster.producer_ids import ProducerIds
from kafkapy.cluster.reassignments import Reassignment, alter_reassignments
from kafkapy.cluster.record_types import ConfigRecord, MetadataRecord
from kafkapy.cluster.topics import NewTopic, TopicDefaults, create_topics, delete_topics
from tests.cluster.memory_metadata_log import (
    START_MS,
    MemoryMetadataLog,
    loaded_metadata,
    started_metadata,
    topic_id,
)

NAMES = st.sampled_from(["a", "b", "c.d", "c_d", "e.f_g", "__consumer_offsets", "bad name"])
KEYS = st.sampled_from(["retention.ms", "min.insync.replicas", "unclean.leader.election.enable"])
VALUES = {"retention.ms": "5", "min.insync.replicas": "1", "unclean.leader.election.enable": "true"}


class ClusterHistory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.log = MemoryMetadataLog()
        self.metadata: Metadata = started_metadata(self.log)
        self.producer_ids = ProducerIds(self.metadata)
        self.given_topic_ids: list[bytes] = []
        self.given_producer_ids: set[int] = set()
        self.heads: list[list[bytes]] = []

    def commit(self, records: list[MetadataRecord]) -> None:
        self.metadata.commit(records, START_MS)

    def new_topic_id(self) -> bytes:
        self.given_topic_ids.append(topic_id(len(self.given_topic_ids) + 1))
        return self.given_topic_ids[-1]

    @rule(name=NAMES, partitions=st.integers(0, 3), retention=st.none() | st.just("5"))
    def create_topic(self, name: str, partitions: int, retention: str | None) -> None:
        configs = [] if retention is None else [("retention.ms", retention)]
        change = create_topics(
            self.metadata.image,
            [NewTopic(name, partitions, configs=configs)],
            defaults=TopicDefaults(1, 1),
            validate_configs=lambda _name, _configs: None,
            new_topic_id=self.new_topic_id,
        )
        self.commit(change.records)
        created = change.results[0]
        if created.error is None:
            topic = self.metadata.image.topics[name]
            assert topic.topic_id == created.topic_id == self.given_topic_ids[-1]
            assert len(topic.partitions) == partitions

    @rule(name=NAMES)
    def delete_topic(self, name: str) -> None:
        topic = self.metadata.image.topics.get(name)
        ids = [bytes(16) if topic is None else topic.topic_id]
        self.commit(delete_topics(self.metadata.image, ids).records)
        assert name not in self.metadata.image.topics
        assert (ResourceType.TOPIC, name) not in self.metadata.image.configs

    @rule(name=NAMES, count=st.integers(1, 5))
    def grow(self, name: str, count: int) -> None:
        self.commit(create_partitions(self.metadata.image, [MorePartitions(name, count)]).records)

    @rule(name=NAMES, key=KEYS, is_set=st.booleans())
    def configure(self, name: str, key: str, is_set: bool) -> None:
        value = VALUES[key] if is_set else None
        kind = ResourceType.TOPIC if name in self.metadata.image.topics else ResourceType.BROKER
        resource = name if kind is ResourceType.TOPIC else ""
        self.commit([ConfigRecord(resource_type=kind, resource_name=resource, name=key, value=value)])

    @rule(level=st.integers(0, 1))
    def change_feature(self, level: int) -> None:
        kind = UPGRADE if level else UNSAFE_DOWNGRADE
        wanted = FeatureUpdate("eligible.leader.replicas.version", level, kind)
        if self.metadata.image.features.get(wanted.feature, 0) != level:
            self.commit(update_features(self.metadata.image, 1, [wanted]).records)

    @rule()
    def take_producer_id(self) -> None:
        producer_id = self.producer_ids.next_id(START_MS)
        assert producer_id not in self.given_producer_ids
        self.given_producer_ids.add(producer_id)

    @rule(name=NAMES, replicas=st.none() | st.lists(st.integers(1, 2), max_size=2), kind=st.integers(0, 1))
    def move_and_elect(self, name: str, replicas: list[int] | None, kind: int) -> None:
        self.commit(alter_reassignments(self.metadata.image, [Reassignment(name, 0, replicas)]).records)
        self.commit(elect_leaders(self.metadata.image, kind, [(name, 0), (name, 9)]).records)

    @precondition(lambda self: self.metadata.image.is_active(1))
    @rule()
    def unregister(self) -> None:
        self.commit(unregister_broker(self.metadata.image, 1))

    @rule()
    def take_snapshot(self) -> None:
        self.metadata.snapshot(START_MS)

    @rule(is_clean=st.booleans())
    def restart(self, is_clean: bool) -> None:
        if is_clean:
            self.metadata.stop(START_MS)
        self.metadata = started_metadata(self.log)
        self.producer_ids = ProducerIds(self.metadata)
        for topic in self.metadata.image.topics.values():
            assert {partition.leader for partition in topic.partitions} == {1}

    @invariant()
    def what_was_written_is_what_is_known(self) -> None:
        assert loaded_metadata(self.log).image == self.metadata.image

    @invariant()
    def names_and_ids_lead_to_the_same_topics(self) -> None:
        image = self.metadata.image
        by_name = {topic.topic_id: name for name, topic in image.topics.items()}
        assert {topic_id_: topic.name for topic_id_, topic in image.topics_by_id.items()} == by_name


ClusterHistory.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
test_a_log_tells_the_history_of_its_cluster: Callable[[], None] = ClusterHistory.TestCase
