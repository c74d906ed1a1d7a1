"""SCRAM credentials of users: what is kept of them, with the checks and texts of Kafka (KIP-554).

They are kept and described; no listener asks for them yet. Source: Kafka's `ScramControlManager` and
`ScramImage`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from kafkapy.cluster.change import Change
from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.record_types import (
    MetadataRecord,
    RemoveUserScramCredentialRecord,
    UserScramCredentialRecord,
)
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

MIN_ITERATIONS, MAX_ITERATIONS = 4096, 16_384
IV_3_5_2 = 11
"""The metadata.version with which credentials came into the metadata log (KIP-900)."""


class ScramMechanism(IntEnum):
    """Numbers of mechanisms, on the wire and in records."""

    SCRAM_SHA_256 = 1
    SCRAM_SHA_512 = 2


MECHANISMS = frozenset(ScramMechanism)


@dataclass(frozen=True, slots=True)
class Deletion:
    """A credential that is to go; `mechanism` is a number from the wire."""

    name: str
    mechanism: int


@dataclass(frozen=True, slots=True)
class Upsertion:
    """A credential that is to be; `mechanism` is a number from the wire."""

    name: str
    mechanism: int
    iterations: int
    salt: bytes
    salted_password: bytes


@dataclass(frozen=True, slots=True)
class UserResult:
    """What became of one user."""

    user: str
    error: KafkaError | None = None


@dataclass(frozen=True, slots=True)
class DescribedUser:
    """Mechanisms of a user with their iterations, or why there are none to tell."""

    user: str
    credentials: Sequence[tuple[int, int]]
    error: KafkaError | None = None


Keys = Callable[[ScramMechanism, bytes], tuple[bytes, bytes]]
"""(mechanism, salted password) -> (stored key, server key). KafkaError: there are none."""


def alter_scram_credentials(
    image: ClusterImage, deletions: Iterable[Deletion], upsertions: Iterable[Upsertion], keys: Keys
) -> Change[UserResult]:
    """Delete and set credentials; an outcome per user, who may occur once only."""
    wanted: dict[str, Deletion | Upsertion] = {}
    errors: dict[str, KafkaError] = {}
    changes: list[Deletion | Upsertion] = [*deletions, *upsertions]
    for each in changes:
        if each.name in errors:
            continue
        try:
            if wanted.pop(each.name, None) is not None:
                text = "A user credential cannot be altered twice in the same request"
                raise KafkaError(ErrorCode.DUPLICATE_RESOURCE, text)
            _check(image, each)
            wanted[each.name] = each
        except KafkaError as error:
            errors[each.name] = error
    records: list[MetadataRecord] = []
    for name, each in wanted.items():
        try:
            records.append(_record(each, keys))
        except KafkaError as error:
            errors[name] = error
    done = [UserResult(name) for name in wanted if name not in errors]
    return Change(records, done + [UserResult(name, error) for name, error in errors.items()])


def _check(image: ClusterImage, wanted: Deletion | Upsertion) -> None:
    if image.metadata_version < IV_3_5_2:
        text = "The current metadata.version does not support SCRAM"
        raise KafkaError(ErrorCode.UNSUPPORTED_VERSION, text)
    if not wanted.name:
        raise KafkaError(ErrorCode.UNACCEPTABLE_CREDENTIAL, "Username must not be empty")
    if wanted.mechanism not in MECHANISMS:
        raise KafkaError(ErrorCode.UNSUPPORTED_SASL_MECHANISM, "Unknown SCRAM mechanism")
    if isinstance(wanted, Deletion):
        if (wanted.name, wanted.mechanism) not in image.scram_credentials:
            text = "Attempt to delete a user credential that does not exist"
            raise KafkaError(ErrorCode.RESOURCE_NOT_FOUND, text)
    elif wanted.iterations < MIN_ITERATIONS:
        raise KafkaError(ErrorCode.UNACCEPTABLE_CREDENTIAL, "Too few iterations")
    elif wanted.iterations > MAX_ITERATIONS:
        raise KafkaError(ErrorCode.UNACCEPTABLE_CREDENTIAL, "Too many iterations")


def _record(wanted: Deletion | Upsertion, keys: Keys) -> MetadataRecord:
    if isinstance(wanted, Deletion):
        return RemoveUserScramCredentialRecord(name=wanted.name, mechanism=wanted.mechanism)
    stored_key, server_key = keys(ScramMechanism(wanted.mechanism), wanted.salted_password)
    return UserScramCredentialRecord(
        name=wanted.name,
        mechanism=wanted.mechanism,
        salt=wanted.salt,
        stored_key=stored_key,
        server_key=server_key,
        iterations=wanted.iterations,
    )


def describe_scram_credentials(image: ClusterImage, users: Sequence[str] | None) -> list[DescribedUser]:
    """The users that are named, each once; without names, all that have credentials."""
    if not users:
        users = list({name: None for name, _ in image.scram_credentials})
    times = Counter(users)
    return [_described(image, user, asked_twice=times[user] > 1) for user in times]


def _described(image: ClusterImage, user: str, *, asked_twice: bool) -> DescribedUser:
    if asked_twice:
        text = f"Cannot describe SCRAM credentials for the same user twice in a single request: {user}"
        return DescribedUser(user, (), KafkaError(ErrorCode.DUPLICATE_RESOURCE, text))
    found = [
        (mechanism, image.scram_credentials[user, mechanism].iterations)
        for mechanism in ScramMechanism
        if (user, mechanism) in image.scram_credentials
    ]
    if not found:
        text = f"Attempt to describe a user credential that does not exist: {user}"
        return DescribedUser(user, (), KafkaError(ErrorCode.RESOURCE_NOT_FOUND, text))
    return DescribedUser(user, found)
