"""FindCoordinator: one key and many, kinds of keys, empty ones."""

from compat.differential.conversation import Conversation, scenario, versions
from kafkapy.protocol.messages.find_coordinator import FindCoordinatorRequest

FIRST_VERSION_WITH_MANY = 4
FIRST_VERSION_WITH_KINDS = 1
GROUP, TRANSACTION, SHARE = range(3)


def about(version: int, key: str, kind: int = GROUP) -> FindCoordinatorRequest:
    if version >= FIRST_VERSION_WITH_MANY:
        return FindCoordinatorRequest(key_type=kind, coordinator_keys=[key])
    return FindCoordinatorRequest(key=key, key_type=kind)


@scenario
def every_version(talk: Conversation) -> None:
    for version in versions(FindCoordinatorRequest):
        talk.ask(about(version, talk.name("g")), version)
        talk.ask(about(version, ""), version, "empty key")
        if version >= FIRST_VERSION_WITH_KINDS:
            talk.ask(about(version, talk.name("x"), TRANSACTION), version)
            talk.ask(about(version, "", TRANSACTION), version, "empty transactional id")
            for kind in (3, -1, 100):
                talk.ask(about(version, "x", kind), version, f"kind {kind}")
            if version < 6:
                talk.ask(about(version, "x", SHARE), version, "share too early")


@scenario
def several_keys(talk: Conversation) -> None:
    for version in (4, 5, 6):
        keys = ["b", "a", "", "a"]
        talk.ask(FindCoordinatorRequest(key_type=GROUP, coordinator_keys=keys), version)
        talk.ask(FindCoordinatorRequest(key_type=GROUP, coordinator_keys=[]), version, "no key")
        talk.ask(FindCoordinatorRequest(key_type=9, coordinator_keys=["b", "a"]), version, "unknown kind")
