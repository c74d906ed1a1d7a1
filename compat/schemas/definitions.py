"""Finds Apache Kafka's own message definitions: JSON files in a directory, or inside Kafka's jars.

The definitions are not part of this repository. They are looked for in this order:

1. the directory given as an argument, or in KAFKA_DEFINITIONS: `messages/`, and if there `records/*/` (all
of one
   release), and `messages-X.Y/` for further releases;
2. the directory of jars in KAFKA_JARS; 3. a directory `reference` laid out like 1, one level down in any
directory beside this checkout; 4. `compat/schemas/target`, which `mvn -q -f compat/schemas/pom.xml
dependency:copy` fills with the jars it needs.
"""

import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FETCH = "mvn -q -f compat/schemas/pom.xml dependency:copy"
NEWEST = "4.3"

Definition = dict[str, Any]
Releases = dict[str, dict[str, Definition]]
"""Release ("4.3") to message name to definition; the newest release first."""


class NoDefinitions(Exception):
    """There is nothing to compare with; the text says where was looked, and how to get definitions."""


def parse(text: str) -> Definition:
    """One definition file: JSON with `//` comments."""
    definition: Definition = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    return definition


def load(directory: str | None = None) -> tuple[str, Releases]:
    """Where the definitions came from, and the definitions."""
    given = directory or os.environ.get("KAFKA_DEFINITIONS")
    jars = os.environ.get("KAFKA_JARS")
    if given:
        return given, from_directory(Path(given))
    if jars:
        return jars, from_jars(Path(jars))
    beside = sorted(ROOT.parent.glob("*/reference/messages"))
    if beside:
        return str(beside[0].parent), from_directory(beside[0].parent)
    if list(HERE.glob("target/*.jar")):
        return str(HERE / "target"), from_jars(HERE / "target")
    raise NoDefinitions(
        "Apache Kafka's message definitions are missing. Looked at: the argument, KAFKA_DEFINITIONS, "
        f"KAFKA_JARS, {ROOT.parent}/*/reference, {HERE}/target. To fetch the jars that hold them: {FETCH}"
    )


def from_directory(directory: Path) -> Releases:
    if not (directory / "messages").is_dir():
        raise NoDefinitions(f"{directory} has no directory `messages`")
    releases: Releases = {NEWEST: {}}
    for folder in [directory / "messages", *sorted((directory / "records").glob("*"))]:
        releases[NEWEST].update(_by_name(path.read_text() for path in sorted(folder.glob("*.json"))))
    for folder in sorted(directory.glob("messages-*"), reverse=True):
        texts = (path.read_text() for path in sorted(folder.glob("*.json")))
        releases[folder.name.removeprefix("messages-")] = _by_name(texts)
    return releases


def from_jars(directory: Path) -> Releases:
    releases: Releases = {}
    for jar in sorted(directory.glob("kafka-*.jar")):
        version = re.search(r"-(\d+)\.(\d+)\.\d+\.jar$", jar.name)
        if version:
            found = _by_name(_texts_in(jar))
            releases.setdefault(f"{version[1]}.{version[2]}", {}).update(found)
    releases = {release: found for release, found in releases.items() if found}
    if not releases:
        raise NoDefinitions(f"no jar in {directory} holds message definitions")
    return dict(sorted(releases.items(), reverse=True))


def _texts_in(jar: Path) -> Iterator[str]:
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"(common/)?(message|metadata)/\w+\.json", name):
                yield archive.read(name).decode()


def _by_name(texts: Iterator[str]) -> dict[str, Definition]:
    return {definition["name"]: definition for definition in map(parse, texts)}
