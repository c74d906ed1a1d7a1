"""DescribeUserScramCredentials and AlterUserScramCredentials: SCRAM credentials of users."""

from compat.differential.conversation import Conversation, scenario
from kafkapy.protocol.messages.alter_user_scram_credentials import (
    AlterUserScramCredentialsRequest,
    ScramCredentialDeletion,
    ScramCredentialUpsertion,
)
from kafkapy.protocol.messages.describe_user_scram_credentials import (
    DescribeUserScramCredentialsRequest,
    UserName,
)

SHA_256, SHA_512 = 1, 2


def put(
    name: str, mechanism: int = SHA_256, iterations: int = 4096, salted_password: bytes = b"salted"
) -> ScramCredentialUpsertion:
    return ScramCredentialUpsertion(
        name=name, mechanism=mechanism, iterations=iterations, salt=b"salt", salted_password=salted_password
    )


def drop(name: str, mechanism: int = SHA_256) -> ScramCredentialDeletion:
    return ScramCredentialDeletion(name=name, mechanism=mechanism)


def alter(*changes: ScramCredentialDeletion | ScramCredentialUpsertion) -> AlterUserScramCredentialsRequest:
    return AlterUserScramCredentialsRequest(
        deletions=[each for each in changes if isinstance(each, ScramCredentialDeletion)],
        upsertions=[each for each in changes if isinstance(each, ScramCredentialUpsertion)],
    )


def describe(*users: str) -> DescribeUserScramCredentialsRequest:
    return DescribeUserScramCredentialsRequest(users=[UserName(name=user) for user in users])


def settle(talk: Conversation, user: str, *credentials: tuple[int, int]) -> None:
    """Wait until a user is described so: Apache Kafka's broker learns it from its controller."""
    talk.until(
        describe(user),
        lambda answer: (
            {(each.mechanism, each.iterations) for each in answer.results[0].credential_infos}
            == set(credentials)
        ),
    )


@scenario
def credentials_come_and_go(talk: Conversation) -> None:
    alice, bob = talk.name("alice"), talk.name("bob")
    talk.ask(describe(alice, bob), note="nobody yet")
    talk.ask(alter(put(alice)))
    talk.ask(alter(put(alice, SHA_512, 16384), put(bob, iterations=5000)))
    settle(talk, bob, (SHA_256, 5000))
    talk.ask(describe(alice))
    talk.ask(describe(alice, bob))
    talk.ask(describe(bob, alice, bob), note="one twice")
    talk.ask(describe(alice, talk.name("nobody")), note="one unknown")
    talk.ask(describe(""), note="no name")
    talk.ask(alter(put(alice, iterations=8192), drop(bob)))
    settle(talk, bob)
    talk.ask(describe(alice, bob))
    talk.ask(alter(drop(alice), drop(bob)), note="one is gone")
    talk.ask(alter(drop(alice, SHA_512)))
    settle(talk, alice)
    talk.ask(describe(alice))


@scenario
def everybody(talk: Conversation) -> None:
    users = [talk.name("a"), talk.name("b")]
    talk.ask(alter(*map(put, users)))
    settle(talk, users[-1], (SHA_256, 4096))
    talk.ask(describe())
    talk.ask(DescribeUserScramCredentialsRequest(users=None))
    talk.ask(alter(*map(drop, users)))
    settle(talk, users[-1])
    talk.ask(describe())


@scenario
def impossible_changes(talk: Conversation) -> None:
    user, other = talk.name("user"), talk.name("other")
    talk.ask(alter(), note="nothing")
    for iterations in (0, -1, 4095, 16385, 2**31 - 1):
        talk.ask(alter(put(user, iterations=iterations)), note=f"{iterations} iterations")
    for mechanism in (0, 3, -1, 127):
        talk.ask(alter(put(user, mechanism)), note=f"mechanism {mechanism}")
        talk.ask(alter(drop(user, mechanism)), note=f"no mechanism {mechanism}")
    talk.ask(alter(put("")), note="no name")
    talk.ask(alter(drop("")), note="no name")
    talk.ask(alter(put("", 9, 1)), note="nothing right")
    talk.ask(alter(drop(user)), note="unknown")
    talk.ask(alter(put(user, salted_password=b"")), note="no password")
    talk.ask(alter(put(user), put(user, SHA_512)), note="twice")
    talk.ask(alter(put(user), put(user, SHA_512), put(user)), note="three times")
    talk.ask(alter(put(other), put(user, 9), put(user)), note="first bad, then good")
    settle(talk, other, (SHA_256, 4096))
    talk.ask(alter(drop(other), put(other)), note="gone and there")
    talk.ask(alter(drop(other), drop(other, SHA_512)), note="gone twice")
    talk.ask(alter(drop(other), drop(other)), note="gone twice")
    talk.ask(describe(user, other))
    talk.ask(alter(drop(other)))
    settle(talk, other)
