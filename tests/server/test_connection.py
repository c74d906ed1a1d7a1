"""One request in flight, responses in order, and nothing a client does harms another."""

import asyncio
import socket

import pytest

from kafkapy.server.connection import (
    LONG_TURN_BYTES,
    MOST_HELD,
    SHORT_TURN_BYTES,
    SHORT_TURNS,
    Connection,
)
from kafkapy.server.server import Server
from kafkapy.testing.virtual_clock import VirtualClock
from tests.harness.edge import RawClient, Script, content, framed, until
from tests.harness.memory_transport import MemoryTransport
from tests.server.conftest import Connect, StartServer


async def test_requests_are_answered_in_the_order_in_which_they_came(
    serve: StartServer, connect: Connect
) -> None:
    client = await connect(await serve())
    await client.send(*(b"echo%d" % number for number in range(100)))
    assert [await client.receive() for _ in range(100)] == [b"echo%d" % number for number in range(100)]


async def test_a_request_may_arrive_byte_by_byte(serve: StartServer, connect: Connect) -> None:
    client = await connect(await serve())
    for byte in framed(b"echo slowly"):
        await client.send_bytes(bytes([byte]))
        await asyncio.sleep(0)
    assert await client.receive() == b"echo slowly"


async def test_a_request_and_half_of_the_next_may_arrive_together(
    serve: StartServer, connect: Connect
) -> None:
    client = await connect(await serve())
    second = framed(b"echo second")
    await client.send_bytes(framed(b"echo first") + second[:6])
    assert await client.receive() == b"echo first"
    await client.send_bytes(second[6:])
    assert await client.receive() == b"echo second"


async def test_an_empty_request_is_a_request(serve: StartServer, connect: Connect) -> None:
    client = await connect(await serve())
    assert await client.ask(b"") == b""


