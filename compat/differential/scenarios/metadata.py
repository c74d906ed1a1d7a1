"""Metadata: one, some and no topics, by name and id, and creation on demand."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import list_offsets
from kafkapy.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkapy.protocol.uuid import METADATA_TOPIC_ID, ZERO_UUID

NOBODY = bytes(range(16))
FIRST_VERSION_THAT_FORBIDS_CREATION = 4


def about(*names: str | None, create: bool = False, **fields: bool) -> MetadataRequest:
    topics = [MetadataRequestTopic(name=name) for name in names]
    return MetadataRequest(topics=topics, allow_auto_topic_creation=create, **fields)


def by_id(*topics: tuple[bytes, str | None]) -> MetadataRequest:
    return MetadataRequest(
        topics=[MetadataRequestTopic(topic_id=topic_id, name=name) for topic_id, name in topics],
        allow_auto_topic_creation=False,
    )


def in_form_of(version: int, request: MetadataRequest) -> MetadataRequest:
    """Old versions cannot forbid creation."""
    request.allow_auto_topic_creation |= version < FIRST_VERSION_THAT_FORBIDS_CREATION
    return request


@scenario
def every_version(talk: Conversation) -> None:
    name, other = talk.create_topic("a", partitions=2), talk.create_topic("b")
    for version in versions(MetadataRequest):
        talk.ask(in_form_of(version, about(name)), version)
        talk.ask(in_form_of(version, about(name, other, "a b")), version)
        if version:
            talk.ask(in_form_of(version, about()), version, "no topic")


@scenario
def unknown_topics(talk: Conversation) -> None:
    for version in versions(MetadataRequest):
        if version >= FIRST_VERSION_THAT_FORBIDS_CREATION:
            talk.ask(about(talk.name("no-such")), version)


@scenario
def impossible_names(talk: Conversation) -> None:
    for version in versions(MetadataRequest):
        for name in ("", ".", "a b", "a" * 250, "ä"):
            talk.ask(in_form_of(version, about(name)), version, repr(name))


@scenario
def named_twice(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.ask(about(name, name))
    talk.ask(about("a b", "a b"))
    talk.ask(about(talk.name("no-such"), talk.name("no-such")))


@scenario
def creation_on_demand(talk: Conversation) -> None:
    for version in versions(MetadataRequest):
        name = talk.name(f"v{version}")
        talk.ask(about(name, create=True), version, "at first")
        talk.settle({name: 1})
        talk.ask(about(name, create=True), version, "then")
    talk.ask(about("a b", talk.name("x"), create=True), note="one cannot be")
    talk.ask(about("__cluster_metadata", create=True), 9)


@scenario
def what_was_created_on_demand(talk: Conversation) -> None:
    name = talk.name()
    talk.ask(about(name, create=True))
    talk.settle({name: 1})
    talk.ask(list_offsets(name, -1, -2))


@scenario
def names_that_collide(talk: Conversation) -> None:
    talk.create_topic("a.b")
    talk.ask(about(talk.name("a_b"), create=True), 9)
    talk.let_changes_arrive()
    talk.ask(about(talk.name("a_b"), create=True), 9, "later")


@scenario
def ids(talk: Conversation) -> None:
    name = talk.create_topic()
    topic_id = talk.topic_id(name)
    for version in (10, 11, 12, 13):
        talk.ask(by_id((topic_id, name)), version, "id and name")
        talk.ask(by_id((NOBODY, name)), version, "wrong id and name")
    for version in (12, 13):
        talk.ask(by_id((topic_id, None)), version, "id")
        talk.ask(by_id((NOBODY, None)), version, "unknown id")
        talk.ask(by_id((ZERO_UUID, None)), version, "neither")
        talk.ask(by_id((topic_id, None), (NOBODY, None)), version, "known and unknown id")
        talk.ask(by_id((topic_id, None), (ZERO_UUID, name)), version, "one by id, one by name")
        talk.ask(by_id((METADATA_TOPIC_ID, None)), version, "the metadata topic")


@scenario
def null_names(talk: Conversation) -> None:
    for version in (10, 11, 12, 13):
        talk.ask(about(None), version)


@scenario
def authorized_operations(talk: Conversation) -> None:
    name = talk.create_topic()
    for version in versions(MetadataRequest):
        if version >= 8:
            talk.ask(about(name, include_topic_authorized_operations=True), version)
            talk.ask(about("a b", "no-such", include_topic_authorized_operations=True), version)
        if 8 <= version <= 10:
            talk.ask(about(include_cluster_authorized_operations=True), version)


@scenario
def internal_topics(talk: Conversation) -> None:
    talk.ask(about("__consumer_offsets"), 9)
    talk.ask(about("__cluster_metadata"), 9)
