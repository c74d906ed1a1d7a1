"""What a scenario talks through: raw requests to one broker, each noted with its answer.

A scenario is a function that is run once against each broker. What it asks for is noted as `Step`s; what it
prepares with `create_topic`, `until` and the like is not. Names that it makes with `name` are the same for
both brokers and unknown to all other scenarios and runs.
"""

import itertools
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kafkapy.handlers.registry import apis
from kafkapy.protocol.codec import decode, encode
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.headers import parse_response_header, request_header
from kafkapy.protocol.messages.create_topics import CreatableTopic, CreatableTopicConfig, CreateTopicsRequest
from kafkapy.protocol.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkapy.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic

Address = tuple[str, int]
ANSWER_SECONDS = 20.0
PATIENCE_SECONDS = 30.0
SIZE = struct.Struct(">i")
LATEST = -1


@dataclass(frozen=True, slots=True)
class Closed:
    """The broker closed the connection instead of answering."""


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer came in the time that was given."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request and what came of it: a response, `Closed` or `Silence`."""

    note: str
    version: int
    request: Any
    outcome: Any


@dataclass(frozen=True, slots=True)
class Pending:
    """A request whose answer has not been read yet."""

    step: int
    request: Any
    version: int
    correlation_id: int


class Client:
    """One connection to the broker; a new one is made when it has been closed."""

    def __init__(self, talk: "Conversation", client_id: str | None) -> None:
        self._talk = talk
        self.client_id = client_id
        self._socket: socket.socket | None = None

    def ask(self, request: Any, version: int | None = None, note: str = "") -> Any:
        """Send, read, note; returns the response, `Closed()` or `Silence()`."""
        return self.finish(self.begin(request, version, note))

    def begin(self, request: Any, version: int | None = None, note: str = "") -> Pending:
        """Send a request that will wait; `finish` reads its answer. Its place in the notes is here."""
        version = apis()[request.api_key].versions[-1] if version is None else version
        return self.begin_body(request, version, encode(request, version), note)

    def begin_body(self, request: Any, version: int, body: bytes, note: str = "") -> Pending:
        """As `begin`, with a body that the scenario made or changed itself."""
        correlation_id = self._talk.next_correlation_id()
        header = request_header(request.api_key, version, correlation_id, self.client_id)
        self.write(SIZE.pack(len(header) + len(body)) + header + body)
        return Pending(self._talk.reserve(note), request, version, correlation_id)

    def finish(self, pending: Pending, within_seconds: float = ANSWER_SECONDS) -> Any:
        """The answer to a request that was begun on this connection."""
        outcome: Any = self.read(within_seconds)
        if isinstance(outcome, bytes):
            outcome = answer_to(pending, outcome)
        self._talk.keep(pending, outcome)
        return outcome

    def ask_body(self, request: Any, version: int, body: bytes, note: str = "") -> Any:
        """As `ask`, with a body that the scenario made or changed itself."""
        return self.finish(self.begin_body(request, version, body, note))

    def ask_frame(
        self, note: str, frame: bytes, within_seconds: float = ANSWER_SECONDS
    ) -> bytes | Closed | Silence:
        """Send bytes as they are and note the frame that comes back, without its size."""
        self.write(frame)
        outcome = self.read(within_seconds)
        self._talk.note(note, outcome)
        return outcome

    def write(self, frame: bytes) -> None:
        """Bytes as they are."""
        if self._socket is None:
            self._socket = socket.create_connection(self._talk.address, timeout=ANSWER_SECONDS)
        with suppress(OSError):  # a broker that closes at once is noticed when its answer is read
            self._socket.sendall(frame)

    def read(self, within_seconds: float = ANSWER_SECONDS) -> bytes | Closed | Silence:
        """The next response frame."""
        assert self._socket is not None, "nothing was sent"
        self._socket.settimeout(within_seconds)
        try:
            size = self._receive(SIZE.size)
            frame = None if size is None else self._receive(*SIZE.unpack(size))
        except TimeoutError:
            self.close()
            return Silence()
        except OSError:
            frame = None
        if frame is None:
            self.close()
            return Closed()
        return frame

    def _receive(self, count: int) -> bytes | None:
        assert self._socket is not None
        received = bytearray()
        while len(received) < count:
            piece = self._socket.recv(count - len(received))
            if not piece:
                return None
            received += piece
        return bytes(received)

    def close(self) -> None:
        """Disconnect; the next request opens a new connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Conversation:
    """All that is said with one broker in one scenario; `ask` and the like use a first connection."""

    def __init__(self, address: Address, scenario: str, run: str) -> None:
        self.address = address
        self._steps: list[Step | None] = []
        self._scenario = scenario
        self._run = run
        self._correlation_ids = itertools.count(1)
        self._clients: list[Client] = []
        self.main = self.connect()
        self.ask, self.begin, self.finish = self.main.ask, self.main.begin, self.main.finish
        self.ask_body = self.main.ask_body
        self._quiet: Conversation | None = None

    @property
    def steps(self) -> list[Step]:
        """What was noted, in the order of the requests."""
        return [step for step in self._steps if step is not None]

    def name(self, word: str = "t") -> str:
        """A name for a topic, group or the like that only this scenario in this run uses."""
        return f"{self._scenario}-{word}-{self._run}"

    def connect(self, client_id: str | None = "differential") -> Client:
        """One more connection."""
        self._clients.append(Client(self, client_id))
        return self._clients[-1]

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients:
            client.close()
        if self._quiet is not None:
            self._quiet.close()

    # Notes

    def next_correlation_id(self) -> int:
        return next(self._correlation_ids)

    def reserve(self, note: str) -> int:
        """A place in the notes for a request that has just been sent."""
        self._steps.append(Step(note, -1, None, Silence()))
        return len(self._steps) - 1

    def keep(self, pending: Pending, outcome: Any) -> None:
        """Note what came of it."""
        note = self._steps[pending.step]
        assert note is not None
        self._steps[pending.step] = Step(note.note, pending.version, pending.request, outcome)

    def note(self, what: str, outcome: Any) -> None:
        """Note something that the scenario found out by other means."""
        self._steps.append(Step(what, -1, None, outcome))

    # Preparations, which are not noted

    @property
    def quietly(self) -> "Conversation":
        """A conversation whose steps nobody compares."""
        if self._quiet is None:
            self._quiet = Conversation(self.address, self._scenario, self._run)
        return self._quiet

    def until(self, request: Any, wanted: Callable[[Any], bool], version: int | None = None) -> Any:
        """Ask until the response is as wanted; at most half a minute. Not noted."""
        quietly = self.quietly
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            response = quietly.ask(request, version)
            if not isinstance(response, Closed | Silence) and wanted(response):
                return response
            if time.monotonic() > end:
                raise AssertionError(f"still not as wanted: {response!r}")
            time.sleep(0.01)

    def create_topic(
        self, word: str = "t", *, partitions: int = 1, configs: Mapping[str, str] | None = None
    ) -> str:
        """A topic that is ready for use; returns its name."""
        name = self.name(word)
        self.create_topics({name: partitions}, configs)
        return name

    def create_topics(self, partitions: Mapping[str, int], configs: Mapping[str, str] | None = None) -> None:
        """Topics by name with their numbers of partitions, ready for use."""
        wanted = [CreatableTopicConfig(name=key, value=value) for key, value in (configs or {}).items()]
        response = self.quietly.ask(
            CreateTopicsRequest(
                topics=[
                    CreatableTopic(
                        name=name, num_partitions=count, replication_factor=1, assignments=[], configs=wanted
                    )
                    for name, count in partitions.items()
                ],
                timeout_ms=20_000,
            )
        )
        codes = [topic.error_code for topic in response.topics]
        assert codes == [0] * len(partitions), response
        self.settle(partitions)

    def settle(self, partitions: Mapping[str, int]) -> None:
        """Wait until the broker leads these partitions of these topics."""
        self.until(
            ListOffsetsRequest(
                replica_id=-1,
                topics=[
                    ListOffsetsTopic(
                        name=name,
                        partitions=[
                            ListOffsetsPartition(partition_index=index, timestamp=LATEST)
                            for index in range(count)
                        ],
                    )
                    for name, count in partitions.items()
                ],
            ),
            lambda response: all(p.error_code == 0 for t in response.topics for p in t.partitions),
        )

    def topic_id(self, name: str) -> bytes:
        """The id of a topic that there is."""
        wanted = MetadataRequest(topics=[MetadataRequestTopic(name=name)], allow_auto_topic_creation=False)
        found = self.until(wanted, lambda response: response.topics[0].error_code == 0)
        topic_id: bytes = found.topics[0].topic_id
        return topic_id

    def let_it_arrive(self) -> None:
        """Give the broker time to take up a request that waits, before one on another connection."""
        time.sleep(0.05)

    def until_gone(self, name: str) -> None:
        """Wait until nobody knows the topic any more."""
        wanted = MetadataRequest(topics=[MetadataRequestTopic(name=name)], allow_auto_topic_creation=False)
        self.until(wanted, lambda response: response.topics[0].error_code == 3)

    def let_changes_arrive(self) -> None:
        """Wait until earlier changes of the metadata have reached all parts of the broker.

        Apache Kafka's broker applies them one after the other, so two new topics later they have.
        """
        for _ in range(2):
            self.create_topics({self.name(f"barrier{self.next_correlation_id()}"): 1})


def answer_to(pending: Pending, frame: bytes) -> Any:
    """The decoded response; the frame itself, and why, when it is not one."""
    api = apis()[pending.request.api_key]
    try:
        correlation_id, body = parse_response_header(api.key, pending.version, frame)
        if correlation_id != pending.correlation_id:
            return f"answer to request {correlation_id} instead of {pending.correlation_id}"
        return decode(api.response, pending.version, frame[body:])
    except (ValueError, MalformedMessage) as error:
        return f"does not parse: {error}: {frame.hex()}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named transcript."""

    name: str
    play: Callable[[Conversation], None]

    def __str__(self) -> str:
        return self.name

    def run(self, address: Address, run: str, *, is_reference: bool) -> list[Step]:
        """What is said with the broker at `address`. The scenario must work with the reference."""
        talk = Conversation(address, self.name.replace("::", "-").replace("_", "-"), run)
        try:
            self.play(talk)
        except Exception as error:
            if is_reference:
                raise
            talk.note("the scenario could not go on", f"{type(error).__name__}: {error}")
        finally:
            talk.close()
        return talk.steps


_scenarios: list[Scenario] = []


def scenario(play: Callable[[Conversation], None]) -> Callable[[Conversation], None]:
    """Make a function a scenario, named after its file and itself."""
    file = play.__module__.rpartition(".")[2]
    _scenarios.append(Scenario(f"{file}::{play.__name__}", play))
    return play


def registered() -> list[Scenario]:
    return list(_scenarios)


def versions(request: type[Any]) -> Iterator[int]:
    """Every version of the request's API that kafkapy implements."""
    yield from apis()[request.api_key].versions  # type: ignore[attr-defined]
