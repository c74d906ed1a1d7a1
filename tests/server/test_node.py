"""A broker and its network side, together."""

import random
from pathlib import Path

import pytest

from kafkapy.clock import LoopClock
from kafkapy.config.broker import BrokerConfig
from kafkapy.server.listener import CannotListen
from kafkapy.server.node import Node
from kafkapy.storage.log_directory import LogDirectoryError
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.os_files import OsFiles
from tests.harness.edge import RawClient


def node(**settings: str) -> Node:
    texts = {name.replace("_", "."): text for name, text in settings.items()}
    config = BrokerConfig.load({"listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": "/data", **texts})
    return Node(config, MemoryFiles(), LoopClock(), random.Random(0))


def endpoints(running: Node) -> list[tuple[str, str, int]]:
    broker = running.broker.metadata.image.brokers[running.broker.node_id]
    return [(endpoint.name, endpoint.host, endpoint.port) for endpoint in broker.endpoints]


async def test_a_node_serves_between_start_and_stop() -> None:
    running = node()
    await running.start()
    listener = running.server.listeners[0]
    assert running.bootstrap == f"127.0.0.1:{listener.port}"
    client = await RawClient.connect("127.0.0.1", listener.port)
    answer = await client.ask(b"\x00\x12\x00\x00\x00\x00\x00\x07\xff\xff")
    assert answer.startswith(b"\x00\x00\x00\x07\x00\x00")
    await running.stop()
    assert await client.is_closed_by_server()
    client.close()


async def test_the_metadata_tell_where_the_node_listens() -> None:
    running = node()
    await running.start()
    assert endpoints(running) == [("PLAINTEXT", "127.0.0.1", running.server.listeners[0].port)]
    await running.stop()


async def test_the_metadata_tell_what_is_advertised() -> None:
    running = node(advertised_listeners="PLAINTEXT://broker.example.org:1234")
    await running.start()
    assert endpoints(running) == [("PLAINTEXT", "broker.example.org", 1234)]
    await running.stop()


async def test_a_wildcard_is_reached_over_this_machine() -> None:
    running = node(listeners="PLAINTEXT://0.0.0.0:0")
    await running.start()
    assert running.bootstrap == f"127.0.0.1:{running.server.listeners[0].port}"
    assert endpoints(running)[0][1] == "127.0.0.1"
    await running.stop()


async def test_a_node_that_cannot_start_leaves_its_port_free(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the directory should be")
    config = BrokerConfig.load(
        {"listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": (tmp_path / "data").as_posix()}
    )
    failing = Node(config, OsFiles(), LoopClock(), random.Random(0))
    with pytest.raises(LogDirectoryError, match="data"):
        await failing.start()
    address = failing.server.listeners[0]
    again = node(listeners=f"PLAINTEXT://127.0.0.1:{address.port}")
    await again.start()
    await again.stop()


async def test_two_nodes_live_in_one_process_but_not_on_one_port() -> None:
    first, second = node(), node()
    await first.start()
    await second.start()
    third = node(listeners=f"PLAINTEXT://{first.bootstrap}")
    with pytest.raises(CannotListen, match=first.bootstrap):
        await third.start()
    await first.stop()
    await second.stop()
