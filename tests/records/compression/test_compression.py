"""The codecs behind their common door."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.compression import Compression, compress, decompress

CODECS = [codec for codec in Compression if codec]


@given(st.sampled_from(CODECS), st.binary(max_size=1000), st.integers(0, 300))
def test_what_is_compressed_comes_back(codec: Compression, content: bytes, times: int) -> None:
    compressed = compress(codec, content * times)
    assert decompress(codec, memoryview(compressed), len(content) * times) == content * times


@given(st.sampled_from(CODECS), st.integers(1, 200_000), st.integers(0, 200_000))
@settings(max_examples=50)
def test_nothing_grows_beyond_the_bound(codec: Compression, size: int, bound: int) -> None:
    compressed = memoryview(compress(codec, bytes(size)))
    if bound >= size:
        assert len(decompress(codec, compressed, bound)) == size
    else:
        with pytest.raises(KafkaError) as refusal:
            decompress(codec, compressed, bound)
        assert refusal.value.code is ErrorCode.MESSAGE_TOO_LARGE


def length_or_refusal(codec: Compression, stream: bytes, bound: int) -> int | str:
    try:
        return len(decompress(codec, memoryview(stream), bound))
    except KafkaError as refusal:
        return refusal.code.name


@given(st.sampled_from(CODECS), st.binary(max_size=100))
@settings(max_examples=500)
def test_garbage_is_refused_or_means_something(codec: Compression, garbage: bytes) -> None:
    outcome = length_or_refusal(codec, garbage, 1000)
    assert outcome in ("UNKNOWN_SERVER_ERROR", "MESSAGE_TOO_LARGE", *range(1001))


@given(st.sampled_from(CODECS), st.data())
@settings(max_examples=300)
def test_a_cut_stream_is_refused_or_gives_less(codec: Compression, data: st.DataObject) -> None:
    content = b"some words, " * 4000
    compressed = compress(codec, content)
    outcome = length_or_refusal(codec, compressed[: data.draw(st.integers(0, len(compressed) - 1))], 10**6)
    assert outcome in ("UNKNOWN_SERVER_ERROR", *range(len(content)))


def test_topics_name_codecs_and_a_wish_to_keep_them() -> None:
    assert [Compression.of_topic(name) for name in ("uncompressed", "gzip", "snappy", "lz4", "zstd")] == [
        0,
        1,
        2,
        3,
        4,
    ]
    assert Compression.of_topic("producer") is None


def test_numbers_without_a_codec_are_refused() -> None:
    assert Compression.of(4) is Compression.ZSTD
    with pytest.raises(KafkaError, match="Unknown compression type id: 5"):
        Compression.of(5)


@pytest.mark.parametrize(
    ("codec", "low", "high"), [(Compression.GZIP, 1, 9), (Compression.LZ4, 3, 12), (Compression.ZSTD, 1, 19)]
)
def test_a_higher_level_takes_less_room(codec: Compression, low: int, high: int) -> None:
    content = b"".join(b"record %d of %d; " % (i * i, i) for i in range(3000))
    sizes = [len(compress(codec, content, level)) for level in (low, high)]
    assert sizes[1] < sizes[0] < len(content)
