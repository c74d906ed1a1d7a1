"""Quotas of users, client ids and addresses: what is kept of them, with Kafka's checks and texts (KIP-546).

They are kept and described; nobody is slowed down by them yet. Source: Kafka's `ClientQuotaControlManager`
and `ClientQuotasImage`.
"""

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from kafkapy.cluster.change import MAX_RECORDS_PER_CHANGE, Change
from kafkapy.cluster.image import ClusterImage, QuotaEntity
from kafkapy.cluster.record_types import ClientQuotaRecord, MetadataRecord
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.log_records.client_quota_record import EntityData

USER, CLIENT_ID, IP = "user", "client-id", "ip"
ENTITY_TYPES = frozenset({USER, CLIENT_ID, IP})
NO_VALUES: Mapping[str, float] = {}
SMALLEST_FRACTION = 1e-6


@dataclass(frozen=True, slots=True)
class Whole:
    """A quota that has to be a whole number, of one of Java's types."""

    kind: str
    largest: float


FRACTIONAL = None
"""A quota that may be any number."""

_OF_CLIENTS: Mapping[str, Whole | None] = {
    "producer_byte_rate": Whole("a LONG", float(2**63 - 1)),
    "consumer_byte_rate": Whole("a LONG", float(2**63 - 1)),
    "request_percentage": FRACTIONAL,
    "controller_mutation_rate": FRACTIONAL,
}
_OF_ADDRESSES: Mapping[str, Whole | None] = {"connection_creation_rate": Whole("an INT", 2**31 - 1)}


@dataclass(frozen=True, slots=True)
class QuotaAlteration:
    """What is asked for one entity: quotas by key, None to remove one. `entity` is sorted."""

    entity: QuotaEntity
    quotas: Sequence[tuple[str, float | None]]


@dataclass(frozen=True, slots=True)
class AlteredQuotas:
    """What became of one entity."""

    entity: QuotaEntity
    error: KafkaError | None


class Match(IntEnum):
    """How a filter names entities: by one name, the default, or whatever their name is."""

    EXACT = 0
    DEFAULT = 1
    SPECIFIED = 2


@dataclass(frozen=True, slots=True)
class Component:
    """One condition of a filter; `match_type` is a number from the wire."""

    entity_type: str
    match_type: int
    match: str | None


def alter_client_quotas(
    image: ClusterImage, alterations: Iterable[QuotaAlteration], hosts: Container[str]
) -> Change[AlteredQuotas]:
    """Set and remove quotas; an outcome per entity. `hosts`: the addresses that can be resolved.

    An entity that comes twice is told so, though what the first says of it is done, as in Kafka.
    """
    records: list[MetadataRecord] = []
    errors: dict[QuotaEntity, KafkaError | None] = {}
    for each in alterations:
        if each.entity in errors or len(dict(each.quotas)) < len(each.quotas):
            errors[each.entity] = _refusal(f"Ignoring duplicate entity {_shown(each.entity)}")
            continue
        try:
            records += _records_of(image, each, hosts)
            errors[each.entity] = None
        except KafkaError as error:
            errors[each.entity] = error
    if len(records) > MAX_RECORDS_PER_CHANGE:
        raise KafkaError(ErrorCode.POLICY_VIOLATION, "Unable to perform excessively large batch operation.")
    return Change(records, [AlteredQuotas(entity, error) for entity, error in errors.items()])


def _refusal(text: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REQUEST, text)


def _shown(entity: QuotaEntity) -> str:
    names = ", ".join(f"{kind}={'null' if name is None else name}" for kind, name in entity)
    return f"ClientQuotaEntity(entries={{{names}}})"


