"""Create-, Renew-, Expire- and DescribeDelegationToken: not over PLAINTEXT."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.create_delegation_token import (
    CreatableRenewers,
    CreateDelegationTokenRequest,
    CreateDelegationTokenResponse,
)
from kafkapy.protocol.messages.describe_delegation_token import (
    DescribeDelegationTokenOwner,
    DescribeDelegationTokenRequest,
    DescribeDelegationTokenResponse,
)
from kafkapy.protocol.messages.expire_delegation_token import (
    ExpireDelegationTokenRequest,
    ExpireDelegationTokenResponse,
)
from kafkapy.protocol.messages.renew_delegation_token import (
    RenewDelegationTokenRequest,
    RenewDelegationTokenResponse,
)
from tests.harness.broker import MemoryBroker

NOT_ALLOWED = ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED


def create(owner_type: str | None = "", owner_name: str | None = "") -> CreateDelegationTokenRequest:
    return CreateDelegationTokenRequest(
        owner_principal_type=owner_type,
        owner_principal_name=owner_name,
        renewers=[CreatableRenewers(principal_type="User", principal_name="bob")],
        max_lifetime_ms=-1,
    )


def refused(version: int, code: ErrorCode, kind: str, name: str) -> CreateDelegationTokenResponse:
    requester = ("User", "ANONYMOUS") if version >= 3 else ("", "")
    return CreateDelegationTokenResponse(
        error_code=code,
        principal_type=kind,
        principal_name=name,
        token_requester_principal_type=requester[0],
        token_requester_principal_name=requester[1],
        issue_timestamp_ms=-1,
        expiry_timestamp_ms=-1,
        max_timestamp_ms=-1,
        token_id="",
        hmac=b"",
    )


@pytest.mark.parametrize("version", range(1, 4))
async def test_nobody_gets_a_token(broker: MemoryBroker, version: int) -> None:
    answer = await broker.send(create(), version)
    assert answer == refused(version, NOT_ALLOWED, "User", "ANONYMOUS")


@pytest.mark.parametrize(
    ("kind", "name", "owner"),
    [
        ("User", "alice", ("User", "alice")),
        ("Group", "g", ("Group", "g")),
        ("User", None, ("User", "ANONYMOUS")),
        (None, None, ("User", "ANONYMOUS")),
    ],
)
async def test_nor_for_anybody_else(
    broker: MemoryBroker, kind: str | None, name: str | None, owner: tuple[str, str]
) -> None:
    assert await broker.send(create(kind, name), 3) == refused(3, NOT_ALLOWED, *owner)


async def test_an_owner_without_a_kind_is_more_than_kafka_can_take(broker: MemoryBroker) -> None:
    answer = await broker.send(create(None, "alice"), 3)
    assert answer == refused(3, ErrorCode.UNKNOWN_SERVER_ERROR, "User", "ANONYMOUS")


@pytest.mark.parametrize("version", range(1, 3))
async def test_tokens_are_neither_renewed_nor_expired(broker: MemoryBroker, version: int) -> None:
    renewed = await broker.send(RenewDelegationTokenRequest(hmac=b"x", renew_period_ms=-1), version)
    assert renewed == RenewDelegationTokenResponse(error_code=NOT_ALLOWED, expiry_timestamp_ms=-1)
    expired = await broker.send(ExpireDelegationTokenRequest(hmac=b"x", expiry_time_period_ms=-1), version)
    assert expired == ExpireDelegationTokenResponse(error_code=NOT_ALLOWED, expiry_timestamp_ms=-1)


@pytest.mark.parametrize("version", range(1, 4))
@pytest.mark.parametrize("owners", [None, [], ["alice"]])
async def test_tokens_are_not_described(broker: MemoryBroker, version: int, owners: list[str] | None) -> None:
    wanted = owners and [
        DescribeDelegationTokenOwner(principal_type="User", principal_name=name) for name in owners
    ]
    answer = await broker.send(DescribeDelegationTokenRequest(owners=wanted), version)
    assert answer == DescribeDelegationTokenResponse(error_code=NOT_ALLOWED, tokens=[])
