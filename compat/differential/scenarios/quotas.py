"""DescribeClientQuotas and AlterClientQuotas: quotas of users, client ids and addresses."""

import itertools
from collections.abc import Mapping

from compat.differential.conversation import Conversation, scenario, versions
from kafkapy.protocol.messages.alter_client_quotas import (
    AlterClientQuotasRequest,
    EntityData,
    EntryData,
    OpData,
)
from kafkapy.protocol.messages.describe_client_quotas import ComponentData, DescribeClientQuotasRequest

Entity = Mapping[str, str | None]
EXACT, DEFAULT, SPECIFIED = 0, 1, 2
PRODUCE, CONSUME, REQUEST, MUTATION, CONNECT = (
    "producer_byte_rate",
    "consumer_byte_rate",
    "request_percentage",
    "controller_mutation_rate",
    "connection_creation_rate",
)
_marks = itertools.count(1)


def entry(entity: Entity, *quotas: tuple[str, float | None]) -> EntryData:
    return EntryData(
        entity=[EntityData(entity_type=kind, entity_name=name) for kind, name in entity.items()],
        ops=[OpData(key=key, value=value or 0.0, remove=value is None) for key, value in quotas],
    )


def alter(*entries: EntryData, validate_only: bool = False) -> AlterClientQuotasRequest:
    return AlterClientQuotasRequest(entries=list(entries), validate_only=validate_only)


def describe(*components: tuple[str, int, str | None], strict: bool = True) -> DescribeClientQuotasRequest:
    return DescribeClientQuotasRequest(
        components=[
            ComponentData(entity_type=kind, match_type=match_type, match=match)
            for kind, match_type, match in components
        ],
        strict=strict,
    )


def settle(talk: Conversation) -> None:
    """Wait until all that was altered is described: Apache Kafka's broker learns it from its controller."""
    mark, user = next(_marks), talk.name("mark")
    talk.quietly.ask(alter(entry({"user": user}, (PRODUCE, mark))))
    seen = describe(("user", EXACT, user))
    talk.until(seen, lambda answer: answer.entries and answer.entries[0].values[0].value == mark)


@scenario
def quotas_come_and_go(talk: Conversation) -> None:
    alice, app = talk.name("alice"), talk.name("app")
    entities: list[Entity] = [
        {"user": alice},
        {"user": None},
        {"client-id": app},
        {"client-id": None},
        {"user": alice, "client-id": app},
        {"client-id": None, "user": alice},
        {"user": None, "client-id": None},
    ]
    for version in versions(AlterClientQuotasRequest):
        values = ((PRODUCE, 1000.0 + version), (CONSUME, 2e9), (REQUEST, 12.5), (MUTATION, 0.1))
        talk.ask(alter(*(entry(each, *values) for each in entities), validate_only=True), version, "dry")
        talk.ask(alter(*(entry(each, *values) for each in entities)), version)
        settle(talk)
        for filters in (
            [("user", EXACT, alice)],
            [("user", DEFAULT, None)],
            [("client-id", EXACT, app)],
            [("client-id", DEFAULT, None)],
            [("user", EXACT, alice), ("client-id", EXACT, app)],
            [("user", EXACT, alice), ("client-id", SPECIFIED, None)],
            [("user", DEFAULT, None), ("client-id", DEFAULT, None)],
            [("user", EXACT, talk.name("nobody"))],
        ):
            for strict in (True, False):
                talk.ask(describe(*filters, strict=strict), version, f"{len(filters)} {strict}")
        talk.ask(alter(entry({"user": alice}, (PRODUCE, None), (MUTATION, None))), version, "two removed")
        talk.ask(alter(entry({"user": alice}, (PRODUCE, None))), version, "removed again")
        settle(talk)
        talk.ask(describe(("user", EXACT, alice)), version)
        nothing = [(key, None) for key, _ in values]
        talk.ask(alter(*(entry(each, *nothing) for each in entities)), version, "all removed")
        settle(talk)
        talk.ask(describe(("user", EXACT, alice), strict=False), version)