def _records_of(
    image: ClusterImage, alteration: QuotaAlteration, hosts: Container[str]
) -> list[MetadataRecord]:
    """Records for what changes."""
    keys = _keys_of(alteration.entity, hosts)
    current = image.client_quotas.get(alteration.entity, NO_VALUES)
    records: list[MetadataRecord] = []
    for key, value in alteration.quotas:
        if value is not None:
            _check_quota(keys, key, value)
        if value != current.get(key):
            records.append(
                ClientQuotaRecord(
                    entity=[
                        EntityData(entity_type=kind, entity_name=name) for kind, name in alteration.entity
                    ],
                    key=key,
                    value=value or 0.0,
                    remove=value is None,
                )
            )
    return records


def _keys_of(entity: QuotaEntity, hosts: Container[str]) -> Mapping[str, Whole | None]:
    """The quotas that such an entity may have."""
    if not entity:
        raise _refusal("Invalid empty client quota entity")
    for kind, name in entity:
        if kind not in ENTITY_TYPES:
            raise _refusal(f"Unhandled client quota entity type: {kind}")
        if name == "":
            raise _refusal(f"Empty {kind} not supported")
    names = dict(entity)
    if IP not in names:
        return _OF_CLIENTS
    if len(names) > 1:
        raise _refusal(
            "Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId"
        )
    if names[IP] is not None and names[IP] not in hosts:
        raise _refusal(f"{names[IP]} is not a valid IP or resolvable host.")
    return _OF_ADDRESSES


def _check_quota(keys: Mapping[str, Whole | None], key: str, value: float) -> None:
    if key not in keys:
        raise _refusal(f"Invalid configuration key {key}")
    if value <= 0:
        raise _refusal(f"Quota {key} must be greater than 0")
    whole = keys[key]
    if whole is None:
        return
    if value > whole.largest:
        raise _refusal(f"Proposed value for {key} is too large for {whole.kind}.")
    if math.fmod(value, 1) > SMALLEST_FRACTION:
        raise _refusal(f"{key} cannot be a fractional value.")


def describe_client_quotas(
    image: ClusterImage, components: Iterable[Component], *, strict: bool
) -> list[tuple[QuotaEntity, Mapping[str, float]]]:
    """Entities for which all components hold, with their quotas. `strict`: and that have no other parts."""
    exact: dict[str, str | None] = {}
    specified: set[str] = set()
    for each in components:
        _check_component(each, {*exact, *specified})
        if each.match_type == Match.SPECIFIED:
            specified.add(each.entity_type)
        else:
            exact[each.entity_type] = each.match
    kinds = {*exact, *specified}
    if IP in kinds and len(kinds) > 1:
        raise _refusal(
            "Invalid entity filter component combination. IP filter component should not be used with "
            "user or clientId filter component."
        )
    return [
        (entity, quotas)
        for entity, quotas in image.client_quotas.items()
        if _matches(dict(entity), exact, specified, strict=strict)
    ]


def _check_component(component: Component, seen: Container[str]) -> None:
    kind, match = component.entity_type, component.match
    if not kind:
        raise _refusal("Invalid empty entity type.")
    if kind in seen:
        raise _refusal(f"Entity type {kind} cannot appear more than once in the filter.")
    if kind not in ENTITY_TYPES:
        raise KafkaError(ErrorCode.UNSUPPORTED_VERSION, f"Unsupported entity type {kind}")
    match component.match_type:
        case Match.EXACT:
            if match is None:
                raise _refusal("Request specified MATCH_TYPE_EXACT, but set match string to null.")
        case Match.DEFAULT | Match.SPECIFIED as wanted:
            if match is not None:
                name = Match(wanted).name
                raise _refusal(f"Request specified MATCH_TYPE_{name}, but also specified a match string.")
        case unknown:
            raise _refusal(f"Unknown match type {unknown}")


def _matches(
    entity: Mapping[str, str | None],
    exact: Mapping[str, str | None],
    specified: Iterable[str],
    *,
    strict: bool,
) -> bool:
    wanted = {*exact, *specified}
    if not wanted <= entity.keys() or (strict and len(entity) != len(wanted)):
        return False
    return all(entity[kind] == name for kind, name in exact.items())
