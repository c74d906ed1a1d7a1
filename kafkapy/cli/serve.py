"""`kafkapy serve`: a broker in this process, until SIGTERM or SIGINT.

What is imported at the top is what `--help` needs; the broker itself is imported when it starts.
"""

import argparse
import contextlib
import gc
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kafkapy.config.properties import Settings
    from kafkapy.storage.files import FileSystem

log = logging.getLogger(__name__)

DEFAULT_LISTEN = "127.0.0.1:9092"
DEFAULT_DATA_DIR = "kafkapy-data"
LARGEST_PORT = 65_535
YOUNG_OBJECTS = 10_000
"""How many objects may be new before the collector looks for cycles among them. An answer with the metadata
of 10,000 partitions took three times as long when it was called every 700.
"""
PROTOCOL_MAP = "listener.security.protocol.map"
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")

DESCRIPTION = """\
Start a broker. When it serves, it says so in one line on stdout:

  kafkapy ready bootstrap.servers=127.0.0.1:9092 cluster.id=... data.dir=... pid=...

Everything else goes to stderr. SIGTERM and SIGINT (Ctrl-C) end it cleanly.

Settings are Apache Kafka's. Where one is given more than once, --set wins over environment variables such as
KAFKA_NUM_PARTITIONS, and these win over the --config file.
"""

EXAMPLES = """\
examples:
  kafkapy serve --listen 127.0.0.1:19092 --data-dir /tmp/kafka
  kafkapy serve --memory --listen 127.0.0.1:0 --set num.partitions=4
  kafkapy serve --listen '[::1]:9092' --listen OUTSIDE://0.0.0.0:9094 \\
      --set advertised.listeners=PLAINTEXT://[::1]:9092,OUTSIDE://kafka.example.org:9094
"""


class Refused(Exception):
    """The command was called wrongly; the text says how."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--listen",
        action="append",
        metavar="HOST:PORT",
        help=f"where clients connect; may be repeated; port 0 takes a free one (default: {DEFAULT_LISTEN})",
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--data-dir", metavar="DIR", help=f"where topics are kept (default: ./{DEFAULT_DATA_DIR})"
    )
    place.add_argument("--memory", action="store_true", help="keep everything in memory only")
    parser.add_argument("--config", metavar="FILE", help="settings, as in Apache Kafka's server.properties")
    parser.add_argument("--set", action="append", metavar="KEY=VALUE", default=[], help="one setting")


def run(options: argparse.Namespace) -> int:
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        settings = gather_settings(options, os.environ)
    except (Refused, OSError) as error:
        return complain(error, 2)
    return _serve(settings, in_memory=options.memory)


def gather_settings(options: argparse.Namespace, environment: Mapping[str, str]) -> "Settings":
    """All settings, from wherever they come. Refused, or OSError for a file that cannot be read."""
    from kafkapy.config.properties import gather, parse_properties

    file = {}
    if options.config is not None:
        try:
            file = parse_properties(Path(options.config).read_text())
        except ValueError as error:
            raise Refused(f"{options.config}: {error}") from None
    arguments = {}
    for setting in options.set:
        key, separator, value = setting.partition("=")
        if not separator or not key:
            raise Refused(f"--set {setting}: a setting is KEY=VALUE")
        arguments[key.strip()] = value
    settings = gather(arguments, environment, file)
    properties = settings.properties
    if options.listen or "listeners" not in properties:
        properties |= listeners_of(options.listen or [DEFAULT_LISTEN], properties)
    if options.memory:
        properties["log.dirs"] = "/memory"
    elif options.data_dir is not None or not properties.keys() & {"log.dir", "log.dirs"}:
        properties["log.dirs"] = Path(options.data_dir or DEFAULT_DATA_DIR).absolute().as_posix()
    return settings


def listeners_of(addresses: list[str], properties: dict[str, str]) -> dict[str, str]:
    """The settings for `--listen`. Addresses without a name are PLAINTEXT, PLAINTEXT_2 and so on."""
    listeners: dict[str, str] = {}
    for address in addresses:
        name, separator, host_and_port = address.rpartition("://")
        if not separator:
            name = f"PLAINTEXT_{len(listeners) + 1}" if listeners else "PLAINTEXT"
        host, colon, port = host_and_port.rpartition(":")
        is_port = port.isdecimal() and int(port) <= LARGEST_PORT
        if not colon or not is_port or (":" in host and not host.startswith("[")):
            raise Refused(f"--listen {address}: an address is HOST:PORT, or [HOST]:PORT for IPv6")
        listeners[name.upper()] = f"{name}://{host_and_port}"
    settings = {"listeners": ",".join(listeners.values())}
    if PROTOCOL_MAP not in properties and not listeners.keys() <= set(PROTOCOLS):
        names = [*listeners, *properties.get("controller.listener.names", "CONTROLLER").split(",")]
        protocols = (f"{name}:{name if name in PROTOCOLS else 'PLAINTEXT'}" for name in names)
        settings[PROTOCOL_MAP] = ",".join(protocols)
    return settings


def _serve(settings: "Settings", *, in_memory: bool) -> int:
    """Start, say so, and stop when told to. Everything heavy is imported here."""
    import random

    from kafkapy.clock import LoopClock
    from kafkapy.config.broker import BrokerConfig
    from kafkapy.config.key import ConfigError
    from kafkapy.server.listener import CannotListen
    from kafkapy.server.loop import run_until_complete
    from kafkapy.server.node import Node
    from kafkapy.server.shutdown import StopSignal
    from kafkapy.storage.log_directory import LogDirectoryError

    try:
        config = BrokerConfig.load(settings.properties)
    except ConfigError as error:
        accepted = f" (accepted: {error.accepted})" if error.accepted else ""
        return complain(f"{error}{accepted}", 2)
    for name in settings.unknown:
        log.warning("%s: no such setting, ignored", name)
    _allow_many_files()

    failures: list[str] = []

    async def live() -> None:
        stop = StopSignal()
        node = Node(config, _files(in_memory), LoopClock(), random.SystemRandom())

        def fail(reason: str) -> None:
            failures.append(reason)
            stop.give()

        node.broker.on_failed = fail
        gc.disable()  # what a start makes stays
        await node.start()
        place = "memory" if in_memory else ",".join(config.effective_log_dirs)
        print(
            f"kafkapy ready bootstrap.servers={node.bootstrap} cluster.id={node.broker.cluster_id} "
            f"data.dir={place} pid={os.getpid()}",
            flush=True,
        )
        collect_seldom()
        await stop.wait()
        await node.stop()

    try:
        run_until_complete(live())
    except (CannotListen, LogDirectoryError, OSError) as error:
        return complain(error, 1)
    return complain(failures[0], 1) if failures else 0


def collect_seldom() -> None:
    """Turn the collector on for what comes: it need not look again and again at what is here, nor look for
    cycles because a large answer is being made, which is gone when it is sent.
    """
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    gc.enable()


def _allow_many_files() -> None:
    """A connection is a file to the operating system, and many shells allow a process only 1,024 of them."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != hard:
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _files(in_memory: bool) -> "FileSystem":
    if in_memory:
        from kafkapy.storage.memory_files import MemoryFiles

        return MemoryFiles()
    from kafkapy.storage.os_files import OsFiles

    return OsFiles()


def complain(what: object, exit_code: int) -> int:
    """One line for people; returns the exit code."""
    print(f"kafkapy serve: {what}", file=sys.stderr)
    return exit_code
