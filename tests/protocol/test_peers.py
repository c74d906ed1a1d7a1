"""kio and kafka-python read what the codec writes as the same values, and write the same bytes again.

Both are asked about every message and version that they know, found by class name. What neither knows is
counted here, so that a peer that is not asked any more shows; `tests/wire` holds Apache Kafka's own bytes
for those.
"""

import importlib
import inspect
import io
import pkgutil
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from kafka.protocol.api_message import ApiMessage
from kio.schema.index import schema_name_map
from kio.serial import entity_reader, entity_writer

from kafkapy.protocol import codec
from kafkapy.protocol.api_key import ApiKey, messages_of
from kafkapy.protocol.layout import layout_of
from kafkapy.protocol.messages.api_versions import ApiVersionsResponse
from kafkapy.protocol.schema import ZERO_UUID
from tests.protocol.samples import MESSAGES_AND_VERSIONS, sample


def kio_classes() -> dict[tuple[str, int], str]:
    return {
        (path.partition(":")[2], version): path
        for versions in schema_name_map.values()
        for version, types in versions.items()
        for path in types.values()
    }


def kafka_python_classes() -> dict[tuple[str, int], type[Any]]:
    found: dict[tuple[str, int], type[Any]] = {}
    for package in ("admin", "consumer", "metadata", "producer", "sasl"):
        root = importlib.import_module(f"kafka.protocol.{package}")
        for module in [root, *(importlib.import_module(m.name) for m in _submodules(root))]:
            for name, cls in inspect.getmembers(module, inspect.isclass):
                if issubclass(cls, ApiMessage) and cls is not ApiMessage:
                    found.update({(name, version): cls for version in range(cls.max_version + 1)})
    return found


def _submodules(root: Any) -> list[pkgutil.ModuleInfo]:
    return list(pkgutil.iter_modules(root.__path__, root.__name__ + ".")) if hasattr(root, "__path__") else []


KIO = kio_classes()
KAFKA_PYTHON = kafka_python_classes()


def known_to(peer: dict[tuple[str, int], Any]) -> dict[type[Any], list[int]]:
    """The versions of each message that a peer knows."""
    known: dict[type[Any], list[int]] = {}
    for cls, version in MESSAGES_AND_VERSIONS:
        if (cls.__name__, version) in peer:
            known.setdefault(cls, []).append(version)
    return known


def every_message_known_to(peer: dict[tuple[str, int], Any]) -> pytest.MarkDecorator:
    known = known_to(peer).items()
    return pytest.mark.parametrize(("cls", "versions"), known, ids=[cls.__name__ for cls, _ in known])


def plain(value: Any) -> Any:
    """A peer's value in this codec's terms."""
    if isinstance(value, timedelta):
        return round(value / timedelta(milliseconds=1))
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, set):
        return sum(1 << bit for bit in value)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def assert_same(ours: Any, theirs: Any, version: int, path: str = "") -> None:
    """Compare field by field, by name; fields that the version does not carry are left out."""
    layout = layout_of(type(ours), version)
    names = {name.replace("_", ""): name for name in dir(theirs) if not name.startswith("_")}
    for name, wire in {**layout.plain, **layout.tagged}.items():
        mine, peers = getattr(ours, name), getattr(theirs, _name_at_peer(name, names))
        where = f"{path}.{name}"
        if isinstance(wire.element, type) and wire.kind == "array" and mine is not None:
            assert len(mine) == len(peers), where
            for one, other in zip(mine, peers, strict=True):
                assert_same(one, other, version, where)
        elif wire.kind == "struct" and mine is not None:
            assert_same(mine, peers, version, where)
        elif wire.kind == "struct":
            assert peers is None or peers == type(peers)(), where
        elif wire.kind == "array" and mine is not None:
            assert mine == [plain(item) for item in peers], where
        else:
            assert (None if mine == ZERO_UUID else mine) == plain(peers) or mine == plain(peers), where


def _name_at_peer(name: str, names: dict[str, str]) -> str:
    """kio drops the unit of durations; kafka-python shortens the names of the authorized operations."""
    key = name.replace("_", "")
    return names.get(key) or names.get(key.removesuffix("ms")) or names["authorizedoperations"]


@every_message_known_to(KIO)
def test_kio_agrees(cls: type[Any], versions: list[int]) -> None:
    for version in versions:
        module, _, name = KIO[cls.__name__, version].partition(":")
        peer = getattr(importlib.import_module(module), name)
        for seed in range(2):
            message = sample(cls, version, seed, tame=True)
            encoded = codec.encode(message, version)
            entity, size = entity_reader(peer)(encoded, 0)
            assert size == len(encoded)
            assert_same(message, entity, version)
            out = io.BytesIO()
            entity_writer(peer)(out, entity)
            assert out.getvalue() == encoded


@every_message_known_to(KAFKA_PYTHON)
def test_kafka_python_agrees(cls: type[Any], versions: list[int]) -> None:
    for version in versions:
        for seed in range(2):
            message = sample(cls, version, seed, tame=True)
            if cls is ApiVersionsResponse:
                message.error_code = 0  # with an error, kafka-python reads any answer as version 0
            encoded = codec.encode(message, version)
            peer = KAFKA_PYTHON[cls.__name__, version].decode(encoded, version=version)
            assert_same(message, peer, version)
            peer._header = None
            assert bytes(peer.encode(version=version)) == encoded


def test_every_request_and_response_has_a_peer_but_for_a_few_first_versions() -> None:
    spoken = {cls for key in ApiKey for cls in messages_of(key)}
    known = KIO.keys() | KAFKA_PYTHON.keys()
    unknown = {(c.__name__, v) for c, v in MESSAGES_AND_VERSIONS if c in spoken} - known
    assert {version for _, version in unknown} == {0}
    assert {re.sub("Request$|Response$", "", name) for name, _ in unknown} == {
        "CreateDelegationToken",
        "DescribeDelegationToken",
        "ExpireDelegationToken",
        "RenewDelegationToken",
        "ShareAcknowledge",
        "ShareFetch",
        "ShareGroupDescribe",
        "ShareGroupHeartbeat",
    }
