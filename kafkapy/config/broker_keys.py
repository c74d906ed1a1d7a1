"""All keys of a broker in one table, and what their names mean: synonyms, prefixes, where they may change."""

from kafkapy.config.key import ConfigKey, Dynamic
from kafkapy.config.keys.groups import GroupKeys
from kafkapy.config.keys.log import LogKeys
from kafkapy.config.keys.network import NetworkKeys
from kafkapy.config.keys.own import OwnKeys
from kafkapy.config.keys.quorum import QuorumKeys
from kafkapy.config.keys.quotas import QuotaKeys
from kafkapy.config.keys.remote import RemoteKeys
from kafkapy.config.keys.replication import ReplicationKeys
from kafkapy.config.keys.sasl import SaslKeys
from kafkapy.config.keys.security import SecurityKeys
from kafkapy.config.keys.server import ServerKeys
from kafkapy.config.keys.share import ShareKeys
from kafkapy.config.keys.transactions import TransactionKeys

LISTENER_PREFIX = "listener.name."


class BrokerKeys(
    ServerKeys,
    NetworkKeys,
    LogKeys,
    ReplicationKeys,
    QuorumKeys,
    GroupKeys,
    ShareKeys,
    TransactionKeys,
    RemoteKeys,
    QuotaKeys,
    SecurityKeys,
    SaslKeys,
    OwnKeys,
):
    """Every key a broker can be started with or given while it runs."""


class ListenerKeys(NetworkKeys, SecurityKeys, SaslKeys):
    """The keys that may be set for one listener, or for one SASL mechanism of it."""


KEYS = BrokerKeys.KEYS
_PLUGIN_PREFIXES = ("config.providers.", "rsm.config.", "rlmm.config.")
_MECHANISM_KEYS = (
    "sasl.jaas.config",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.server.callback.handler.class",
    "connections.max.reauth.ms",
)
_CLUSTER_LEVEL_LISTENER_KEYS = ("max.connections", "max.connection.creation.rate", "num.network.threads")


def synonyms_of(name: str) -> tuple[str, ...]:
    """The keys for the setting `name`, strongest first; a listener's key is followed by the one for all."""
    key = KEYS.get(name)
    if key and key.synonyms:
        return key.synonyms
    base = _base_name(name)
    return (name,) if base == name else (name, base)


def key_of(name: str) -> ConfigKey | None:
    """The row of a name, or of the key that a listener's prefix is put before."""
    return KEYS.get(name) or KEYS.get(_base_name(name))


def dynamic_key(name: str) -> ConfigKey | None:
    """The row against which a dynamic setting is checked; None for names that are not checked."""
    key = KEYS.get(_without_listener(name))
    return key if key and key.dynamic is not Dynamic.READ_ONLY else None


def is_known(name: str) -> bool:
    return name.startswith(_PLUGIN_PREFIXES) or key_of(name) is not None


def _without_listener(name: str) -> str:
    if name.startswith(LISTENER_PREFIX):
        return name.removeprefix(LISTENER_PREFIX).partition(".")[2] or name
    return name


def _base_name(name: str) -> str:
    base = _without_listener(name)
    if base == name:
        return name
    return next((key for key in _MECHANISM_KEYS if base.endswith(key)), base)


def is_static(name: str) -> bool:
    """Whether the key can only be given at the start."""
    key = KEYS.get(name)
    return key is not None and key.dynamic is Dynamic.READ_ONLY and not key.foreign


def is_listener_only(name: str) -> bool:
    """Whether the key can be changed for single listeners only: keys and certificates."""
    return name == "ssl.key.password" or name.startswith(("ssl.keystore.", "ssl.truststore."))


def is_per_broker(name: str) -> bool:
    """Whether the key can be changed for single brokers only."""
    key = KEYS.get(name)
    if key is None:
        base = _without_listener(name)
        return base != name and base not in _CLUSTER_LEVEL_LISTENER_KEYS
    return key.dynamic is Dynamic.PER_BROKER
