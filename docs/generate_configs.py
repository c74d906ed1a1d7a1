"""Writes docs/configs.md from the tables in kafkapy/config: `python docs/generate_configs.py`."""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kafkapy.config.broker import SHIPPED
from kafkapy.config.broker_keys import BrokerKeys
from kafkapy.config.client_metrics import ClientMetricsConfig
from kafkapy.config.group import GroupConfig
from kafkapy.config.key import REQUIRED, ConfigKey, text_of
from kafkapy.config.topic import TopicConfig

DOCUMENT = Path(__file__).parent / "configs.md"

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
    shipped = ", ".join(f"`{name}={text}`" for name, text in SHIPPED.items())
    parts = [HEAD.format(shipped=shipped), "## Broker\n"]
    for table in BrokerKeys.__bases__:
        about = (sys.modules[table.__module__].__doc__ or "").strip(" .\n").removeprefix("Broker keys about ")
        parts.append(f"### {about[0].upper()}{about[1:]}\n")
        parts.append("\n".join(_table(table.KEYS.values(), "changes", _dynamic)) + "\n")
    parts += ["## Topic\n", "\n".join(_table(TopicConfig.KEYS.values(), "falls back to", _synonym)) + "\n"]
    parts += ["## Group\n", "\n".join(_table(GroupConfig.KEYS.values(), "falls back to", _synonym)) + "\n"]
    parts.append("## Subscription to metrics of clients\n")
    parts.append("\n".join(_table(ClientMetricsConfig.KEYS.values(), "falls back to", _synonym)) + "\n")
    return "\n".join(parts)


def _dynamic(key: ConfigKey) -> str:
    return key.dynamic.value


def _synonym(key: ConfigKey) -> str:
    return f"`{key.synonym}`" if key.synonym else ""


def _table(keys: Iterable[ConfigKey], heading: str, related: Callable[[ConfigKey], str]) -> Iterator[str]:
    yield f"| key | accepts | default | {heading} | meaning |"
    yield "|---|---|---|---|---|"
    for key in keys:
        accepted = key.accepted.replace("|", "\\|")
        yield f"| `{key.name}` | {accepted} | {_default(key)} | {related(key)} | {_meaning(key)} |"


def _default(key: ConfigKey) -> str:
    if key.default is REQUIRED or key.default is None:
        return ""
    return f"`{text}`" if (text := text_of(key.default)) else "empty"


def _meaning(key: ConfigKey) -> str:
    effect = f" *No effect: {key.no_effect}.*" if key.no_effect else ""
    return f"{key.doc}{effect}".replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(render())
