"""DeleteTopics: by name and by id, unknown and repeated ones, and what is left afterwards."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import (
    create,
    delete,
    delete_states,
    fetch,
    list_offsets,
    new_topic,
    produce,
)
from kafkapy.protocol.messages.delete_topics import DeleteTopicsRequest
from kafkapy.protocol.uuid import ZERO_UUID

FIRST_VERSION_WITH_IDS = 6
NOBODY = bytes(range(16))


@scenario
def every_version(talk: Conversation) -> None:
    for version in versions(DeleteTopicsRequest):
        name = talk.create_topic(f"v{version}")
        for note in ("there", "gone"):
            request = delete(name)
            if version >= FIRST_VERSION_WITH_IDS:
                request = delete_states((name, ZERO_UUID))
            talk.ask(request, version, note)


@scenario
def by_id(talk: Conversation) -> None:
    name = talk.create_topic()
    topic_id = talk.topic_id(name)
    talk.ask(delete_states((None, NOBODY)), note="unknown id")
    talk.ask(delete_states((None, topic_id)))
    talk.ask(delete_states((None, topic_id)), note="gone")


@scenario
def nothing_at_all(talk: Conversation) -> None:
    for version in versions(DeleteTopicsRequest):
        talk.ask(delete() if version < FIRST_VERSION_WITH_IDS else delete_states(), version)


@scenario
def neither_or_both(talk: Conversation) -> None:
    name = talk.create_topic()
    topic_id = talk.topic_id(name)
    talk.ask(delete_states((name, topic_id)), note="both")
    talk.ask(delete_states((name, NOBODY)), note="name and unknown id")
    talk.ask(delete_states((None, ZERO_UUID)), note="neither")
    talk.ask(delete_states(("", ZERO_UUID)), note="empty name")


@scenario
def repeated(talk: Conversation) -> None:
    name, other = talk.create_topic("a"), talk.create_topic("b")
    topic_id = talk.topic_id(name)
    talk.ask(delete("no-such", "no-such"), 5, "unknown name twice")
    talk.ask(delete(name, other, name), 5, "name twice")
    talk.ask(delete_states((None, NOBODY), (None, NOBODY)), note="unknown id twice")
    talk.ask(delete_states((name, ZERO_UUID), (None, topic_id)), note="name and id of one topic")


@scenario
def some_of_several(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.ask(delete("no-such", name, "a b", ""), 5)


@scenario
def short_of_time(talk: Conversation) -> None:
    name = talk.create_topic()
    talk.ask(delete(name, timeout_ms=0), 5)
    talk.ask(delete("no-such", timeout_ms=-5), 5)


@scenario
def the_old_id_means_nothing_after_a_new_start(talk: Conversation) -> None:
    name = talk.create_topic()
    old_id = talk.topic_id(name)
    talk.ask(delete(name), 5)
    talk.until_gone(name)
    talk.let_changes_arrive()
    talk.ask(list_offsets(name, -1), note="gone")
    talk.ask(produce(old_id, b""), 13, "gone")
    talk.ask(fetch(old_id), 13, "gone")
    talk.ask(create(new_topic(name)))
    talk.settle({name: 1})
    talk.ask(produce(old_id, b""), 13, "new incarnation")
    talk.ask(fetch(old_id), 13, "new incarnation")
    talk.ask(delete_states((None, old_id)), note="new incarnation")
