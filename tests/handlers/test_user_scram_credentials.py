"""DescribeUserScramCredentials and AlterUserScramCredentials on the wire."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.alter_user_scram_credentials import (
    AlterUserScramCredentialsRequest,
    AlterUserScramCredentialsResult,
    ScramCredentialDeletion,
    ScramCredentialUpsertion,
)
from kafkapy.protocol.messages.describe_user_scram_credentials import (
    CredentialInfo,
    DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResult,
    UserName,
)
from tests.harness.broker import MemoryBroker

EVERYBODY = DescribeUserScramCredentialsRequest(users=None)
ALICE = DescribeUserScramCredentialsResult(
    user="alice", error_message="", credential_infos=[CredentialInfo(mechanism=1, iterations=4096)]
)


def put(name: str, salted_password: bytes = b"password") -> AlterUserScramCredentialsRequest:
    upsertion = ScramCredentialUpsertion(
        name=name, mechanism=1, iterations=4096, salt=b"salt", salted_password=salted_password
    )
    return AlterUserScramCredentialsRequest(deletions=[], upsertions=[upsertion])


async def test_credentials_are_kept_until_they_are_deleted(broker: MemoryBroker) -> None:
    answer = await broker.send(put("alice"))
    assert answer.results == [AlterUserScramCredentialsResult(user="alice", error_message=None)]
    answer = await broker.send(EVERYBODY)
    assert (answer.error_code, answer.error_message, answer.results) == (ErrorCode.NONE, "", [ALICE])
    deletion = ScramCredentialDeletion(name="alice", mechanism=1)
    await broker.send(AlterUserScramCredentialsRequest(deletions=[deletion], upsertions=[]))
    assert (await broker.send(EVERYBODY)).results == []


async def test_credentials_outlive_the_broker_and_are_in_snapshots(broker: MemoryBroker) -> None:
    await broker.send(put("alice"))
    await broker.restart()
    assert (await broker.send(EVERYBODY)).results == [ALICE]
    broker.broker.metadata.snapshot(broker.clock.now_ms())
    await broker.restart()
    assert (await broker.send(EVERYBODY)).results == [ALICE]


async def test_the_password_is_not_kept(broker: MemoryBroker) -> None:
    await broker.send(put("alice", b"not to be seen"))
    record = broker.broker.metadata.image.scram_credentials["alice", 1]
    assert len(record.stored_key) == len(record.server_key) == 32
    assert b"not to be seen" not in record.stored_key + record.server_key + record.salt


async def test_users_who_do_not_exist_are_named(broker: MemoryBroker) -> None:
    answer = await broker.send(DescribeUserScramCredentialsRequest(users=[UserName(name="bob")]))
    assert answer.error_code == ErrorCode.NONE
    assert answer.results == [
        DescribeUserScramCredentialsResult(
            user="bob",
            error_code=ErrorCode.RESOURCE_NOT_FOUND,
            error_message="Attempt to describe a user credential that does not exist: bob",
            credential_infos=[],
        )
    ]


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (put(""), ErrorCode.UNACCEPTABLE_CREDENTIAL, "Username must not be empty"),
        (put("alice", b""), ErrorCode.UNKNOWN_SERVER_ERROR, None),
    ],
)
async def test_refusals(
    broker: MemoryBroker, request_: AlterUserScramCredentialsRequest, code: ErrorCode, message: str | None
) -> None:
    ((result),) = (await broker.send(request_)).results
    assert (result.error_code, result.error_message) == (code, message)
    assert broker.broker.metadata.image.scram_credentials == {}
