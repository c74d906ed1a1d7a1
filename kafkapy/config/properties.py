"""Where a broker's settings come from: Java .properties files, KAFKA_... variables, the command line."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kafkapy.config.broker_keys import is_known

_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_NOT_SETTINGS = frozenset(
    (
        "KAFKA_VERSION",
        "KAFKA_HEAP_OPTS",
        "KAFKA_LOG4J_OPTS",
        "KAFKA_OPTS",
        "KAFKA_JMX_OPTS",
        "KAFKA_JVM_PERFORMANCE_OPTS",
        "KAFKA_GC_LOG_OPTS",
        "KAFKA_LOG4J_ROOT_LOGLEVEL",
        "KAFKA_LOG4J_LOGGERS",
        "KAFKA_TOOLS_LOG4J_LOGLEVEL",
        "KAFKA_JMX_HOSTNAME",
    )
)


class Settings(NamedTuple):
    """properties: what to start the broker with. unknown: names nobody knows; worth a warning."""

    properties: dict[str, str]
    unknown: list[str]


def gather(arguments: Mapping[str, str], environment: Mapping[str, str], file: Mapping[str, str]) -> Settings:
    """Settings of the command line over those of the environment over those of a file.

    Unknown names are kept, as Kafka keeps them, but for variables: not every KAFKA_... variable is a setting.
    """
    variables = environment_properties(environment)
    properties = (
        dict(file) | {name: text for name, text in variables.items() if is_known(name)} | dict(arguments)
    )
    return Settings(properties, sorted(name for name in properties | variables if not is_known(name)))


def environment_properties(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings among environment variables, named as for Apache Kafka's container image.

    KAFKA_LOG_RETENTION_MS is log.retention.ms; two underscores stand for one, three for a dash. KAFKA_CFG_ is
    read as well, as another image spells it, and wins.
    """
    plain, prefixed = {}, {}
    for variable, text in environment.items():
        if variable.startswith("KAFKA_CFG_"):
            prefixed[_key_name(variable.removeprefix("KAFKA_CFG_"))] = text
        elif variable.startswith("KAFKA_") and variable not in _NOT_SETTINGS:
            plain[_key_name(variable.removeprefix("KAFKA_"))] = text
    return plain | prefixed


def _key_name(variable: str) -> str:
    return variable.lower().replace("_", ".").replace("...", "-").replace("..", "_")


def parse_properties(text: str) -> dict[str, str]:
    """The content of a .properties file, as java.util.Properties reads it. ValueError for a bad escape."""
    properties = {}
    for line in _logical_lines(text):
        key, value = _divide(line)
        properties[_unescape(key)] = _unescape(value)
    return properties


def _logical_lines(text: str) -> Iterator[str]:
    """Without blank lines and comments; a line that ends in a single backslash goes on in the next."""
    pending = None
    for raw in re.split(r"\r\n|\n|\r", text):
        line = raw.lstrip(" \t\f")
        if pending is None and (not line or line[0] in "#!"):
            continue
        line = (pending or "") + line
        trailing = len(line) - len(line.rstrip("\\"))
        if trailing % 2:
            pending = line[:-1] or None
        else:
            pending = None
            yield line
    if pending:
        yield pending


def _divide(line: str) -> tuple[str, str]:
    """The key ends at the first unescaped blank, `=` or `:`; a blank may be followed by one of these."""
    match = re.match(r"((?:\\.|[^\\ \t\f=:])*)[ \t\f]*[=:]?[ \t\f]*", line)
    assert match is not None
    return match[1], line[match.end() :]


def _unescape(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] != "u":
            return _ESCAPES.get(code, code)
        if len(code) < 5:
            raise ValueError("Malformed \\uxxxx encoding.")
        return chr(int(code[1:], 16))

    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", replace, text) if "\\" in text else text
