import pytest

from kafkapy.cluster.topic_names import check_topic_name
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

ILLEGAL = "' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "...", "__consumer_offsets", "x" * 249])
def test_names_that_topics_may_have(name: str) -> None:
    check_topic_name(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "the empty string is not allowed"),
        (".", "'.' is not allowed"),
        ("..", "'..' is not allowed"),
        ("x" * 250, f"the length of '{'x' * 250}' is longer than the max allowed length 249"),
        ("a b", f"'a b{ILLEGAL}"),
        ("a/b", f"'a/b{ILLEGAL}"),
        ("ünï", f"'ünï{ILLEGAL}"),
        ("a\n", f"'a\n{ILLEGAL}"),
    ],
)
def test_other_names_are_refused_in_kafkas_words(name: str, reason: str) -> None:
    with pytest.raises(KafkaError) as refused:
        check_topic_name(name)
    assert refused.value.code is ErrorCode.INVALID_TOPIC_EXCEPTION
    assert refused.value.detail == f"Topic name is invalid: {reason}"
