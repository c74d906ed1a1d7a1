"""Quotas: records, outcomes, and Kafka's refusals (all texts seen on Kafka 4.3)."""

import pytest

from kafkapy.cluster.client_quotas import (
    Component,
    Match,
    QuotaAlteration,
    alter_client_quotas,
    describe_client_quotas,
)
from kafkapy.cluster.image import ClusterImage, QuotaEntity
from kafkapy.cluster.record_types import ClientQuotaRecord
from kafkapy.cluster.replay import replay
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.log_records.client_quota_record import EntityData

ALICE: QuotaEntity = (("user", "alice"),)
DEFAULT_USER: QuotaEntity = (("user", None),)
APP_OF_ALICE: QuotaEntity = (("client-id", "app"), ("user", "alice"))
HOST: QuotaEntity = (("ip", "10.0.0.1"),)
HOSTS = {"10.0.0.1"}
PRODUCE, CONSUME = "producer_byte_rate", "consumer_byte_rate"


@pytest.fixture
def image() -> ClusterImage:
    return ClusterImage(
        client_quotas={
            ALICE: {PRODUCE: 1.0, CONSUME: 2.0},
            DEFAULT_USER: {PRODUCE: 3.0},
            APP_OF_ALICE: {PRODUCE: 4.0},
            HOST: {"connection_creation_rate": 5.0},
        }
    )


def alter(
    image: ClusterImage, *alterations: tuple[QuotaEntity, list[tuple[str, float | None]]]
) -> dict[QuotaEntity, str | None]:
    """Alter and replay; what is said of each entity."""
    change = alter_client_quotas(image, [QuotaAlteration(*each) for each in alterations], HOSTS)
    for record in change.records:
        replay(image, record)
    for result in change.results:
        assert result.error is None or result.error.code == ErrorCode.INVALID_REQUEST
    return {result.entity: result.error and result.error.detail for result in change.results}


def test_quotas_are_set_and_removed(image: ClusterImage) -> None:
    assert alter(
        image, (ALICE, [(PRODUCE, 9.0), (CONSUME, None)]), (HOST, [("connection_creation_rate", None)])
    )
    assert image.client_quotas[ALICE] == {PRODUCE: 9.0}
    assert HOST not in image.client_quotas


def test_only_what_changes_is_recorded(image: ClusterImage) -> None:
    quotas = [(PRODUCE, 1.0), (CONSUME, 7.0), ("request_percentage", None)]
    change = alter_client_quotas(image, [QuotaAlteration(ALICE, quotas)], HOSTS)
    entity = [EntityData(entity_type="user", entity_name="alice")]
    assert change.records == [ClientQuotaRecord(entity=entity, key=CONSUME, value=7.0, remove=False)]


@pytest.mark.parametrize(
    ("entity", "key", "value", "text"),
    [
        ((), PRODUCE, 1, "Invalid empty client quota entity"),
        ((("user", ""),), PRODUCE, 1, "Empty user not supported"),
        ((("group", "g"),), PRODUCE, 1, "Unhandled client quota entity type: group"),
        (
            (("ip", "10.0.0.1"), ("user", "a")),
            PRODUCE,
            1,
            "Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId",
        ),
        ((("ip", "10.0.0.2"),), PRODUCE, 1, "10.0.0.2 is not a valid IP or resolvable host."),
        (HOST, PRODUCE, 1, f"Invalid configuration key {PRODUCE}"),
        (ALICE, "connection_creation_rate", 1, "Invalid configuration key connection_creation_rate"),
        (ALICE, PRODUCE, 0, f"Quota {PRODUCE} must be greater than 0"),
        (ALICE, "request_percentage", -0.5, "Quota request_percentage must be greater than 0"),
        (ALICE, PRODUCE, 1.5, f"{PRODUCE} cannot be a fractional value."),
        (ALICE, PRODUCE, 1e19, f"Proposed value for {PRODUCE} is too large for a LONG."),
        (
            HOST,
            "connection_creation_rate",
            2**31,
            "Proposed value for connection_creation_rate is too large for an INT.",
        ),
    ],
)
def test_refusals(image: ClusterImage, entity: QuotaEntity, key: str, value: float, text: str) -> None:
    before = {entity: dict(quotas) for entity, quotas in image.client_quotas.items()}
    assert alter(image, (entity, [("removed", None), (key, value)])) == {entity: text}
    assert image.client_quotas == before


