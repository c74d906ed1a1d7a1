"""Has Apache Kafka's own classes write one sample of every message and version: `python -m
compat.schemas.golden`.

The samples go to `tests/wire/golden`, a file per module of `protocol.messages`, one JSON object per line:
the message, its version, its fields as Kafka's JSON converters read them, the bytes in hex, and the release
that wrote them. Needs a JDK (17 or newer) and the jars of `definitions.py`. Existing samples are rewritten.
"""

import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

from compat.schemas.compare import Theirs, plain_name
from compat.schemas.definitions import HERE, ROOT, Definition, Releases, from_jars
from kafkapy.protocol.catalog import every_message
from kafkapy.protocol.layout import layout_of
from kafkapy.protocol.schema import parse_versions, schema_of
from kafkapy.protocol.uuid import uuid_text
from tests.protocol.samples import sample

JARS = HERE / "target"
GOLDEN = ROOT / "tests" / "wire" / "golden"
PACKAGES = {
    "request": "org.apache.kafka.common.message.{}Data",
    "response": "org.apache.kafka.common.message.{}Data",
    "data": "org.apache.kafka.common.message.{}",
    "metadata": "org.apache.kafka.common.metadata.{}",
}
COORDINATORS = {"Share": "share", "Transaction": "transaction"}


def java_class(name: str, definition: Definition) -> str:
    kind = definition["type"]
    if kind in PACKAGES:
        return PACKAGES[kind].format(name)
    coordinator = "transaction" if name.startswith("TransactionLog") else "group"
    if name.startswith(("ShareSnapshot", "ShareUpdate")):
        coordinator = "share"
    return f"org.apache.kafka.coordinator.{coordinator}.generated.{name}"


def as_json(message: Any, definitions: list[Definition], theirs: Theirs, version: int) -> dict[str, Any]:
    """A message as Kafka's JSON converters read it; fields that are absent from it have their defaults."""
    layout = layout_of(type(message), version)
    ours = {plain_name(name): (name, wire) for name, wire in {**layout.plain, **layout.tagged}.items()}
    fields: dict[str, Any] = {}
    for one in definitions:
        if version not in Theirs.versions(one):
            continue
        name, wire = ours[plain_name(one["name"])]
        value = getattr(message, name)
        if value is None and wire.kind == "struct" and version not in wire.nullable:
            continue
        kind = wire.element if wire.kind in ("array", "struct") else wire.kind
        inner = theirs.fields_of(one)
        items = value if wire.kind == "array" and value is not None else [value]
        converted = [None if item is None else _value(item, kind, inner, theirs, version) for item in items]
        is_list = wire.kind == "array" and value is not None
        fields[one["name"][0].lower() + one["name"][1:]] = converted if is_list else converted[0]
    return fields


def _value(value: Any, kind: Any, inner: list[Definition], theirs: Theirs, version: int) -> Any:
    if isinstance(kind, type):
        return as_json(value, inner, theirs, version)
    if kind == "uuid":
        return uuid_text(value)
    return b64encode(value).decode() if kind in ("bytes", "records") else value


def write_with(release: str, requests: list[str]) -> list[str]:
    """The answers of `Golden.java`, run with the jars of one release."""
    others = [path for path in JARS.glob("*.jar") if not path.name.startswith("kafka-")]
    kafka = [path for path in JARS.glob("kafka-*.jar") if f"-{release}." in path.name]
    classpath = ":".join(str(path) for path in [*kafka, *others])
    command = ["java", "-cp", classpath, str(HERE / "Golden.java")]
    done = subprocess.run(command, input="\n".join(requests), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.splitlines()


def samples_of(releases: Releases) -> dict[str, list[tuple[str, int, dict[str, Any], str]]]:
    """By release, what it shall write: (message, version, fields, Java class), each version with the newest
    release.
    """
    wanted: dict[str, list[tuple[str, int, dict[str, Any], str]]] = {release: [] for release in releases}
    for name, cls in every_message().items():
        for version in schema_of(cls).valid_versions:
            for release, definitions in releases.items():
                definition = definitions.get(name)
                if definition and version in parse_versions(definition["validVersions"]):
                    message = sample(cls, version, "golden", tame=True)
                    fields = as_json(message, definition["fields"], Theirs(definition), version)
                    wanted[release].append((name, version, fields, java_class(name, definition)))
                    break
    return wanted


def main() -> None:
    lines: dict[Path, list[tuple[str, int, str]]] = {}
    for release, wanted in samples_of(from_jars(JARS)).items():
        requests = [f"{java} {version} {json.dumps(fields)}" for _, version, fields, java in wanted]
        for (name, version, fields, _), written in zip(wanted, write_with(release, requests), strict=True):
            module = every_message()[name].__module__.rpartition(".")[2]
            entry = {
                "message": name,
                "version": version,
                "fields": fields,
                "bytes": written,
                "release": release,
            }
            lines.setdefault(GOLDEN / f"{module}.jsonl", []).append((name, version, json.dumps(entry)))
    GOLDEN.mkdir(exist_ok=True)
    for path, entries in lines.items():
        path.write_text("".join(line + "\n" for _, _, line in sorted(entries)))


if __name__ == "__main__":
    main()
