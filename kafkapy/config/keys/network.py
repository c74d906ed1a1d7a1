"""Broker keys about listeners, sockets and limits of connections."""

from kafkapy.config.key import INT_MAX, REQUIRED
from kafkapy.config.keys.reasons import ACCEPTS, ALONE, LOOP, THREADS
from kafkapy.config.table import CLUSTER_WIDE, PER_BROKER, Table, integer, long, string, strings
from kafkapy.config.validators import at_least, items, one_of


class NetworkKeys(Table):
    listeners: tuple[str, ...] = strings(
        ("PLAINTEXT://:9092",),
        items(empty=False),
        dynamic=PER_BROKER,
        doc=(
            "Where the broker listens: `NAME://host:port`, comma separated. An empty host is every "
            "interface; port 0 takes a free one."
        ),
    )
    advertised_listeners: tuple[str, ...] | None = strings(
        None,
        items(empty=False, null=True),
        doc=(
            "The addresses that clients are told, if they differ from `listeners`. Without it a client is "
            "told the address it connected to when a listener has no host of its own."
        ),
    )
    listener_security_protocol_map: str = string(
        "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
        dynamic=PER_BROKER,
        doc="Which security protocol each listener name speaks: `NAME:PROTOCOL`, comma separated.",
    )
    inter_broker_listener_name: str | None = string(
        None,
        no_effect=ALONE,
        doc="The listener that brokers use among themselves. It must be one of the listeners.",
    )
    security_inter_broker_protocol: str = string(
        "PLAINTEXT",
        one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
        no_effect=ALONE,
        doc=(
            "The security protocol that brokers use among themselves, when `inter.broker.listener.name` is "
            "not set."
        ),
    )
    controller_listener_names: tuple[str, ...] = strings(
        REQUIRED,
        items(empty=False),
        doc="Names of listeners that belong to the controller; kafkapy does not open them.",
    )
    socket_send_buffer_bytes: int = integer(
        102_400,
        doc="SO_SNDBUF of accepted sockets; the operating system decides when it is -1, or not set at all.",
    )
    socket_receive_buffer_bytes: int = integer(
        102_400,
        doc="SO_RCVBUF of accepted sockets; the operating system decides when it is -1, or not set at all.",
    )
    socket_request_max_bytes: int = integer(
        104_857_600,
        at_least(1),
        doc="The largest request that is read; a connection that announces more is closed.",
    )
    socket_listen_backlog_size: int = integer(
        50, at_least(1), doc="Connections the operating system may hold that the broker has not accepted yet."
    )
    max_connections_per_ip: int = integer(
        INT_MAX, at_least(0), dynamic=CLUSTER_WIDE, doc="The most connections from one address."
    )
    max_connections_per_ip_overrides: str = string(
        "", dynamic=CLUSTER_WIDE, doc="Other limits for single hosts: `host:limit`, comma separated."
    )
    max_connections: int = integer(
        INT_MAX,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        doc="The most connections to the broker, or to one listener when set with its prefix.",
    )
    max_connection_creation_rate: int = integer(
        INT_MAX,
        at_least(0),
        dynamic=CLUSTER_WIDE,
        no_effect=ACCEPTS,
        doc="The most new connections per second, or to one listener when set with its prefix.",
    )
    connections_max_idle_ms: int = long(
        600_000, doc="After how long without a request a connection is closed."
    )
    connection_failed_authentication_delay_ms: int = integer(
        100, at_least(0), doc="How long the close of a connection is put off when its authentication failed."
    )
    queued_max_requests: int = integer(
        500,
        at_least(1),
        no_effect=LOOP,
        doc="Requests that may wait for a request thread before connections are no longer read.",
    )
    queued_max_request_bytes: int = long(
        -1,
        doc=(
            "Bytes of requests that may be in progress before connections are no longer read; -1 for no "
            "limit."
        ),
    )
    num_network_threads: int = integer(
        3, at_least(1), dynamic=CLUSTER_WIDE, no_effect=THREADS, doc="Threads that read and write sockets."
    )
    socket_connection_setup_timeout_ms: int = long(
        10_000, no_effect=ALONE, doc="How long the broker tries at first to connect to another one."
    )
    socket_connection_setup_timeout_max_ms: int = long(
        30_000, no_effect=ALONE, doc="How long the broker tries at most to connect to another one."
    )
