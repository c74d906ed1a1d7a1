"""Every codec, written by every client and read by every client."""

from collections.abc import Callable

import pytest

from tests.clients.facade import Client, Seen, Sent, produce, read

NAMES = ("aiokafka", "confluent-kafka", "kafka-python")
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
RECORDS = [
    Sent(b"plain", b"key", (("a", b"1"), ("a", b"2"), ("empty", b""))),
    Sent(None, b"tombstone"),
    Sent(b"", None),
    Sent(b"\x00\xff" * 3000, "schlüssel".encode(), (("ü", "ß".encode()),)),
    *(Sent(b"repeated value %d " % n * 40, b"%d" % n) for n in range(200)),
]


def content(seen: list[Seen]) -> list[tuple[object, ...]]:
    return [(record.key, record.value, record.headers) for record in seen]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("writer", NAMES)
def test_every_client_reads_what_a_client_has_compressed(
    writer: str, codec: str, bootstrap: str, topic: str, clients: Callable[..., Client]
) -> None:
    options = {} if codec == "none" else {"compression_type": codec}
    placed = produce(clients(writer, bootstrap).producer(**options), topic, RECORDS)
    assert [place.offset for place in placed] == list(range(len(RECORDS)))
    expected = [(sent.key, sent.value, sent.headers) for sent in RECORDS]
    for reader in NAMES:
        seen = read(clients(reader, bootstrap), topic, len(RECORDS))
        assert content(seen) == expected, f"read by {reader}"
        assert [record.offset for record in seen] == list(range(len(RECORDS)))


@pytest.mark.parametrize("codec", ["uncompressed", "gzip", "snappy", "lz4", "zstd"])
def test_a_topic_with_a_codec_of_its_own_is_compressed_again_by_the_broker(
    codec: str, bootstrap: str, unique: str, new_topic: Callable[..., str], clients: Callable[..., Client]
) -> None:
    topic = new_topic(unique, compression_type=codec)
    sent = [Sent(b"some text that compresses " * 20, b"%d" % n) for n in range(100)]
    for writing in ("gzip", "lz4", "none"):
        produce(clients("confluent-kafka", bootstrap).producer(compression_type=writing), topic, sent)
    for reader in NAMES:
        seen = read(clients(reader, bootstrap), topic, 300)
        assert content(seen) == [(record.key, record.value, ()) for record in sent] * 3, f"read by {reader}"
