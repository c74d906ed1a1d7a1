"""InitProducerId without transactions, and DescribeProducers."""

from compat.differential.conversation import Conversation, scenario, versions
from compat.differential.requests import batch, produce
from kafkapy.protocol.messages.describe_producers import DescribeProducersRequest, TopicRequest
from kafkapy.protocol.messages.init_producer_id import InitProducerIdRequest


def about(*topics: tuple[str, tuple[int, ...]]) -> DescribeProducersRequest:
    return DescribeProducersRequest(
        topics=[TopicRequest(name=name, partition_indexes=list(indexes)) for name, indexes in topics]
    )


@scenario
def ids(talk: Conversation) -> None:
    for version in versions(InitProducerIdRequest):
        for timeout_ms in (1000, 0, -1, 2**31 - 1):
            request = InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=timeout_ms)
            talk.ask(request, version, f"timeout {timeout_ms}")


@scenario
def ids_that_were_given_before(talk: Conversation) -> None:
    for version in (3, 4, 5):
        first = talk.ask(InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1000), version)
        for producer_id, epoch in (
            (first.producer_id, 0),
            (first.producer_id, 5),
            (-1, 3),
            (12345, -1),
            (-5, -5),
        ):
            request = InitProducerIdRequest(
                transactional_id=None,
                transaction_timeout_ms=1000,
                producer_id=producer_id,
                producer_epoch=epoch,
            )
            talk.ask(request, version, f"epoch {epoch}")


@scenario
def descriptions(talk: Conversation) -> None:
    name = talk.create_topic(partitions=2)
    talk.ask(about((name, (0, 1))), note="nobody")
    for sequence in range(3):
        records = batch(b"x", producer_id=700, producer_epoch=2, base_sequence=sequence)
        talk.ask(produce(name, records), 12)
    talk.ask(about((name, (0, 1, 9, -1))))
    talk.ask(about((name, (0, 0))), note="twice")
    talk.ask(about((name, ())), note="no partition")
    talk.ask(about(("no-such", (0,))))
    talk.ask(about(("a b", (0,))))
    talk.ask(about(("", (0,))))
    talk.ask(about((name, (0,)), (name, (1,))), note="as two topics")
    talk.ask(about(), note="nothing")


@scenario
def several_producers(talk: Conversation) -> None:
    name = talk.create_topic()
    for producer in (900, 800, 850):
        talk.ask(produce(name, batch(b"x", producer_id=producer, producer_epoch=0, base_sequence=5)), 12)
        talk.ask(about((name, (0,))), note=f"after {producer}")
