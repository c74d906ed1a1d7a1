"""The configuration of a broker: what it was started with, what was set since, and what follows.

Layers, strongest first: set for this broker while it ran, set for the whole cluster while it ran, given at
the start, Kafka's defaults. A key that is set in a layer hides its synonyms in the weaker ones: a dynamic
`log.retention.ms` wins over a static `log.retention.hours`.

A BrokerConfig is changed in place and only by `apply_dynamic`, so that whoever reads `config.some_key` when
it is needed follows every change. Kafka: KafkaConfig, DynamicBrokerConfig.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kafkapy.config.broker_keys import (
    KEYS,
    LISTENER_PREFIX,
    ListenerKeys,
    dynamic_key,
    is_known,
    is_listener_only,
    is_per_broker,
    is_static,
)
from kafkapy.config.broker_values import BrokerValues
from kafkapy.config.consistency import check_consistency, check_reconfiguration
from kafkapy.config.key import ConfigError

SHIPPED = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
}
"""What a broker is started with when nobody says otherwise: as in the files Kafka ships for a single node."""


class DynamicChange(NamedTuple):
    """changed: names of keys with another value than before. problems: why stored settings were left out."""

    changed: frozenset[str]
    problems: tuple[str, ...]


class BrokerConfig(BrokerValues):
    """Typed values of every broker key, and the layers they come from. ConfigError where they contradict."""

    static: Mapping[str, str]
    dynamic_cluster: Mapping[str, str]
    dynamic_broker: Mapping[str, str]

    def __init__(
        self,
        static: Mapping[str, str],
        dynamic_cluster: Mapping[str, str] | None = None,
        dynamic_broker: Mapping[str, str] | None = None,
    ) -> None:
        self.static = _with_both_ids(static)
        self.dynamic_cluster = dynamic_cluster or {}
        self.dynamic_broker = dynamic_broker or {}
        super().__init__(_overlaid(self.static, self.dynamic_cluster, self.dynamic_broker))
        check_consistency(self)

    @classmethod
    def load(cls, properties: Mapping[str, str]) -> "BrokerConfig":
        """The configuration of a broker started with `properties` over the shipped defaults. ConfigError."""
        shipped = {
            name: text
            for name, text in SHIPPED.items()
            if name not in properties and (name != "node.id" or "broker.id" not in properties)
        }
        return cls(shipped | dict(properties))

    def apply_dynamic(self, cluster: Mapping[str, str], broker: Mapping[str, str]) -> DynamicChange:
        """Take over what is stored for the cluster and for this broker, each as a whole.

        Settings that cannot be used are left out. ConfigError, and no change, when the rest is contradictory.
        """
        problems: list[str] = []
        cluster = self._usable(cluster, problems, per_broker=False)
        broker = self._usable(broker, problems, per_broker=True)
        new = BrokerConfig(self.static, cluster, broker)
        changed = frozenset(
            key.name
            for key in self.KEYS.values()
            if getattr(self, key.attribute) != getattr(new, key.attribute)
        )
        self.__dict__.update(new.__dict__)
        return DynamicChange(changed, tuple(problems))

    def validate_dynamic(self, texts: Mapping[str, str], *, per_broker: bool) -> None:
        """Raise ConfigError unless `texts` could be what is stored for this broker, or for the cluster."""
        _refuse("Cannot update these configs dynamically", filter(is_static, texts))
        _refuse(
            "These security configs can be dynamically updated only per-listener using the listener prefix",
            filter(is_listener_only, texts),
        )
        for name, text in texts.items():
            if key := dynamic_key(name):
                key.parse(text)
        if per_broker:
            new = BrokerConfig(self.static, self.dynamic_cluster, texts)
        else:
            _refuse(
                "Cannot update these configs at default cluster level, broker id must be specified",
                filter(is_per_broker, texts),
            )
            new = BrokerConfig(self.static, texts, self.dynamic_broker)
        check_reconfiguration(self, new)

    def _usable(self, texts: Mapping[str, str], problems: list[str], *, per_broker: bool) -> dict[str, str]:
        usable = {}
        for name, text in texts.items():
            try:
                if key := dynamic_key(name):
                    key.parse(text)
            except ConfigError as error:
                problems.append(str(error))
                continue
            if is_static(name) or is_listener_only(name) or (not per_broker and is_per_broker(name)):
                problems.append(f"{name} cannot be set there while the broker runs")
                continue
            usable[name] = self._clamped(name, text)
        return usable

    def _clamped(self, name: str, text: str) -> str:
        """Assignment intervals obey their bounds, should those have become narrower (KIP-1263)."""
        group, dot, setting = name.rpartition(".assignment.interval.ms")
        if not dot or setting or group not in ("group.consumer", "group.share", "group.streams"):
            return text
        low, high = (self.value_of(f"{group}.{bound}.assignment.interval.ms") for bound in ("min", "max"))
        assert isinstance(low, int)
        assert isinstance(high, int)
        return str(min(max(int(text), low), high))

    def for_listener(self, listener: str, mechanism: str = "") -> ListenerKeys:
        """The values that hold for a listener: what is set with its prefix, then what is set for all.

        With a SASL mechanism, what is set with the prefix of that mechanism comes first.
        """
        prefixes = [f"{LISTENER_PREFIX}{listener.lower()}."]
        if mechanism:
            prefixes.append(f"{prefixes[0]}{mechanism.lower()}.")
        texts = dict(self.texts)
        for prefix in prefixes:
            texts |= {
                name.removeprefix(prefix): text
                for name, text in self.texts.items()
                if name.startswith(prefix)
            }
        return ListenerKeys(texts)

    @property
    def unknown_names(self) -> list[str]:
        """What the broker was started with and does not know; Kafka warns about such keys."""
        return sorted(name for name in self.static if not is_known(name))


def _refuse(reason: str, names: Iterable[str]) -> None:
    if found := list(names):
        raise ConfigError(f"{reason}: [{', '.join(found)}]")


def _with_both_ids(texts: Mapping[str, str]) -> dict[str, str]:
    """node.id and broker.id are one; whichever is given counts as both."""
    both = dict(texts)
    for name, other in (("node.id", "broker.id"), ("broker.id", "node.id")):
        if name in both:
            both.setdefault(other, both[name])
    return both


def _overlaid(static: Mapping[str, str], *layers: Mapping[str, str]) -> dict[str, str]:
    texts = dict(static)
    for layer in layers:
        for name, text in layer.items():
            for synonym in KEYS[name].synonyms if name in KEYS else ():
                texts.pop(synonym, None)
            texts[name] = text
    return texts
