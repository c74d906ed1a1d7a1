"""From the first connection to the last: limits, idle clients, and how a server ends."""

import asyncio
import socket
from collections.abc import Callable

import pytest

from kafkapy.clock import LoopClock
from kafkapy.config.broker import BrokerConfig
from kafkapy.server.listener import CannotListen
from kafkapy.server.server import Server
from kafkapy.testing.virtual_clock import VirtualClock
from tests.harness.edge import RawClient, Script, content, framed, until
from tests.server.conftest import Connect, StartServer


async def test_an_idle_connection_is_closed(serve: StartServer, connect: Connect) -> None:
    clock = VirtualClock()
    server = await serve(clock=clock, connections_max_idle_ms=10_000)
    client = await connect(server)
    await client.ask(b"echo")
    clock.advance(9_000)
    await client.ask(b"echo again")
    clock.advance(10_000)
    assert await client.ask(b"echo after ten seconds") == b"echo after ten seconds"
    clock.advance(13_000)
    assert await client.is_closed_by_server()


async def test_a_connection_that_waits_for_an_answer_is_idle_too(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    clock = VirtualClock()
    client = await connect(await serve(clock=clock, connections_max_idle_ms=10_000))
    await client.send(b"wait")
    await until(lambda: script.handled)
    clock.advance(13_000)
    assert await client.is_closed_by_server()
    assert script.cancelled == [b"wait"]


async def test_idle_connections_stay_when_there_is_no_idle_limit(
    serve: StartServer, connect: Connect
) -> None:
    clock = VirtualClock()
    client = await connect(await serve(clock=clock, connections_max_idle_ms=-1))
    await client.ask(b"echo")
    clock.advance(100_000_000)
    assert await client.ask(b"echo again") == b"echo again"


async def test_a_client_that_never_reads_is_closed_when_idle(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    clock = VirtualClock()
    server = await serve(clock=clock, connections_max_idle_ms=10_000)
    client = await connect(server, receive_buffer_bytes=4096)
    await client.send(b"big20000000")
    await until(lambda: script.handled)
    clock.advance(13_000)
    await until(lambda: server.connection_count == 0)


async def test_an_announced_size_costs_nothing_until_the_bytes_come(
    serve: StartServer, connect: Connect
) -> None:
    server = await serve()
    clients = [await connect(server) for _ in range(20)]
    for client in clients:
        await client.send_bytes((100_000_000).to_bytes(4) + b"only a few bytes")
    await until(lambda: server._edge.buffers.private_bytes >= 20 * 4096)
    assert server._edge.buffers.private_bytes == 20 * 4096


async def test_idle_connections_hold_no_buffers(serve: StartServer, connect: Connect) -> None:
    clock = VirtualClock()
    server = await serve(clock=clock)
    clients = [await connect(server) for _ in range(10)]
    for client in clients:
        await client.ask(b"echo" + content(500_000))
    clock.advance(15_000)
    assert server._edge.buffers.private_bytes == 0
    assert await clients[0].ask(b"echo") == b"echo"


async def test_very_large_buffers_are_not_kept_at_all(serve: StartServer, connect: Connect) -> None:
    server = await serve()
    client = await connect(server)
    await client.ask(b"echo" + bytes(5_000_000))
    assert server._edge.buffers.private_bytes == 0


async def test_connections_beyond_the_limit_wait_for_a_place(serve: StartServer, connect: Connect) -> None:
    server = await serve(max_connections=2)
    first, second, third, fourth = [await connect(server) for _ in range(4)]
    await third.send(b"echo three")
    await fourth.send(b"echo four")
    assert await first.ask(b"echo one") == b"echo one"
    assert await second.ask(b"echo two") == b"echo two"
    early_answers = asyncio.ensure_future(third.receive())
    await first.ask(b"echo one again")
    assert not early_answers.done()
    first.close()
    assert await early_answers == b"echo three"
    third.close()
    assert await fourth.receive() == b"echo four"


async def test_a_listener_may_have_a_limit_of_its_own(serve: StartServer, script: Script) -> None:
    server = await serve(
        listeners="PLAINTEXT://127.0.0.1:0,OUTSIDE://127.0.0.1:0",
        listener_security_protocol_map="PLAINTEXT:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        listener_name_outside_max_connections=1,
    )
    inside, outside = [("127.0.0.1", listener.port) for listener in server.listeners]
    async with await RawClient.connect(*outside) as served:
        await served.ask(b"echo")
        async with await RawClient.connect(*outside) as waiting, await RawClient.connect(*inside) as other:
            await waiting.send(b"echo waiting")
            for _ in range(3):
                assert await other.ask(b"echo inside") == b"echo inside"
            assert b"echo waiting" not in script.handled
            served.close()
            assert await waiting.receive() == b"echo waiting"


async def test_a_waiting_connection_that_gives_up_frees_its_turn(
    serve: StartServer, connect: Connect
) -> None:
    server = await serve(max_connections=1)
    first, second, third = [await connect(server) for _ in range(3)]
    await first.ask(b"echo")
    await third.send(b"echo three")
    second.close()
    first.close()
    assert await third.receive() == b"echo three"


async def test_connections_beyond_the_limit_of_one_address_are_closed(
    serve: StartServer, connect: Connect
) -> None:
    server = await serve(max_connections_per_ip=2)
    first, second = [await connect(server) for _ in range(2)]
    await first.ask(b"echo")
    await second.ask(b"echo")
    third = await connect(server)
    assert await third.is_closed_by_server()
    first.close()
    await until(lambda: server.connection_count == 1)
    assert await (await connect(server)).ask(b"echo") == b"echo"


async def test_an_address_may_have_a_limit_of_its_own(serve: StartServer, connect: Connect) -> None:
    server = await serve(max_connections_per_ip=0, max_connections_per_ip_overrides="127.0.0.1:1")
    assert await (await connect(server)).ask(b"echo") == b"echo"
    assert await (await connect(server)).is_closed_by_server()


async def test_large_requests_wait_while_the_byte_budget_is_used_up(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve(queued_max_request_bytes=4_000_000, socket_request_max_bytes=4_000_000)
    first, second, third = [await connect(server) for _ in range(3)]
    parked = b"wait" + bytes(3_999_996)
    await first.send(parked)
    await until(lambda: script.handled)
    body = b"echo" + content(3_000_000)
    sending = [asyncio.ensure_future(client.send(body)) for client in (second, third)]
    await until(lambda: server._edge.buffers.private_bytes > 300_000)
    small = await connect(server)
    for _ in range(20):
        assert await small.ask(b"echo, whole in one read") == b"echo, whole in one read"
    assert body not in script.handled
    assert server._edge.buffers.private_bytes < 1_500_000, (
        "what was read before the budget was asked, no more"
    )
    script.answer(parked)
    assert await first.receive() == parked
    assert await second.receive() == body
    assert await third.receive() == body
    await asyncio.gather(*sending)


async def test_a_client_that_leaves_gives_its_bytes_back_to_the_budget(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve(queued_max_request_bytes=1_000_000, socket_request_max_bytes=1_000_000)
    half, parked, other = [await connect(server) for _ in range(3)]
    await half.send_bytes(framed(bytes(1_000_000))[:1000])
    await until(lambda: server._edge.budget.is_exhausted())
    half.close()
    await until(lambda: not server._edge.budget.is_exhausted())
    await parked.send(b"wait" + bytes(999_996))
    await until(lambda: script.handled)
    parked.close()
    body = b"echo" + bytes(900_000)
    sending = asyncio.ensure_future(other.send(body))
    assert await other.receive() == body
    await sending


async def test_a_stopped_server_is_gone(serve: StartServer, connect: Connect) -> None:
    server = await serve()
    idle, slow_writer = await connect(server), await connect(server)
    await idle.ask(b"echo")
    await slow_writer.send_bytes(framed(b"echo")[:5])
    await server.stop()
    assert await idle.is_closed_by_server()
    assert await slow_writer.is_closed_by_server()
    with pytest.raises(ConnectionRefusedError):
        await RawClient.connect(server.listeners[0].host, server.listeners[0].port)


async def test_a_waiting_request_may_still_be_answered_while_the_server_stops(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve()
    client = await connect(server)
    await client.send(b"wait", b"echo never")
    await until(lambda: script.handled)
    stopping = asyncio.ensure_future(server.stop(grace_seconds=60))
    await asyncio.sleep(0)
    script.answer(b"wait")
    assert await client.receive() == b"wait"
    assert await client.is_closed_by_server()
    await stopping
    assert script.handled == [b"wait"]


async def test_a_waiting_request_does_not_keep_a_server_from_stopping(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve()
    client, lazy = await connect(server), await connect(server, receive_buffer_bytes=4096)
    await client.send(b"wait")
    await lazy.send(b"big20000000")
    await until(lambda: len(script.handled) == 2)
    await server.stop(grace_seconds=0.01)
    assert script.cancelled == [b"wait"]
    assert server.connection_count == 0
    assert await client.is_closed_by_server()


async def test_a_server_has_several_listeners_with_addresses_of_their_own(
    serve: StartServer, script: Script
) -> None:
    server = await serve(
        listeners="PLAINTEXT://127.0.0.1:0,OUTSIDE://127.0.0.1:0",
        listener_security_protocol_map="PLAINTEXT:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        advertised_listeners="PLAINTEXT://localhost:9092,OUTSIDE://broker.example.org:1234",
    )
    for listener in server.listeners:
        async with await RawClient.connect(listener.host, listener.port) as client:
            await client.ask(b"echo")
    assert [peer.listener for peer in script.peers] == ["PLAINTEXT", "OUTSIDE"]
    assert script.peers[0].advertised == ("localhost", 9092)
    assert script.peers[1].advertised == ("broker.example.org", 1234)


async def test_a_taken_port_is_refused_and_leaves_nothing_bound(
    script: Script, unused_tcp_port_factory: Callable[[], int]
) -> None:
    free_port = unused_tcp_port_factory()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = BrokerConfig.load(
            {
                "listeners": f"PLAINTEXT://127.0.0.1:{free_port},SSL://127.0.0.1:{port}",
                "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SSL:PLAINTEXT,CONTROLLER:PLAINTEXT",
            }
        )
        server = Server(config, LoopClock(), script)
        with pytest.raises(CannotListen, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            server.bind()
    socket.create_server(("127.0.0.1", free_port)).close()


async def test_clients_are_not_let_in_before_the_start(script: Script) -> None:
    server = Server(BrokerConfig.load({"listeners": "PLAINTEXT://127.0.0.1:0"}), LoopClock(), script)
    server.bind()
    with pytest.raises(ConnectionRefusedError):
        await RawClient.connect("127.0.0.1", server.listeners[0].port)
    await server.stop()
