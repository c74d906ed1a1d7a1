"""Produce (API key 0), v3-13.

Appends one batch to each partition named. v3: batches of magic 2 only. v7: zstd allowed. v8: record errors
(KIP-467). v10: tells who leads (KIP-951). v11: TRANSACTION_ABORTABLE. v12: partitions join the transaction of
their first batch by themselves (KIP-890). v13: topic ids (KIP-516). acks=0 is never answered; when one of its
partitions failed the connection is closed, which is all such a client can notice.
"""

from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from kafkapy.broker.internal_topics import ADMIN_CLIENT_ID
from kafkapy.broker.membership import Enlisting, Proof, prove_membership
from kafkapy.broker.partition import Partition
from kafkapy.cluster.image import INTERNAL_TOPICS
from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.handlers.context import Held, RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.produce import (
    BatchIndexAndErrorMessage,
    PartitionProduceData,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceResponse,
)
from kafkapy.records.batch import BatchHeader, starts_transactional
from kafkapy.records.compression import Compression
from kafkapy.records.policy import InvalidRecords
from kafkapy.records.validate import only_batch

FIRST_VERSION_WITH_ZSTD = 7
FIRST_VERSION_WITH_TRANSACTION_ABORTABLE = 11
FIRST_VERSION_ADDING_PARTITIONS = 12
FIRST_VERSION_WITH_TOPIC_IDS = 13
ALL_REPLICAS = -1
NO_PROOF = Proof()

COORDINATOR_AWAY = frozenset(
    {
        ErrorCode.NETWORK_EXCEPTION,
        ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
        ErrorCode.COORDINATOR_NOT_AVAILABLE,
        ErrorCode.NOT_COORDINATOR,
    }
)
"""Old producers may not retry these: they are told NOT_ENOUGH_REPLICAS (Kafka's `ReplicaManager`)."""

WITHOUT_LOG_START = frozenset(
    {
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode.NOT_LEADER_OR_FOLLOWER,
        ErrorCode.MESSAGE_TOO_LARGE,
        ErrorCode.RECORD_LIST_TOO_LARGE,
        ErrorCode.CORRUPT_MESSAGE,
        ErrorCode.KAFKA_STORAGE_ERROR,
        ErrorCode.UNKNOWN_TOPIC_ID,
    }
)
"""Refusals by a log that do not tell where it starts (Kafka's `ReplicaManager.appendRecordsToLeader`)."""


class Unkept(NamedTuple):
    """An answer that says more than is promised yet: the high watermark has to reach `end_offset` first."""

    answer: PartitionProduceResponse
    partition: Partition
    end_offset: int


class _Promised(Held):
    """Held until the high watermarks have passed what was appended, but no longer than the client waits:
    REQUEST_TIMED_OUT then says that it may be kept yet.
    """

    __slots__ = ("_missing", "_timer")

    def __init__(
        self, ctx: RequestContext, response: ProduceResponse, unkept: Sequence[Unkept], timeout_ms: int
    ) -> None:
        super().__init__(response)
        self._missing = {id(each.answer): each.answer for each in unkept}
        self._timer = ctx.broker.clock.call_later(timeout_ms, self._time_out)
        for answer, partition, end_offset in unkept:
            partition.when_committed(end_offset, partial(self._note, answer))

    def _note(self, answer: PartitionProduceResponse, error: KafkaError | None) -> None:
        if self.is_released:
            return
        if error is not None:
            answer.error_code, answer.base_offset = error.code, -1
        del self._missing[id(answer)]
        if not self._missing:
            self._timer.cancel()
            self.release()

    def _time_out(self) -> None:
        for answer in self._missing.values():
            answer.error_code = ErrorCode.REQUEST_TIMED_OUT
        self.release()


def _fail(
    request: ProduceRequest, code: ErrorCode, error_message: str | None = None
) -> ProduceResponse | None:
    if request.acks == 0:
        return None
    return ProduceResponse(
        responses=[
            TopicProduceResponse(
                name=topic.name,
                topic_id=topic.topic_id,
                partition_responses=[_refused(p.index, code, error_message) for p in topic.partition_data],
            )
            for topic in request.topic_data
        ]
    )


