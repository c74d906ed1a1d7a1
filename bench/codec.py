"""Microseconds to encode and decode the messages of the hot path: `python -m bench.codec [PART OF A NAME]`.

Decoding is measured from a memoryview, as the server hands out frames, and from bytes. Best of many rounds.
"""

import gc
import sys
import time
from collections.abc import Callable
from typing import Any

from kafkapy.protocol.codegen import decoder, encoder
from kafkapy.protocol.messages import fetch, metadata, offset_commit, produce
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest, HeartbeatResponse

ROUNDS = 25
ROUND_SECONDS = 0.002
RECORDS = bytes(1000)
TOPIC_ID = bytes(range(16))


def messages() -> dict[str, tuple[Any, int]]:
    """Name to (message, version)."""
    ten = range(10)
    return {
        "HeartbeatRequest": (
            HeartbeatRequest(group_id="group-1", generation_id=5, member_id="consumer-1-aaaa-bbbb"),
            4,
        ),
        "HeartbeatResponse": (HeartbeatResponse(), 4),
        "ProduceRequest, 1 partition": (produce_request(1), 13),
        "ProduceRequest, 3 partitions": (produce_request(3), 13),
        "ProduceResponse, 3 partitions": (produce_response(3), 13),
        "MetadataResponse, 10 x 10": (metadata_response(), 12),
        "FetchRequest, incremental": (fetch_request(0), 17),
        "FetchRequest, 10 partitions": (fetch_request(10), 17),
        "FetchResponse, empty": (fetch.FetchResponse(responses=[]), 17),
        "FetchResponse, 10 partitions": (fetch_response(10), 17),
        "OffsetCommitRequest, 10 partitions": (
            offset_commit.OffsetCommitRequest(
                group_id="group-1",
                member_id="consumer-1-aaaa-bbbb",
                topics=[
                    offset_commit.OffsetCommitRequestTopic(
                        name="topic-a",
                        partitions=[
                            offset_commit.OffsetCommitRequestPartition(
                                partition_index=index, committed_offset=100, committed_metadata=""
                            )
                            for index in ten
                        ],
                    )
                ],
            ),
            9,
        ),
    }


def produce_request(partitions: int) -> produce.ProduceRequest:
    data = [produce.PartitionProduceData(index=index, records=RECORDS) for index in range(partitions)]
    topic = produce.TopicProduceData(topic_id=TOPIC_ID, partition_data=data)
    return produce.ProduceRequest(acks=-1, timeout_ms=30000, topic_data=[topic])


def produce_response(partitions: int) -> produce.ProduceResponse:
    responses = [
        produce.PartitionProduceResponse(index=index, base_offset=123) for index in range(partitions)
    ]
    return produce.ProduceResponse(
        responses=[produce.TopicProduceResponse(topic_id=TOPIC_ID, partition_responses=responses)]
    )


def fetch_request(partitions: int) -> fetch.FetchRequest:
    wanted = [
        fetch.FetchPartition(partition=index, fetch_offset=12345, partition_max_bytes=1 << 20)
        for index in range(partitions)
    ]
    topics = [fetch.FetchTopic(topic_id=TOPIC_ID, partitions=wanted)] if wanted else []
    return fetch.FetchRequest(max_wait_ms=500, min_bytes=1, session_id=7, session_epoch=1, topics=topics)


def fetch_response(partitions: int) -> fetch.FetchResponse:
    read = [
        fetch.PartitionData(
            partition_index=index, high_watermark=100, aborted_transactions=None, records=RECORDS
        )
        for index in range(partitions)
    ]
    return fetch.FetchResponse(responses=[fetch.FetchableTopicResponse(topic_id=TOPIC_ID, partitions=read)])


def metadata_response() -> metadata.MetadataResponse:
    def topic(number: int) -> metadata.MetadataResponseTopic:
        partitions = [
            metadata.MetadataResponsePartition(
                partition_index=index,
                leader_id=1,
                leader_epoch=3,
                replica_nodes=[1, 2, 3],
                isr_nodes=[1, 2, 3],
                offline_replicas=[],
            )
            for index in range(10)
        ]
        return metadata.MetadataResponseTopic(
            name=f"topic-{number}", topic_id=TOPIC_ID, partitions=partitions
        )

    broker = metadata.MetadataResponseBroker(node_id=1, host="127.0.0.1", port=9092)
    return metadata.MetadataResponse(
        brokers=[broker], cluster_id="cluster", topics=[topic(number) for number in range(10)]
    )


def microseconds(call: Callable[[], object]) -> float:
    """The time of one call, as the best of several rounds shows it."""
    count, elapsed = 1, 0.0
    while elapsed < ROUND_SECONDS:
        count *= 2
        elapsed = _time(call, count)
    return min(_time(call, count) for _ in range(ROUNDS)) / count * 1e6


def _time(call: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - start


def main(arguments: list[str]) -> None:
    gc.disable()
    print(f"{'':40}{'encode':>10}{'memoryview':>12}{'bytes':>10}")
    for name, (message, version) in messages().items():
        if arguments and arguments[0].lower() not in name.lower():
            continue
        encode, decode = encoder(type(message), version), decoder(type(message), version)
        encoded = b"".join(encode(message))
        view = memoryview(encoded)
        times = (
            microseconds(lambda encode=encode, message=message: encode(message)),
            microseconds(lambda decode=decode, view=view: decode(view)),
            microseconds(lambda decode=decode, encoded=encoded: decode(encoded)),
        )
        print(f"{name:40}{times[0]:10.2f}{times[1]:12.2f}{times[2]:10.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
