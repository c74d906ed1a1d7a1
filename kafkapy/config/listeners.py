"""What `listeners`, `advertised.listeners` and their protocol map say, read and checked as Kafka does."""

import re
from enum import Enum
from typing import NamedTuple

from kafkapy.config.key import ConfigError
from kafkapy.config.keys.network import NetworkKeys

_ENDPOINT = re.compile(r"(.*)://\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)")
_SPACED_COMMA = re.compile(r"\s*,\s*")


class SecurityProtocol(Enum):
    """How a listener speaks; the value is the number in metadata records."""

    PLAINTEXT = 0
    SSL = 1
    SASL_PLAINTEXT = 2
    SASL_SSL = 3

    @property
    def uses_tls(self) -> bool:
        return self in (SecurityProtocol.SSL, SecurityProtocol.SASL_SSL)

    @property
    def uses_sasl(self) -> bool:
        return self in (SecurityProtocol.SASL_PLAINTEXT, SecurityProtocol.SASL_SSL)


class Listener(NamedTuple):
    """One address. `host`: empty for every interface, IPv6 without brackets. `port`: 0 for a free one."""

    name: str
    host: str
    port: int
    protocol: SecurityProtocol


def security_protocols(config: NetworkKeys) -> dict[str, SecurityProtocol]:
    """Listener name -> protocol. Controller listeners are PLAINTEXT where nothing else is configured."""
    key = "listener.security.protocol.map"
    pairs = pairs_of(key, config.listener_security_protocol_map)
    protocols = {name.upper(): _protocol(text, key) for name, text in pairs.items()}
    names = [
        *config.controller_listener_names,
        *(entry.partition(":")[0].upper() for entry in config.listeners),
    ]
    if not config.is_set(key) and not any(name in ("SSL", "SASL_SSL", "SASL_PLAINTEXT") for name in names):
        protocols |= dict.fromkeys(config.controller_listener_names, SecurityProtocol.PLAINTEXT)
    return protocols


def pairs_of(key: str, text: str) -> dict[str, str]:
    """Kafka's `a:1, b:2` maps; the last colon of a pair divides it."""
    pairs = {}
    for pair in _SPACED_COMMA.split(text) if text else ():
        left, colon, right = pair.rpartition(":")
        if not colon:
            raise ConfigError(f"Error parsing configuration property '{key}': {pair!r} has no colon")
        pairs[left.strip()] = right.strip()
    return pairs


def _protocol(text: str, key: str) -> SecurityProtocol:
    try:
        return SecurityProtocol[text.upper()]
    except KeyError:
        raise ConfigError(f"Invalid security protocol `{text}` defined in {key}") from None


def all_listeners(config: NetworkKeys) -> list[Listener]:
    """Everything `listeners` names, controller listeners included."""
    return _parse(config.listeners, security_protocols(config), distinct_ports=True)


def broker_listeners(config: NetworkKeys) -> list[Listener]:
    """The listeners a client may connect to; these are opened."""
    return [
        listener
        for listener in all_listeners(config)
        if listener.name not in config.controller_listener_names
    ]


def controller_listeners(config: NetworkKeys) -> list[Listener]:
    """The listeners of the controller, in `listeners`."""
    return [
        listener for listener in all_listeners(config) if listener.name in config.controller_listener_names
    ]


def advertised_listeners(config: NetworkKeys) -> list[Listener]:
    """What clients are told: `advertised.listeners`, or else the broker listeners themselves."""
    entries = config.advertised_listeners
    if entries is None:
        return broker_listeners(config)
    parsed = _parse(entries, security_protocols(config), distinct_ports=False)
    return [listener for listener in parsed if listener.name not in config.controller_listener_names]


def inter_broker_listener(config: NetworkKeys) -> str:
    """The name of the listener that brokers use among themselves."""
    name = config.inter_broker_listener_name
    if name is None:
        return _protocol(config.security_inter_broker_protocol, "security.inter.broker.protocol").name
    if config.is_set("security.inter.broker.protocol"):
        raise ConfigError(
            "Only one of inter.broker.listener.name and security.inter.broker.protocol should be set."
        )
    if name.upper() not in security_protocols(config):
        raise ConfigError(
            f"Listener with name {name.upper()} defined in inter.broker.listener.name not found in "
            "listener.security.protocol.map."
        )
    return name.upper()


def _parse(
    entries: tuple[str, ...], protocols: dict[str, SecurityProtocol], *, distinct_ports: bool
) -> list[Listener]:
    try:
        listeners = [_listener(entry, protocols) for entry in entries]
        shown = f"[{', '.join(entries)}]"
        if len({listener.name for listener in listeners}) < len(listeners):
            raise ConfigError(f"Each listener must have a different name, listeners: {shown}")
        if distinct_ports:
            _check_ports(listeners, shown)
    except ConfigError as error:
        raise ConfigError(f"Error creating broker listeners from '[{', '.join(entries)}]': {error}") from None
    return listeners


def _listener(entry: str, protocols: dict[str, SecurityProtocol]) -> Listener:
    match = _ENDPOINT.fullmatch(entry)
    if not match:
        raise ConfigError(f"Unable to parse {entry} to a broker endpoint")
    name = match[1].upper()
    if name not in protocols:
        raise ConfigError(f"No security protocol defined for listener {name}")
    return Listener(name, match[2], int(match[3]), protocols[name])


def _check_ports(listeners: list[Listener], shown: str) -> None:
    """Ports differ, but for one IPv4 and one IPv6 address on the same one."""
    for port in {listener.port for listener in listeners} - {0}:
        hosts = [listener.host for listener in listeners if listener.port == port]
        versions = [_ip_version(host) for host in hosts]
        if len(hosts) == 1 or sorted(versions) == [4, 6]:
            continue
        if versions.count(0) > 1:
            raise ConfigError(f"Each listener must have a different port, listeners: {shown}")
        if len(versions) - versions.count(0) <= 2:
            raise ConfigError(
                "If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, "
                f"listeners: {shown}, port: {port}"
            )
        raise ConfigError(
            "Each listener must have a different port unless exactly one listener has an IPv4 address and "
            f"the other IPv6 address, listeners: {shown}, port: {port}"
        )


def _ip_version(host: str) -> int:
    """4 or 6 for an address, 0 for a name."""
    if ":" in host:
        return 6
    return 4 if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", host) else 0
