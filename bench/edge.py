"""What the network side costs by itself: a server whose handler does nothing, and clients over real sockets.

    python bench/edge.py                       all measurements on both event loops
    python bench/edge.py --loop uvloop small   one of them

small    16 connections with 5 requests of 120 bytes in flight each: requests/s, the server's CPU per request
parked   the same, with a handler that waits one turn of the event loop
large    requests of 1 MB over 4 connections: GB/s and CPU s/GB of the server
fetch    responses of 4 MB in chunks of 1 MB over 4 connections: the same
idle     2,000 connections that did one request: resident bytes of the server per connection
"""

import argparse
import asyncio
import resource
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine
from typing import Any

from kafkapy.clock import LoopClock
from kafkapy.config.broker import BrokerConfig
from kafkapy.handlers.context import Peer
from kafkapy.server.frames import Reply, response_frame
from kafkapy.server.server import Server

SECONDS = 3.0
ANSWER = b"12345678"
CHUNK = memoryview(bytes(1_000_000))
MEASUREMENTS = ("small", "parked", "large", "fetch", "idle")


def answer(peer: Peer, frame: memoryview) -> Reply:
    return response_frame([ANSWER])


def answer_much(peer: Peer, frame: memoryview) -> Reply:
    return response_frame([ANSWER, CHUNK, CHUNK, CHUNK, CHUNK])


def answer_later(peer: Peer, frame: memoryview) -> Coroutine[Any, Any, Reply]:
    async def wait() -> Reply:
        await asyncio.sleep(0)
        return response_frame([ANSWER])

    return wait()


def resident_bytes() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


async def serve(measurement: str) -> None:
    dispatch = {"parked": answer_later, "fetch": answer_much}.get(measurement, answer)
    server = Server(BrokerConfig.load({"listeners": "PLAINTEXT://127.0.0.1:0"}), LoopClock(), dispatch)
    server.bind()
    await server.start()
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, lambda: print(resident_bytes(), flush=True))
    print(server.listeners[0].port, flush=True)
    await stop.wait()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(usage.ru_utime + usage.ru_stime, flush=True)
    await server.stop()


def framed(size: int) -> bytes:
    return struct.pack(">i", size) + bytes(size)


def connect(port: int, count: int) -> list[socket.socket]:
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    for sock in sockets:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sockets


def many_small(port: int, connections: int = 16, depth: int = 5) -> int:
    """How many requests were answered; each connection keeps `depth` in flight."""
    requests, answers = framed(120) * depth, (4 + len(ANSWER)) * depth
    selector = selectors.DefaultSelector()
    for sock in connect(port, connections):
        selector.register(sock, selectors.EVENT_READ, [0])
        sock.sendall(requests)
    done, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        for key, _ in selector.select():
            key.data[0] += len(key.fileobj.recv(65536))
            if key.data[0] >= answers:
                key.data[0] -= answers
                done += depth
                key.fileobj.sendall(requests)
    return done


def one_by_one(port: int, request: bytes, answer_bytes: int, connections: int = 4) -> int:
    """How many requests were answered, each connection waiting for its answer."""
    counts, end = [0] * connections, time.monotonic() + SECONDS

    def run(number: int, sock: socket.socket) -> None:
        room = bytearray(1_000_000)
        while time.monotonic() < end:
            sock.sendall(request)
            left = answer_bytes
            while left:
                left -= sock.recv_into(room, min(left, len(room)))
            counts[number] += 1

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(connect(port, connections))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def idle_bytes(server: "subprocess.Popen[str]", port: int, connections: int = 2000) -> float:
    def resident() -> int:
        server.send_signal(signal.SIGUSR1)
        return int(server.stdout.readline())

    before = resident()
    for sock in (held := connect(port, connections)):
        sock.sendall(framed(120))
    for sock in held:
        sock.recv(100)
    return (resident() - before) / connections


def measure(measurement: str, loop: str) -> str:
    command = [sys.executable, __file__, "--serve", "--loop", loop, measurement]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        port = int(server.stdout.readline())
        done = 0
        text = ""
        if measurement == "idle":
            text = f"{idle_bytes(server, port) / 1000:.1f} kB per idle connection"
        elif measurement in ("small", "parked"):
            done = many_small(port)
        elif measurement == "large":
            done = one_by_one(port, framed(1_000_000), 4 + len(ANSWER))
        else:
            done = one_by_one(port, framed(120), 4 + len(ANSWER) + 4 * len(CHUNK))
        server.send_signal(signal.SIGTERM)
        cpu_s = float(server.stdout.readline())
    if measurement == "idle":
        return text
    if measurement in ("small", "parked"):
        return f"{done / SECONDS / 1000:.0f} k requests/s, server CPU {cpu_s / done * 1e6:.1f} us/request"
    gigabytes = done * (1_000_000 if measurement == "large" else 4_000_000) / 1e9
    return f"{gigabytes / SECONDS:.2f} GB/s, server CPU {cpu_s / gigabytes:.2f} s/GB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("measurements", nargs="*", default=MEASUREMENTS, metavar="MEASUREMENT")
    parser.add_argument("--loop", choices=("asyncio", "uvloop"), action="append")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    loops = options.loop or ["asyncio", "uvloop"]
    if options.serve:
        factory = asyncio.new_event_loop if loops[0] == "asyncio" else __import__("uvloop").new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(serve(options.measurements[0]))
        return
    for measurement in options.measurements:
        for loop in loops:
            print(f"{measurement:7}{loop:8}{measure(measurement, loop)}", flush=True)


if __name__ == "__main__":
    main()
