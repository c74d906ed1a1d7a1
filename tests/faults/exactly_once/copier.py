"""A process that copies a topic, offsets included, in transactions.

`python -m tests.faults.exactly_once.copier OPTIONS` (a JSON object, see `Options`) runs until SIGTERM. What
it does is in its journal before it does it. Whatever goes wrong it aborts and goes on from the committed
offsets; if it cannot do that any more (it was fenced, say) it ends with `FENCED` and may be started again.
On SIGUSR1 it stops itself (SIGSTOP) somewhere in the middle of its next transaction.
"""

import dataclasses
import json
import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, Producer, TopicPartition

from tests.faults.exactly_once.history import Journal, Outcome

FENCED = 3
MOMENTS = ("before it writes", "before it commits offsets", "before it commits", "before it aborts")
SECONDS = 10.0
COMMON: dict[str, object] = {
    "broker.address.family": "v4",
    "topic.metadata.refresh.interval.ms": 1000,
    "reconnect.backoff.ms": 20,
    "reconnect.backoff.max.ms": 200,
    "retry.backoff.ms": 20,
    "retry.backoff.max.ms": 200,
    "socket.timeout.ms": 3000,
    # After a new start with the bootstrap servers, librdkafka 2.16 waits for ever for the group's coordinator
    # that it knew before: send_offsets_to_transaction does not return.
    "metadata.recovery.strategy": "none",
    "log_level": 0,
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`name` is the transactional id, `life` counts the processes that had it; `protocol` is the group's."""

    bootstrap: str
    name: str
    life: int
    group: str
    source: str
    target: str
    protocol: str
    journal: str
    seed: int
    batch: int = 20
    aborts: float = 0.1
    transaction_timeout_ms: int
    session_timeout_ms: int = 2000


class MustRestart(Exception):
    """This producer can do no more."""


class Copier:
    """One life of one copier."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.stopped = False
        self._chance = random.Random(options.seed)
        self._journal = Path(options.journal).open("a")  # noqa: SIM115 - open as long as the process lives
        self._freezes = ""
        self._transactions = 0
        self._batch: list[Message] = []
        timeout_ms = options.transaction_timeout_ms
        self._producer = Producer(
            {
                "bootstrap.servers": options.bootstrap,
                "transactional.id": options.name,
                "transaction.timeout.ms": timeout_ms,
                "message.timeout.ms": timeout_ms,
                "linger.ms": 1,
                **COMMON,
            }
        )
        classic = {"session.timeout.ms": options.session_timeout_ms, "heartbeat.interval.ms": 500}
        self._consumer = Consumer(
            {
                "bootstrap.servers": options.bootstrap,
                "group.id": options.group,
                "group.protocol": options.protocol,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 100,
                **(classic if options.protocol == "classic" else {}),
                **COMMON,
            }
        )

    def run(self) -> None:
        """Copy until `stopped`. MustRestart."""
        self._begin_life()
        forget = self._forget
        self._consumer.subscribe([self.options.source], on_revoke=forget, on_lost=forget)
        while not self.stopped:
            self._poll()
            if self._batch:
                batch, self._batch = self._batch, []
                try:
                    self._copy(batch)
                except KafkaException as error:
                    self._log("copying", error)
                    self._abort(error)
                    self._rewind()
        with suppress(KafkaException):
            self._consumer.close()

    def freeze_soon(self) -> None:
        """Choose the moment."""
        self._freezes = self._chance.choice(MOMENTS)

    def _freeze_if(self, moment: str) -> None:
        if self._freezes == moment:
            self._freezes = ""
            os.kill(os.getpid(), signal.SIGSTOP)

    def _begin_life(self) -> None:
        while not self.stopped:
            try:
                return self._producer.init_transactions(SECONDS)
            except KafkaException as error:
                if not error.args[0].retriable():
                    raise MustRestart from error

    def _poll(self) -> None:
        """Fill the batch. What a rebalance takes away meanwhile is taken out of it."""
        wait = 0.2
        while len(self._batch) < self.options.batch:
            message = self._consumer.poll(wait)
            if message is None:
                return
            wait = 0.0
            if message.error() is None:
                self._batch.append(message)

    def _forget(self, _: Consumer, gone: list[TopicPartition]) -> None:
        lost = {(each.topic, each.partition) for each in gone}
        self._batch = [each for each in self._batch if (each.topic(), each.partition()) not in lost]

    def _copy(self, batch: list[Message]) -> None:
        """One transaction."""
        options, producer = self.options, self._producer
        self._transactions += 1
        number = f"{options.name}.{options.life}.{self._transactions}"
        sent = [
            (options.target, message.partition(), f"{message.offset()} {message.partition()} {number}")
            for message in batch
        ]
        offsets: list[int | None] = [None] * len(sent)
        self._tell(Journal.sends(sent))
        producer.begin_transaction()
        self._freeze_if("before it writes")
        for place, (topic, partition, value) in enumerate(sent):

            def delivered(error: object, message: Message, place: int = place) -> None:
                if error is None:
                    offsets[place] = message.offset()

            producer.produce(topic, value, partition=partition, on_delivery=delivered)
        next_offsets = {message.partition(): message.offset() + 1 for message in batch}
        self._freeze_if("before it commits offsets")
        producer.send_offsets_to_transaction(
            [TopicPartition(options.source, *each) for each in next_offsets.items()],
            self._consumer.consumer_group_metadata(),
            SECONDS,
        )
        producer.flush(SECONDS)
        self._tell(Journal.acknowledged(offsets))
        if self._chance.random() < options.aborts:
            self._freeze_if("before it aborts")
            return self._abort_and_rewind()
        self._freeze_if("before it commits")
        self._tell(Journal.commits())
        self._commit()
        self._tell(Journal.ended(Outcome.COMMITTED))

    def _commit(self) -> None:
        while True:
            try:
                return self._producer.commit_transaction(SECONDS)
            except KafkaException as error:
                self._log("committing", error)
                if not error.args[0].retriable():
                    raise

    def _abort_and_rewind(self) -> None:
        self._abort(None)
        self._rewind()

    def _abort(self, cause: KafkaException | None) -> None:
        """MustRestart, with the outcome left open, if the producer is not to be helped."""
        while True:
            if cause is not None and cause.args[0].fatal():
                raise MustRestart from cause
            try:
                self._producer.abort_transaction(SECONDS)
            except KafkaException as error:
                self._log("aborting", error)
                if not error.args[0].retriable():
                    raise MustRestart from error
            else:
                return self._tell(Journal.ended(Outcome.ABORTED))

    def _rewind(self) -> None:
        """Go on from what is committed; a partition that nobody has committed, from its start."""
        self._batch = []
        while not self.stopped:
            try:
                owned = self._consumer.assignment()
                for each in self._consumer.committed(owned, SECONDS):
                    if each.error:
                        raise KafkaException(each.error)
                    offset = each.offset if each.offset >= 0 else OFFSET_BEGINNING
                    self._consumer.seek(TopicPartition(each.topic, each.partition, offset))
            except KafkaException as error:
                self._log("going back", error)
                self._poll_rebalances()
            else:
                return

    def _poll_rebalances(self) -> None:
        """Let the consumer find out that it owns something else; what it reads meanwhile will come again."""
        self._consumer.poll(0.05)

    def _log(self, doing: str, error: KafkaException) -> None:
        sys.stderr.write(f"{time.strftime('%X')} {doing}: {error}\n")
        sys.stderr.flush()

    def _tell(self, line: str) -> None:
        self._journal.write(line + "\n")
        self._journal.flush()


def main(text: str) -> None:
    copier = Copier(Options(**json.loads(text)))

    def stop(*_: object) -> None:
        copier.stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGUSR1, lambda *_: copier.freeze_soon())
    try:
        copier.run()
    except MustRestart as reason:
        sys.stderr.write(f"{copier.options.name}.{copier.options.life}: {reason.__cause__}\n")
        sys.exit(FENCED)


if __name__ == "__main__":
    main(*sys.argv[1:])
