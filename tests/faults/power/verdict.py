"""What a broker that has started after a power failure must be, given what was promised before."""

from collections.abc import Iterator

from kafkapy.cluster.image import ResourceType
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.find_coordinator import FindCoordinatorRequest
from tests.faults.checkers import (
    contiguous,
    everything_acknowledged_is_there,
    exactly_once,
    nothing_is_made_up,
)
from tests.faults.history import Place
from tests.faults.power.actors import TRANSACTIONS
from tests.faults.power.administrator import SETTING
from tests.faults.power.ledger import Ledger, Topic
from tests.faults.reading import Served, committed_offsets, read_all, read_committed
from tests.handlers.transactional_producer import Transactor
from tests.harness.broker import MemoryBroker

PATIENCE = 20
TRANSACTION = 1
Offsets = dict[tuple[str, Place], int]


async def violations(broker: MemoryBroker, ledger: Ledger, *, is_durable: bool) -> list[str]:
    """What is wrong; `is_durable`: nothing that was acknowledged may be lost."""
    for number in range(TRANSACTIONS):
        await _begin(broker, f"id-{number}")
    served = await read_all(broker)
    offsets = await committed_offsets(broker)
    found = [
        *contiguous(served.logs, without=served.control),
        *nothing_is_made_up(ledger.history, served.logs),
        *exactly_once(served.logs, ledger.once),
        *_kept_from_the_start(ledger, served),
        *_commits_were_made(ledger, offsets),
    ]
    if is_durable:
        visible = {
            place: await read_committed(broker, place) for place, log in served.logs.items() if log.start == 0
        }
        found += [
            *_acknowledged(ledger, served),
            *_seen(ledger, served),
            *_topics(broker, ledger),
            *_commits_hold(broker, ledger, offsets),
            *_transactions(ledger, visible),
        ]
    _settle(broker, ledger)
    return found


async def _begin(broker: MemoryBroker, transactional_id: str) -> None:
    """Whatever this id has left open is ended."""
    await broker.send(FindCoordinatorRequest(key=transactional_id, key_type=TRANSACTION), 3)
    producer = Transactor(broker.send, transactional_id)
    for _ in range(PATIENCE):
        code = await producer.init(timeout_ms=60_000)
        if code is ErrorCode.NONE:
            return
        await broker.advance(100)
    raise AssertionError(f"{transactional_id} cannot begin: {code!r}")


def _kept_from_the_start(ledger: Ledger, served: Served) -> Iterator[str]:
    for place, log in served.logs.items():
        if ledger.topics[place[0]].keeps_all and log.start:
            yield f"{place} begins at {log.start}, though nothing is ever removed from it"


def _commits_were_made(ledger: Ledger, offsets: Offsets) -> Iterator[str]:
    for key, offset in offsets.items():
        if offset >= 0 and offset not in ledger.attempted_commits[key]:
            yield f"{key}: {offset} was never committed"


def _still_there(ledger: Ledger, name: str) -> bool:
    return ledger.topics[name].is_usable


def _acknowledged(ledger: Ledger, served: Served) -> Iterator[str]:
    for text in everything_acknowledged_is_there(ledger.history, served.logs):
        if _still_there(ledger, text.split("-")[0]):
            yield text


def _seen(ledger: Ledger, served: Served) -> Iterator[str]:
    by_place = {
        place: {record.offset: record.value for record in log.records} for place, log in served.logs.items()
    }
    for (place, offset), value in ledger.seen.items():
        log = served.logs.get(place)
        if not _still_there(ledger, place[0]) or (log is not None and offset < log.start):
            continue
        found = by_place.get(place, {}).get(offset)
        if found != value:
            yield f"{place}: a reader saw {value[:30]!r} at {offset}, where {found and found[:30]!r} is"


def _topics(broker: MemoryBroker, ledger: Ledger) -> Iterator[str]:
    image = broker.broker.metadata.image
    for name, topic in ledger.topics.items():
        there = image.topics.get(name)
        if topic.is_deleted and there is not None:
            yield f"{name} is there again"
        if topic.is_usable:
            if there is None or len(there.partitions) != topic.partitions:
                yield f"{name} is lost, or not what it was: {there}"
            yield from _settings(name, topic, image.config_of(ResourceType.TOPIC, name).get(SETTING))


def _settings(name: str, topic: Topic, found: str | None) -> Iterator[str]:
    allowed = topic.settings[max(0, topic.acknowledged_setting) :]
    if found not in allowed and (found is not None or topic.acknowledged_setting >= 0):
        yield f"{name}: {SETTING} is {found}, number {topic.acknowledged_setting} of {topic.settings} is due"


def _commits_hold(broker: MemoryBroker, ledger: Ledger, offsets: Offsets) -> Iterator[str]:
    for (group, place), acknowledged in ledger.history.committed.items():
        found = offsets.get((group, place), -1)
        if _still_there(ledger, place[0]) and found < max(acknowledged):
            yield f"{group} on {place}: {max(acknowledged)} was committed, {found} is there"


def _transactions(ledger: Ledger, visible: dict[Place, set[bytes]]) -> Iterator[str]:
    """Whole or not at all, as far as their topics are still there from their beginning."""
    for transaction in ledger.transactions:
        shown = {
            value: value in visible[place] for value, place in transaction.values.items() if place in visible
        }
        if transaction.is_acknowledged and transaction.asked:
            expected = {True}
        elif transaction.asked:
            expected = {True, False}
        else:
            expected = {False}
        outcomes = set(shown.values())
        if not outcomes <= expected or len(outcomes) > 1:
            yield f"{transaction} is visible: {shown}"


def _settle(broker: MemoryBroker, ledger: Ledger) -> None:
    """What nobody was told of is known from here on, as far as it can be."""
    image = broker.broker.metadata.image
    for name, topic in ledger.topics.items():
        if name in image.topics:
            topic.is_created = True
            topic.is_being_deleted = topic.is_deleted = False
        else:
            topic.is_being_deleted = topic.is_deleted = True
    for transaction in ledger.transactions:
        if transaction.asked and not transaction.is_acknowledged:
            transaction.values.clear()
    ledger.seen.clear()