def test_numbers_may_be_fractional_where_kafka_has_doubles(image: ClusterImage) -> None:
    quotas: list[tuple[str, float | None]] = [("request_percentage", 0.5), ("controller_mutation_rate", 1.5)]
    assert alter(
        image, (DEFAULT_USER, quotas), ((("ip", None),), [("connection_creation_rate", 2**31 - 1)])
    ) == {
        DEFAULT_USER: None,
        (("ip", None),): None,
    }


def test_of_an_entity_that_comes_twice_only_the_first_part_is_done(image: ClusterImage) -> None:
    said = alter(image, (APP_OF_ALICE, [(PRODUCE, 8.0)]), (APP_OF_ALICE, [(CONSUME, 9.0)]))
    text = "Ignoring duplicate entity ClientQuotaEntity(entries={client-id=app, user=alice})"
    assert said == {APP_OF_ALICE: text}
    assert image.client_quotas[APP_OF_ALICE] == {PRODUCE: 8.0}


def test_a_key_that_comes_twice_makes_its_entity_a_duplicate(image: ClusterImage) -> None:
    said = alter(image, (DEFAULT_USER, [(PRODUCE, 8.0), (PRODUCE, 9.0)]))
    assert said == {DEFAULT_USER: "Ignoring duplicate entity ClientQuotaEntity(entries={user=null})"}
    assert image.client_quotas[DEFAULT_USER] == {PRODUCE: 3.0}


def test_one_request_changes_10000_quotas_at_most(image: ClusterImage) -> None:
    many = [QuotaAlteration((("user", str(n)),), [(PRODUCE, 1.0), (CONSUME, 1.0)]) for n in range(5001)]
    assert len(alter_client_quotas(image, many[:5000], HOSTS).records) == 10_000
    with pytest.raises(KafkaError) as refused:
        alter_client_quotas(image, many, HOSTS)
    assert refused.value.code == ErrorCode.POLICY_VIOLATION


@pytest.mark.parametrize(
    ("components", "strict", "found"),
    [
        ([], False, [ALICE, DEFAULT_USER, APP_OF_ALICE, HOST]),
        ([], True, []),
        ([("user", Match.EXACT, "alice")], True, [ALICE]),
        ([("user", Match.EXACT, "alice")], False, [ALICE, APP_OF_ALICE]),
        ([("user", Match.DEFAULT, None)], True, [DEFAULT_USER]),
        ([("user", Match.SPECIFIED, None)], True, [ALICE, DEFAULT_USER]),
        ([("user", Match.SPECIFIED, None)], False, [ALICE, DEFAULT_USER, APP_OF_ALICE]),
        ([("user", Match.EXACT, "alice"), ("client-id", Match.SPECIFIED, None)], True, [APP_OF_ALICE]),
        ([("ip", Match.SPECIFIED, None)], True, [HOST]),
        ([("user", Match.EXACT, "bob")], False, []),
    ],
)
def test_filters(
    image: ClusterImage, components: list[tuple[str, int, str | None]], strict: bool, found: list[QuotaEntity]
) -> None:
    described = describe_client_quotas(image, [Component(*each) for each in components], strict=strict)
    assert described == [(entity, image.client_quotas[entity]) for entity in found]


@pytest.mark.parametrize(
    ("components", "text"),
    [
        ([("", 0, "a")], "Invalid empty entity type."),
        ([("user", 0, None)], "Request specified MATCH_TYPE_EXACT, but set match string to null."),
        ([("user", 1, "a")], "Request specified MATCH_TYPE_DEFAULT, but also specified a match string."),
        ([("user", 2, "a")], "Request specified MATCH_TYPE_SPECIFIED, but also specified a match string."),
        ([("user", 3, None)], "Unknown match type 3"),
        (
            [("user", 0, "a"), ("user", 2, None)],
            "Entity type user cannot appear more than once in the filter.",
        ),
        (
            [("user", 0, "a"), ("ip", 2, None)],
            "Invalid entity filter component combination. IP filter component should not be used with "
            "user or clientId filter component.",
        ),
    ],
)
def test_filters_that_mean_nothing(
    image: ClusterImage, components: list[tuple[str, int, str | None]], text: str
) -> None:
    with pytest.raises(KafkaError) as refused:
        describe_client_quotas(image, [Component(*each) for each in components], strict=False)
    assert (refused.value.code, refused.value.detail) == (ErrorCode.INVALID_REQUEST, text)


def test_entities_of_another_type_are_unsupported(image: ClusterImage) -> None:
    with pytest.raises(KafkaError) as refused:
        describe_client_quotas(image, [Component("group", Match.EXACT, "g")], strict=False)
    assert refused.value.code == ErrorCode.UNSUPPORTED_VERSION
    assert refused.value.detail == "Unsupported entity type group"
