"""SCRAM credentials: records, outcomes, and Kafka's refusals (all texts seen on Kafka 4.3)."""

import pytest

from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.record_types import UserScramCredentialRecord
from kafkapy.cluster.replay import replay
from kafkapy.cluster.scram_credentials import (
    Deletion,
    DescribedUser,
    ScramMechanism,
    Upsertion,
    alter_scram_credentials,
    describe_scram_credentials,
)
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

SHA_256, SHA_512 = ScramMechanism


@pytest.fixture
def image() -> ClusterImage:
    image = ClusterImage(features={"metadata.version": 30})
    alter(image, put("alice"), put("bob", SHA_512, 8192))
    return image


def put(name: str, mechanism: int = SHA_256, iterations: int = 4096) -> Upsertion:
    return Upsertion(name, mechanism, iterations, b"salt", b"password")


def keys(mechanism: ScramMechanism, salted_password: bytes) -> tuple[bytes, bytes]:
    return mechanism.name.encode() + b" stored", salted_password + b" server"


def alter(image: ClusterImage, *changes: Deletion | Upsertion) -> dict[str, tuple[ErrorCode, str] | None]:
    """Alter and replay; what is said of each user."""
    change = alter_scram_credentials(
        image,
        [each for each in changes if isinstance(each, Deletion)],
        [each for each in changes if isinstance(each, Upsertion)],
        keys,
    )
    for record in change.records:
        replay(image, record)
    return {
        result.user: (result.error.code, result.error.detail) if result.error else None
        for result in change.results
    }


def test_credentials_are_kept_without_the_password(image: ClusterImage) -> None:
    assert image.scram_credentials["bob", SHA_512] == UserScramCredentialRecord(
        name="bob",
        mechanism=2,
        salt=b"salt",
        stored_key=b"SCRAM_SHA_512 stored",
        server_key=b"password server",
        iterations=8192,
    )


def test_a_user_has_one_credential_for_each_mechanism(image: ClusterImage) -> None:
    alter(image, put("alice", SHA_512, 16_384))
    alter(image, put("alice", SHA_256, 5000))
    assert describe_scram_credentials(image, ["alice"]) == [
        DescribedUser("alice", [(SHA_256, 5000), (SHA_512, 16_384)])
    ]


def test_deleted_credentials_are_gone(image: ClusterImage) -> None:
    assert alter(image, Deletion("alice", SHA_256), put("carol")) == {"alice": None, "carol": None}
    assert [each.user for each in describe_scram_credentials(image, None)] == ["bob", "carol"]


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (put("", 9, 1), ErrorCode.UNACCEPTABLE_CREDENTIAL, "Username must not be empty"),
        (put("alice", 3, 1), ErrorCode.UNSUPPORTED_SASL_MECHANISM, "Unknown SCRAM mechanism"),
        (Deletion("alice", 0), ErrorCode.UNSUPPORTED_SASL_MECHANISM, "Unknown SCRAM mechanism"),
        (put("alice", 1, 4095), ErrorCode.UNACCEPTABLE_CREDENTIAL, "Too few iterations"),
        (put("alice", 1, 16_385), ErrorCode.UNACCEPTABLE_CREDENTIAL, "Too many iterations"),
        (
            Deletion("alice", 2),
            ErrorCode.RESOURCE_NOT_FOUND,
            "Attempt to delete a user credential that does not exist",
        ),
    ],
)
def test_refusals(image: ClusterImage, change: Deletion | Upsertion, code: ErrorCode, text: str) -> None:
    before = dict(image.scram_credentials)
    assert alter(image, change) == {change.name: (code, text)}
    assert image.scram_credentials == before


@pytest.mark.parametrize(
    "changes",
    [
        (put("alice"), put("alice", SHA_512)),
        (Deletion("alice", SHA_256), put("alice")),
        (Deletion("alice", SHA_256), Deletion("alice", SHA_256)),
        (put("alice"), put("alice", SHA_512), put("alice")),
    ],
)
def test_of_a_user_who_comes_twice_nothing_is_done(
    image: ClusterImage, changes: tuple[Deletion | Upsertion, ...]
) -> None:
    before = dict(image.scram_credentials)
    text = "A user credential cannot be altered twice in the same request"
    assert alter(image, *changes, put("bob")) == {"bob": None, "alice": (ErrorCode.DUPLICATE_RESOURCE, text)}
    assert image.scram_credentials["alice", SHA_256] == before["alice", SHA_256]
    assert ("alice", SHA_512) not in image.scram_credentials


def test_keys_that_cannot_be_made_spare_the_others(image: ClusterImage) -> None:
    def no_key_for_carol(mechanism: ScramMechanism, salted_password: bytes) -> tuple[bytes, bytes]:
        if not salted_password:
            raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
        return keys(mechanism, salted_password)

    carol = Upsertion("carol", SHA_256, 4096, b"salt", b"")
    change = alter_scram_credentials(image, [], [carol, put("dave")], no_key_for_carol)
    assert [(result.user, result.error is None) for result in change.results] == [
        ("dave", True),
        ("carol", False),
    ]
    assert len(change.records) == 1


def test_old_clusters_have_no_place_for_credentials(image: ClusterImage) -> None:
    image.features["metadata.version"] = 10
    refusal = (ErrorCode.UNSUPPORTED_VERSION, "The current metadata.version does not support SCRAM")
    assert alter(image, put("alice"), Deletion("bob", SHA_512)) == {"alice": refusal, "bob": refusal}


def test_users_who_are_unknown_or_asked_for_twice(image: ClusterImage) -> None:
    described = describe_scram_credentials(image, ["nobody", "bob", "alice", "bob"])
    assert [(each.user, each.error and (each.error.code, each.error.detail)) for each in described] == [
        (
            "nobody",
            (
                ErrorCode.RESOURCE_NOT_FOUND,
                "Attempt to describe a user credential that does not exist: nobody",
            ),
        ),
        (
            "bob",
            (
                ErrorCode.DUPLICATE_RESOURCE,
                "Cannot describe SCRAM credentials for the same user twice in a single request: bob",
            ),
        ),
        ("alice", None),
    ]


@pytest.mark.parametrize("everybody", [None, []])
def test_nobody_named_is_everybody(image: ClusterImage, everybody: list[str] | None) -> None:
    alter(image, put("alice", SHA_512))
    assert [each.user for each in describe_scram_credentials(image, everybody)] == ["alice", "bob"]