@handles(ProduceRequest, "3-13", fail=_fail)
def produce(
    ctx: RequestContext, request: ProduceRequest
) -> ProduceResponse | Held | Coroutine[Any, Any, ProduceResponse | None] | None:
    """Waits for the transaction coordinator if there are batches of a transaction. Where the disk has to be
    waited for, the batches are in their logs while the response is held.
    """
    try:
        is_transactional = _is_transactional(request)
    except KafkaError as error:
        if request.acks == 0:
            raise
        return _fail(request, error.code, error.detail)
    if not is_transactional:
        return _produce(ctx, request, {})
    if request.transactional_id is None:
        raise KafkaError(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    return _produce_in_transaction(ctx, request, request.transactional_id)


async def _produce_in_transaction(
    ctx: RequestContext, request: ProduceRequest, transactional_id: str
) -> ProduceResponse | None:
    """All batches must be of one producer: INVALID_PRODUCER_ID_MAPPING for the whole request otherwise."""
    batches: list[tuple[Partition, BatchHeader]] = []
    for (name, topic_id), partitions in _last_of_each(request).items():
        for wanted in partitions.values():
            try:
                partition, header = _check(ctx, request.acks, name, topic_id, wanted)
            except KafkaError:
                continue  # said when it is its turn
            if header.is_transactional:
                batches.append((partition, header))
    producers = {ProducerIdentity(header.producer_id, header.producer_epoch) for _, header in batches}
    if len(producers) > 1:
        raise KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
    proofs: Mapping[Partition, Proof] = {}
    for producer in producers:
        proofs = await prove_membership(
            ctx.broker, transactional_id, producer, batches, _enlisting(ctx.api_version)
        )
    produced = _produce(ctx, request, proofs)
    return await produced.released() if isinstance(produced, Held) else produced


def _enlisting(version: int) -> Enlisting:
    if version >= FIRST_VERSION_ADDING_PARTITIONS:
        return Enlisting.BY_BROKER
    is_abortable = version >= FIRST_VERSION_WITH_TRANSACTION_ABORTABLE
    return Enlisting.BY_CLIENT if is_abortable else Enlisting.BEFORE_ABORTABLE


def _produce(
    ctx: RequestContext, request: ProduceRequest, proofs: Mapping[Partition, Proof]
) -> ProduceResponse | Held | None:
    """`proofs`: what there is to show for batches of a transaction."""
    now_ms = ctx.now_ms
    unkept: list[Unkept] = []
    responses = [
        TopicProduceResponse(
            name=name,
            topic_id=topic_id,
            partition_responses=[
                _append(ctx, request.acks, name, topic_id, wanted, proofs, now_ms, unkept)
                for wanted in partitions.values()
            ],
        )
        for (name, topic_id), partitions in _last_of_each(request).items()
    ]
    if request.acks:
        response = ProduceResponse(responses=responses)
        return _Promised(ctx, response, unkept, request.timeout_ms) if unkept else response
    if any(partition.error_code for topic in responses for partition in topic.partition_responses):
        ctx.peer.close("a produce without acknowledgement failed")
    return None


def _is_transactional(request: ProduceRequest) -> bool:
    """Whether some batch says so. KafkaError if the search meets one that has an impossible size or magic,
    which fails the whole request (`RequestUtils.hasTransactionalRecords`).
    """
    for topic in request.topic_data:
        for partition in topic.partition_data:
            if partition.records and starts_transactional(partition.records):
                return True
    return False


def _last_of_each(
    request: ProduceRequest,
) -> dict[tuple[str, bytes], dict[int, PartitionProduceData]]:
    """Partitions by topic and index: of those named twice the last one counts, topics without any do not."""
    wanted: dict[tuple[str, bytes], dict[int, PartitionProduceData]] = {}
    for topic in request.topic_data:
        for partition in topic.partition_data:
            wanted.setdefault((topic.name, topic.topic_id), {})[partition.index] = partition
    return wanted


def _check(
    ctx: RequestContext, acks: int, name: str, topic_id: bytes, wanted: PartitionProduceData
) -> tuple[Partition, BatchHeader]:
    """Where to append, and the header of what. KafkaError: refused, whatever the log may say."""
    by_name = name if ctx.api_version < FIRST_VERSION_WITH_TOPIC_IDS else None
    partition = ctx.broker.partitions.find(by_name, topic_id, wanted.index)
    header = only_batch(memoryview(wanted.records or b""))
    if ctx.api_version < FIRST_VERSION_WITH_ZSTD and header.compression is Compression.ZSTD:
        raise KafkaError(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
    if acks not in (-1, 0, 1):
        raise KafkaError(ErrorCode.INVALID_REQUIRED_ACKS)
    if partition.topic in INTERNAL_TOPICS and ctx.client_id != ADMIN_CLIENT_ID:
        raise KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION)
    return partition, header


def _append(
    ctx: RequestContext,
    acks: int,
    name: str,
    topic_id: bytes,
    wanted: PartitionProduceData,
    proofs: Mapping[Partition, Proof],
    now_ms: int,
    unkept: list[Unkept],
) -> PartitionProduceResponse:
    """Append, and put the answer into `unkept` as well if it has to wait."""
    try:
        partition, header = _check(ctx, acks, name, topic_id, wanted)
    except KafkaError as error:
        return _refused(wanted.index, error.code)
    proof = proofs.get(partition, NO_PROOF)
    if proof.refusal is not None:
        return _not_verified(wanted.index, proof.refusal, ctx.api_version)
    try:
        appended, append_time_ms = partition.append(
            memoryview(wanted.records or b""), now_ms, proof.verification, header
        )
    except InvalidRecords as error:
        return _refused_records(wanted.index, error, partition.log.log_start_offset)
    except KafkaError as error:
        refused = _refused(wanted.index, error.code)
        if error.code not in WITHOUT_LOG_START:
            refused.log_start_offset = partition.log.log_start_offset
        return refused
    answer = PartitionProduceResponse(
        index=wanted.index,
        error_code=ErrorCode.NONE,
        base_offset=appended.first_offset,
        log_append_time_ms=append_time_ms,
        log_start_offset=partition.log.log_start_offset,
    )
    end_offset = appended.last_offset + 1
    if not partition.may_answer(end_offset, waits_for_all=acks == ALL_REPLICAS):
        unkept.append(Unkept(answer, partition, end_offset))
    return answer


def _not_verified(index: int, refusal: KafkaError, version: int) -> PartitionProduceResponse:
    """What the coordinator said, in codes that make the client do the right thing."""
    code = refusal.code
    if code is ErrorCode.INVALID_TXN_STATE:
        return _refused(index, code, "Partition was not added to the transaction")
    is_old = version < FIRST_VERSION_ADDING_PARTITIONS
    if code in COORDINATOR_AWAY or (code is ErrorCode.CONCURRENT_TRANSACTIONS and is_old):
        text = (
            f"Unable to verify the partition has been added to the transaction. Underlying error: {code.name}"
        )
        return _refused(index, ErrorCode.NOT_ENOUGH_REPLICAS, text)
    return _refused(index, code)


def _refused(index: int, code: ErrorCode, error_message: str | None = None) -> PartitionProduceResponse:
    return PartitionProduceResponse(index=index, error_code=code, base_offset=-1, error_message=error_message)


def _refused_records(index: int, error: InvalidRecords, log_start_offset: int) -> PartitionProduceResponse:
    refused = _refused(index, error.code, error.detail)
    refused.log_start_offset = log_start_offset
    refused.record_errors = [
        BatchIndexAndErrorMessage(
            batch_index=at_fault.batch_index, batch_index_error_message=at_fault.message
        )
        for at_fault in error.record_errors
    ]
    return refused
