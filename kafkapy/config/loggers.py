"""The levels of this process's loggers, as DescribeConfigs and IncrementalAlterConfigs see them (KIP-412).

They are Python loggers under Kafka level names. Nothing is stored: after a restart the levels are those of
the command line. Kafka: RuntimeLoggerManager.
"""

import logging
from collections.abc import Sequence

from kafkapy.config.key import ConfigError, RequestError

ROOT = "root"
LEVELS = {"FATAL": 50, "ERROR": 40, "WARN": 30, "INFO": 20, "DEBUG": 10, "TRACE": 5}


def logger_levels() -> dict[str, str]:
    """Logger name -> level, packages included; what has no level of its own has that of the nearest above."""
    named = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    return {ROOT: _level(logging.root)} | {logger.name: _level(logger) for logger in named}


def _level(logger: logging.Logger) -> str:
    number = logger.getEffectiveLevel()
    return next((name for name, least in LEVELS.items() if number >= least), "TRACE")


def check_logger_levels(levels: Sequence[tuple[str, str | None]]) -> None:
    """Raise ConfigError or RequestError unless loggers may get these levels; None takes a level away."""
    known = logger_levels()
    for name, level in levels:
        if name not in known:
            raise ConfigError(f"Logger {name} does not exist!")
        if level is None and name == ROOT:
            raise RequestError("Removing the log level of the root logger is not allowed")
        if level is not None and level not in LEVELS:
            raise ConfigError(
                f"Cannot set the log level of {name} to {level} as it is not a supported log level. "
                f"Valid log levels are {', '.join(sorted(LEVELS))}"
            )


def set_logger_levels(levels: Sequence[tuple[str, str | None]]) -> None:
    """Give loggers levels that `check_logger_levels` has passed."""
    for name, level in levels:
        logger = logging.root if name == ROOT else logging.getLogger(name)
        logger.setLevel(logging.NOTSET if level is None else LEVELS[level])
