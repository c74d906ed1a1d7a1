"""Declared messages against Apache Kafka's definitions, and the differences that the comparison notices."""

import copy
from typing import Any

import pytest

from compat.schemas.compare import compare
from compat.schemas.definitions import NoDefinitions, Releases, load

HEARTBEAT = {
    "apiKey": 12,
    "type": "request",
    "name": "HeartbeatRequest",
    "validVersions": "0-4",
    "flexibleVersions": "4+",
    "fields": [
        {"name": "GroupId", "type": "string", "versions": "0+"},
        {"name": "GenerationId", "type": "int32", "versions": "0+"},
        {"name": "MemberId", "type": "string", "versions": "0+"},
        {
            "name": "GroupInstanceId",
            "type": "string",
            "versions": "3+",
            "nullableVersions": "3+",
            "default": "null",
        },
    ],
}


def problems(definition: dict[str, Any]) -> list[str]:
    return compare({"0.0": {definition["name"]: definition}}).problems


def changed(field: int | None, **changes: Any) -> dict[str, Any]:
    definition: dict[str, Any] = copy.deepcopy(HEARTBEAT)
    (definition if field is None else definition["fields"][field]).update(changes)
    return definition


def test_every_message_is_declared_as_apache_kafka_defines_it() -> None:
    releases: Releases
    try:
        _, releases = load()
    except NoDefinitions as missing:
        pytest.skip(str(missing))
    report = compare(releases)
    assert len(report.messages) > 200
    assert report.unknown == set()
    assert report.problems == []


def test_an_equal_definition_has_no_problems() -> None:
    assert problems(HEARTBEAT) == []


@pytest.mark.parametrize(
    ("field", "changes", "noticed"),
    [
        (None, {"apiKey": 13}, "API key"),
        (None, {"validVersions": "0-5"}, "v5: validity"),
        (None, {"validVersions": "1-4"}, "valid versions"),
        (None, {"flexibleVersions": "3+"}, "v3: flexibility"),
        (0, {"name": "GroupName"}, "one side only"),
        (0, {"versions": "1+"}, "v0: fields on one side only"),
        (1, {"type": "int64"}, "generation_id: wire form"),
        (1, {"default": "-1"}, "generation_id: default"),
        (2, {"nullableVersions": "2+"}, "v2.member_id: wire form"),
        (2, {"tag": 0, "taggedVersions": "4+"}, "v4.member_id: wire form"),
        (3, {"ignorable": True}, "GroupInstanceId: ignorable"),
    ],
)
def test_a_difference_is_noticed(field: int | None, changes: dict[str, Any], noticed: str) -> None:
    assert any(noticed in problem for problem in problems(changed(field, **changes)))


def test_another_order_is_noticed() -> None:
    definition = changed(None, fields=[HEARTBEAT["fields"][position] for position in (1, 0, 2, 3)])
    assert any("untagged fields" in problem for problem in problems(definition))


def test_a_missing_message_of_a_known_api_is_noticed() -> None:
    assert problems(changed(None, name="HeartbeatInquiry")) == [
        "HeartbeatInquiry: not declared, but its API is"
    ]


def test_no_definitions_at_all_says_how_to_get_them(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.schemas.definitions.ROOT", tmp_path / "checkout")
    monkeypatch.setattr("compat.schemas.definitions.HERE", tmp_path)
    monkeypatch.delenv("KAFKA_DEFINITIONS", raising=False)
    monkeypatch.delenv("KAFKA_JARS", raising=False)
    with pytest.raises(NoDefinitions, match="dependency:copy"):
        load()