async def test_a_waiting_request_holds_up_those_behind_it(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    await client.send(b"wait", b"echo behind")
    await until(lambda: script.handled)
    assert script.handled == [b"wait"]
    script.answer(b"wait")
    assert await client.receive() == b"wait"
    assert await client.receive() == b"echo behind"


async def test_a_waiting_request_does_not_hold_up_other_connections(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve()
    patient, other = await connect(server), await connect(server)
    await patient.send(b"wait")
    await until(lambda: script.handled)
    assert await other.ask(b"echo") == b"echo"


async def test_while_an_answer_is_held_back_others_are_handled_and_answered_behind_it(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    await client.send(b"hold first", b"none", b"echo", b"big300000", b"hold last", b"echo behind")
    await until(lambda: len(script.handled) == 6)
    script.answer(b"hold last")
    script.answer(b"hold first")
    assert await client.receive() == b"hold first"
    assert await client.receive() == b"echo"
    assert await client.receive() == content(300_000)
    assert await client.receive() == b"hold last"
    assert await client.receive() == b"echo behind"


async def test_a_request_that_waits_is_answered_behind_what_is_held_back(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    await client.send(b"hold", b"wait", b"echo")
    await until(lambda: len(script.handled) == 2)
    script.answer(b"wait")
    await until(lambda: len(script.handled) == 3)
    script.answer(b"hold")
    assert [await client.receive() for _ in range(3)] == [b"hold", b"wait", b"echo"]


async def test_only_so_many_answers_are_held_back(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    bodies = [b"hold%d" % number for number in range(MOST_HELD + 10)]
    await client.send(*bodies)
    await until(lambda: len(script.handled) >= MOST_HELD)
    assert len(script.handled) == MOST_HELD
    for body in bodies[:MOST_HELD]:
        script.answer(body)
    await until(lambda: len(script.handled) == len(bodies))
    for body in bodies[MOST_HELD:]:
        script.answer(body)
    assert [await client.receive() for _ in bodies] == bodies


async def test_what_is_held_back_is_sent_before_the_connection_closes(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    await client.send(b"hold", b"last", b"echo never")
    await until(lambda: len(script.handled) == 2)
    script.answer(b"hold")
    assert [await client.receive() for _ in range(2)] == [b"hold", b"last"]
    assert await client.is_closed_by_server()


async def test_a_client_that_leaves_takes_what_is_held_back_with_it(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve()
    client = await connect(server)
    await client.send(b"hold")
    await until(lambda: script.handled)
    client.reset()
    other = await connect(server)
    assert await other.ask(b"echo") == b"echo"
    script.answer(b"hold")
    assert await other.ask(b"echo again") == b"echo again"


async def test_a_client_that_sends_no_more_still_gets_what_was_held_back(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    await client.send(b"hold")
    client.half_close()
    await until(lambda: script.handled)
    script.answer(b"hold")
    assert await client.receive() == b"hold"
    assert await client.is_closed_by_server()


async def test_many_large_requests_may_be_sent_while_one_waits(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    bodies = [b"echo" + content(70_000 + number) for number in range(20)]
    await client.send(b"wait")
    sending = asyncio.ensure_future(client.send(*bodies))
    await until(lambda: script.handled)
    script.answer(b"wait")
    assert await client.receive() == b"wait"
    assert [await client.receive() for _ in bodies] == bodies
    await sending


async def test_a_request_without_response_does_not_disturb_the_next(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    await client.send(b"none", b"echo", b"none", b"none", b"echo again")
    assert await client.receive() == b"echo"
    assert await client.receive() == b"echo again"
    assert len(script.handled) == 5


@pytest.mark.parametrize("reset", [False, True])
async def test_a_waiting_request_is_cancelled_when_its_client_leaves(
    serve: StartServer, connect: Connect, script: Script, reset: bool
) -> None:
    server = await serve()
    client = await connect(server)
    await client.send(b"wait")
    await until(lambda: script.handled)
    if reset:
        client.reset()
    else:
        client.close()
    await until(lambda: script.cancelled == [b"wait"] and server.connection_count == 0)


async def test_what_a_client_sent_before_it_left_is_handled(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve()
    client = await connect(server)
    await client.send(b"wait one", b"none", b"wait two", b"none again")
    client.close()
    await until(lambda: script.handled and server.connection_count == 0)
    assert script.handled == [b"wait one", b"none", b"wait two", b"none again"]
    assert script.cancelled == [b"wait one"]


async def test_a_client_that_sends_no_more_still_gets_its_answers(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    await client.send(b"wait", b"echo", b"big500000")
    client.half_close()
    assert await client.receive() == b"echo"
    assert await client.receive() == content(500_000)
    assert await client.is_closed_by_server()
    assert script.cancelled == [b"wait"]


async def test_a_large_response_arrives_whole(serve: StartServer, connect: Connect) -> None:
    client = await connect(await serve())
    assert await client.ask(b"big3000000") == content(3_000_000)


async def test_a_large_request_arrives_whole(serve: StartServer, connect: Connect) -> None:
    client = await connect(await serve())
    for size in (1_000_000, 100, 3_000_000, 10, 700_000):
        body = b"echo" + content(size)
        assert await client.ask(body) == body


async def test_a_kept_part_of_a_request_is_never_overwritten(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve()
    keeper, other = await connect(server), await connect(server)
    kept = [b"keep" + content(size) for size in (10, 5_000, 300_000)]
    for body in kept:
        await keeper.send(body, b"echo behind " + content(3_000))
        await until(lambda body=body: body in script.handled)
        for size in (100, 400_000, 50):
            noise = b"echo" + bytes(size)
            assert await other.ask(noise) == noise
        script.answer(body)
        assert await keeper.receive() == body
        assert await keeper.receive() == b"echo behind " + content(3_000)


async def test_a_client_that_does_not_read_gets_no_further_request_handled(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve()
    lazy = await connect(server, receive_buffer_bytes=100_000)
    await lazy.send(*[b"big1000000"] * 40)
    other = await connect(server)
    for _ in range(20):
        assert await other.ask(b"echo") == b"echo"
    handled = script.handled.count(b"big1000000")
    assert handled < 15, "only what the sockets of the machine take in may be answered"
    for _ in range(40):
        assert await lazy.receive() == content(1_000_000)


async def test_a_refused_request_closes_the_connection_after_earlier_answers(
    serve: StartServer, connect: Connect, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve()
    client, other = await connect(server), await connect(server)
    await client.send(b"echo", b"big200000", b"bad", b"echo never")
    assert await client.receive() == b"echo"
    assert await client.receive() == content(200_000)
    assert await client.is_closed_by_server()
    assert b"echo never" not in script.handled
    host, port = client.socket.getsockname()
    assert caplog.messages == [f"connection from {host}:{port}: closed, refused: a bad request"]
    assert await other.ask(b"echo") == b"echo"


@pytest.mark.parametrize("size", [-1, -(2**31), 1001, 2**31 - 1])
async def test_an_impossible_size_closes_the_connection(
    serve: StartServer, connect: Connect, caplog: pytest.LogCaptureFixture, size: int
) -> None:
    client = await connect(await serve(socket_request_max_bytes=1000))
    await client.send_bytes(framed(b"echo") + size.to_bytes(4, signed=True))
    assert await client.receive() == b"echo"
    assert await client.is_closed_by_server()
    assert f"a frame of {size} bytes; allowed are 0 to 1000" in caplog.text


async def test_a_handler_can_close_the_connection_behind_its_answer(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    await client.send(b"last", b"echo never")
    assert await client.receive() == b"last"
    assert await client.is_closed_by_server()
    assert script.handled == [b"last"]


async def test_a_muted_connection_is_answered_at_once_and_then_made_to_wait(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    clock = VirtualClock()
    client = await connect(await serve(clock=clock))
    await client.send(b"mute500", b"echo")
    assert await client.receive() == b"mute500"
    clock.advance(499)
    assert script.handled == [b"mute500"]
    clock.advance(1)
    assert await client.receive() == b"echo"


async def test_a_request_whose_wait_is_broken_off_closes_the_connection(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    client = await connect(await serve())
    await client.send(b"wait")
    await until(lambda: script.handled)
    script.break_off(b"wait")
    assert await client.is_closed_by_server()


async def test_an_accepted_socket_sends_at_once_and_probes_dead_clients(
    serve: StartServer, connect: Connect
) -> None:
    server = await serve()
    client = await connect(server)
    await client.ask(b"echo")
    for connection in server._edge.connections:
        accepted = connection._transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_an_accepted_socket_has_the_buffers_that_were_asked_for(
    serve: StartServer, connect: Connect
) -> None:
    server = await serve(socket_send_buffer_bytes=50_000, socket_receive_buffer_bytes=30_000)
    client = await connect(server)
    await client.ask(b"echo")
    for connection in server._edge.connections:
        accepted = connection._transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) in (50_000, 2 * 50_000)
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) in (30_000, 2 * 30_000)


async def test_a_handler_learns_who_asks_and_which_address_to_advertise(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve()
    client = await connect(server)
    await client.ask(b"echo")
    (peer,) = script.peers
    assert peer.address == client.socket.getsockname()
    assert peer.client_host == "/127.0.0.1"
    assert peer.local == peer.advertised == client.socket.getpeername()
    assert peer.listener == "PLAINTEXT"


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "/127.0.0.1"), ("::1", "/0:0:0:0:0:0:0:1")])
async def test_a_wildcard_listener_tells_both_families_where_they_connected_to(
    serve: StartServer, script: Script, host: str, shown: str
) -> None:
    server = await serve(listeners="PLAINTEXT://:0")
    port = server.listeners[0].port
    async with await RawClient.connect(host, port) as client:
        await client.ask(b"echo")
    (peer,) = script.peers
    assert peer.client_host == shown
    assert peer.local == peer.advertised == (host, port)


async def test_a_thousand_connections_are_served(serve: StartServer, connect: Connect) -> None:
    server = await serve()
    clients = [await connect(server) for _ in range(1000)]
    for number, client in enumerate(clients):
        await client.send(b"echo%d" % number)
    for number, client in enumerate(clients):
        assert await client.receive() == b"echo%d" % number
    assert server.connection_count == 1000


LARGE = b"echo" + content(400_000)


async def flood(server: Server, script: Script, total_bytes: int) -> int:
    """Bytes of large requests that one connection had handled before others had their turn."""
    flooding = MemoryTransport(Connection(server._edge, "PLAINTEXT", ("", 0)), ("127.0.0.1", 9092))
    count = total_bytes // len(LARGE)
    script.handled.clear()
    flooding.send_all([LARGE] * count)
    handled = sum(map(len, script.handled))
    assert [await flooding.receive() for _ in range(count)] == [LARGE] * count
    flooding.disconnect()
    return handled


async def test_a_connection_that_sends_without_end_lets_others_have_their_turn(
    serve: StartServer, script: Script
) -> None:
    handled = await flood(await serve(), script, 3 * LONG_TURN_BYTES)
    assert LONG_TURN_BYTES - len(LARGE) < handled < LONG_TURN_BYTES + len(LARGE)


async def test_turns_are_short_while_others_have_small_requests(
    serve: StartServer, connect: Connect, script: Script
) -> None:
    server = await serve()
    client = await connect(server)
    await client.ask(b"echo")
    assert await flood(server, script, 3 * LONG_TURN_BYTES) < SHORT_TURN_BYTES + len(LARGE)
    server._edge.short_turns = 1
    assert await flood(server, script, 3 * LONG_TURN_BYTES) < SHORT_TURN_BYTES + len(LARGE)
    assert await flood(server, script, 3 * LONG_TURN_BYTES) > LONG_TURN_BYTES - len(LARGE)
    await client.ask(b"echo")
    assert server._edge.short_turns == SHORT_TURNS
