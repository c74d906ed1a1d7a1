"""Levels of loggers under Kafka's names."""

import logging
from collections.abc import Iterator

import pytest

from kafkapy.config.key import ConfigError, RequestError
from kafkapy.config.loggers import check_logger_levels, logger_levels, set_logger_levels


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger that others are below."""
    found = logging.getLogger("kafkapy.test_loggers")
    level = found.level
    yield found
    found.setLevel(level)


def test_a_logger_has_its_level_or_the_one_above_it(logger: logging.Logger) -> None:
    below = logging.getLogger("kafkapy.test_loggers.below")
    logger.setLevel(logging.DEBUG)
    assert logger_levels()[below.name] == "DEBUG"
    below.setLevel(logging.CRITICAL)
    assert logger_levels()[below.name] == "FATAL"
    below.setLevel(logging.NOTSET)


def test_a_package_is_a_logger_too() -> None:
    logging.getLogger("kafkapy.test_package.module")
    check_logger_levels([("kafkapy.test_package", "DEBUG")])


def test_a_level_between_two_names_counts_as_the_lower(logger: logging.Logger) -> None:
    logger.setLevel(25)
    assert logger_levels()[logger.name] == "INFO"
    logger.setLevel(1)
    assert logger_levels()[logger.name] == "TRACE"


def test_levels_are_set_and_taken_away(logger: logging.Logger) -> None:
    set_logger_levels([(logger.name, "WARN")])
    assert logger.level == logging.WARNING
    set_logger_levels([(logger.name, None)])
    assert logger.level == logging.NOTSET


def test_the_root_logger_can_be_set(logger: logging.Logger) -> None:
    level = logger_levels()["root"]
    set_logger_levels([("root", level)])
    assert logger_levels()["root"] == level


@pytest.mark.parametrize(
    ("name", "level", "error", "message"),
    [
        ("kafka.server.Foo", "DEBUG", ConfigError, "Logger kafka.server.Foo does not exist!"),
        (
            "root",
            "LOUD",
            ConfigError,
            "Cannot set the log level of root to LOUD as it is not a supported log level. "
            "Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN",
        ),
        ("root", None, RequestError, "Removing the log level of the root logger is not allowed"),
    ],
)
def test_bad_levels_are_refused(name: str, level: str | None, error: type[ConfigError], message: str) -> None:
    with pytest.raises(error) as caught:
        check_logger_levels([(name, level)])
    assert str(caught.value) == message