@scenario
def quotas_of_addresses(talk: Conversation) -> None:
    for address in ("127.0.0.9", "::9", "[::9]", "localhost", None):
        talk.ask(alter(entry({"ip": address}, (CONNECT, 10.0))))
        settle(talk)
        matching = ("ip", DEFAULT, None) if address is None else ("ip", EXACT, address)
        talk.ask(describe(matching))
        talk.ask(describe(("ip", SPECIFIED, None)))
        talk.ask(alter(entry({"ip": address}, (CONNECT, None))))
        settle(talk)
    for address in ("no.such.host.invalid", "1.2.3.4.5", "[1.2.3.4]", "a:b"):
        talk.ask(alter(entry({"ip": address}, (CONNECT, 10.0))), note=address)


@scenario
def impossible_quotas(talk: Conversation) -> None:
    user = talk.name("user")
    for key in (PRODUCE, CONSUME, REQUEST, MUTATION, CONNECT, "no_such_quota", ""):
        for value in (0.0, -1.0, 0.5, 1.0000001, 1.5, 2.0**31, 2.0**63, 1e30, float("inf"), -0.0):
            for kind, name in (("user", user), ("ip", "127.0.0.8")):
                request = alter(entry({kind: name}, (key, value)), validate_only=True)
                talk.ask(request, note=f"{kind} {key} {value}")
    talk.ask(alter(entry({"user": user}, ("no_such_quota", None))), note="unknown removed")
    entities: list[Entity] = [
        {},
        {"user": ""},
        {"client-id": ""},
        {"ip": ""},
        {"group": "g"},
        {"": "g"},
        {"ip": "127.0.0.8", "user": user},
        {"ip": None, "client-id": None},
        {"ip": "127.0.0.8", "user": user, "client-id": "c"},
    ]
    for entity in entities:
        talk.ask(alter(entry(entity, (PRODUCE, 1.0))), note=str(list(entity.items())))


@scenario
def repetitions(talk: Conversation) -> None:
    user, other = {"user": talk.name("user")}, {"user": talk.name("other"), "client-id": None}
    talk.ask(alter())
    talk.ask(alter(entry(user)), note="nothing of one")
    talk.ask(alter(entry(user, (PRODUCE, 1.0), (PRODUCE, 2.0))), note="a key twice")
    talk.ask(alter(entry(user, (PRODUCE, 3.0)), entry(user, (CONSUME, 4.0))), note="an entity twice")
    talk.ask(alter(entry(other, (CONSUME, 5.0)), entry(other, ("bad", 4.0))), note="two parts twice")
    talk.ask(alter(entry(user, ("bad", 4.0)), entry(user, (CONSUME, 5.0))), note="a bad one first")
    talk.ask(alter(entry(user, (REQUEST, 4.0)), entry({}, (CONSUME, 5.0))), note="one of two bad")
    settle(talk)
    talk.ask(describe(("user", EXACT, user["user"]), strict=False))
    talk.ask(describe(("user", EXACT, other["user"]), strict=False))
    twice = alter(entry(user, (PRODUCE, 7.0)))
    twice.entries[0].entity.append(EntityData(entity_type="user", entity_name=talk.name("last")))
    talk.ask(twice, note="a part twice")
    settle(talk)
    talk.ask(describe(("user", EXACT, talk.name("last"))))


@scenario
def impossible_filters(talk: Conversation) -> None:
    user = talk.name("user")
    for version in versions(DescribeClientQuotasRequest):
        for filters in (
            [("", EXACT, user)],
            [("group", EXACT, user)],
            [("user", EXACT, None)],
            [("user", DEFAULT, user)],
            [("user", SPECIFIED, user)],
            [("user", 3, user)],
            [("user", -1, None)],
            [("user", EXACT, user), ("user", DEFAULT, None)],
            [("user", SPECIFIED, None), ("user", SPECIFIED, None)],
            [("group", EXACT, user), ("group", EXACT, None)],
            [("user", EXACT, user), ("ip", SPECIFIED, None)],
            [("ip", DEFAULT, None), ("client-id", DEFAULT, None)],
        ):
            talk.ask(describe(*filters), version, str(filters).replace(user, "user"))


@scenario
def more_than_can_be_changed_at_once(talk: Conversation) -> None:
    names = [talk.name(f"u{number}") for number in range(5001)]
    quotas = ((PRODUCE, 1.0), (CONSUME, 1.0))
    talk.ask(alter(*(entry({"user": name}, *quotas) for name in names)))
