"""Writes docs/configs.md from the tables in kafkapy/config: `python docs/generate_configs.py`.

Which keys have no effect yet is found in the code: nothing reads them.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kafkapy.config.broker import SHIPPED
from kafkapy.config.broker_keys import BrokerKeys
from kafkapy.config.client_metrics import ClientMetricsConfig
from kafkapy.config.group import GroupConfig, bounds_of
from kafkapy.config.key import REQUIRED, ConfigKey, text_of
from kafkapy.config.topic import TopicConfig

DOCUMENT = Path(__file__).parent / "configs.md"
SOURCES = Path(__file__).parent.parent / "kafkapy"

TELL_OF_KEYS = {"config/consistency.py", "config/describe.py", "config/group.py", "config/validators.py"}
"""Besides the tables: files that name keys without going by them."""

HEAD = """# Configuration keys

kafkapy knows every key of Apache Kafka 4.3, with its type, default and accepted values. Keys marked
*no effect* are accepted, described and checked like the others, and change nothing; each says why.

Settings come from, strongest first: `--set KEY=VALUE`, environment variables (`KAFKA_LOG_RETENTION_MS` or
`KAFKA_CFG_LOG_RETENTION_MS` for `log.retention.ms`; two underscores for one, three for a dash), the file of
`--config`, and what is shipped. Unknown keys are reported and ignored.

Shipped, as in the files that Kafka ships for a single node: {shipped}.

This file is made by `docs/generate_configs.py`.
"""


def render() -> str:
    read = keys_read()
    shipped = ", ".join(f"`{name}={text}`" for name, text in SHIPPED.items())
    parts = [HEAD.format(shipped=shipped), "## Broker\n"]
    for table in BrokerKeys.__bases__:
        about = (sys.modules[table.__module__].__doc__ or "").strip(" .\n").removeprefix("Broker keys about ")
        parts.append(f"### {about[0].upper()}{about[1:]}\n")
        parts.append(_table(table.KEYS.values(), "changes", lambda key: key.dynamic.value, read))
    for title, keys in (
        ("Topic", TopicConfig.KEYS),
        ("Group", GroupConfig.KEYS),
        ("Subscription to metrics of clients", ClientMetricsConfig.KEYS),
    ):
        parts += [f"## {title}\n", _table(keys.values(), "falls back to", _synonym, read)]
    return "\n".join(parts)


def keys_read() -> set[str]:
    """Names of the keys whose values some code asks for."""
    words = set()
    for source in SOURCES.rglob("*.py"):
        name = source.relative_to(SOURCES).as_posix()
        if not name.startswith("config/keys/") and name not in TELL_OF_KEYS:
            words |= _words_of(ast.parse(source.read_text()), with_texts=not name.startswith("config/"))
    everything = (*BrokerKeys.KEYS.values(), *TopicConfig.KEYS.values(), *GroupConfig.KEYS.values())
    read = {key.name for key in everything if key.attribute in words or key.name in words}
    for key in (*TopicConfig.KEYS.values(), *GroupConfig.KEYS.values()):
        if key.name in read:
            read |= {key.synonym, *bounds_of(key.name)}
    return read | set(ClientMetricsConfig.KEYS)


def _words_of(tree: ast.AST, *, with_texts: bool) -> set[str]:
    """Names of attributes, and strings."""
    words = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    if with_texts:
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        words |= {value for value in constants if isinstance(value, str)}
    return words


def _synonym(key: ConfigKey) -> str:
    return f"`{key.synonym}`" if key.synonym else ""


def _table(
    keys: Iterable[ConfigKey], heading: str, related: Callable[[ConfigKey], str], read: set[str]
) -> str:
    return "\n".join(_lines(keys, heading, related, read)) + "\n"


def _lines(
    keys: Iterable[ConfigKey], heading: str, related: Callable[[ConfigKey], str], read: set[str]
) -> Iterator[str]:
    yield f"| key | accepts | default | {heading} | meaning |"
    yield "|---|---|---|---|---|"
    for key in keys:
        meaning = key.doc + _effect(key, read)
        yield f"| `{key.name}` | {key.accepted} | {_default(key)} | {related(key)} | {meaning} |"


def _effect(key: ConfigKey, read: set[str]) -> str:
    if key.no_effect:
        return f" *No effect: {key.no_effect}.*"
    return "" if key.name in read else " *No effect yet.*"


def _default(key: ConfigKey) -> str:
    if key.default is REQUIRED or key.default is None:
        return ""
    return f"`{text}`" if (text := text_of(key.default)) else "empty"


if __name__ == "__main__":
    DOCUMENT.write_text(render())
