"""Compares every declared message with Apache Kafka's definition: `python -m compat.schemas.compare [DIR]`.

For each release, message and valid version: which fields travel, in which order, as what type, under which
tag, whether null is allowed, the default, and whether a field may be dropped silently. Exit status 1 if
anything differs, 2 if there is nothing to compare with.
"""

import sys
from dataclasses import dataclass, field
from typing import Any

from compat.schemas.definitions import Definition, NoDefinitions, Releases, load
from kafkapy.protocol.api_key import ApiKey
from kafkapy.protocol.catalog import every_message
from kafkapy.protocol.layout import layout_of
from kafkapy.protocol.schema import IMPLICIT_DEFAULTS, Wire, parse_versions, schema_of, wires_of

HEADERS = {"RequestHeader", "ResponseHeader"}
"""Written by hand in `protocol/headers.py`."""

DEFAULTS = "a struct of defaults"

RENAMED = {"ListClientMetricsResourcesRequest", "ListClientMetricsResourcesResponse"}
"""Version 0 of ListConfigResources under its older name; the newer definition covers it."""


@dataclass
class Report:
    """What was compared and differs; what only Kafka has (`undeclared`); what only we have (`unknown`)."""

    problems: list[str] = field(default_factory=list)
    undeclared: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    versions: int = 0
    fields: int = 0


@dataclass(frozen=True)
class Flat:
    """How a field travels in one version, by Kafka's definition or by ours."""

    name: str
    type: str
    nullable: bool
    tag: int | None


class Theirs:
    """One of Kafka's definitions."""

    def __init__(self, definition: Definition, unstable: int | None = None) -> None:
        self.definition = definition
        self.valid = [
            version for version in parse_versions(definition["validVersions"]) if version != unstable
        ]
        self.flexible = parse_versions(definition.get("flexibleVersions"))
        self.common = {one["name"]: one["fields"] for one in definition.get("commonStructs", [])}

    def fields_of(self, one: Definition) -> list[Definition]:
        """The fields of the struct that a field holds; none for plain values."""
        name = one["type"].removeprefix("[]")
        return one.get("fields") or self.common.get(name, []) if name[0].isupper() else []

    @staticmethod
    def versions(one: Definition) -> range:
        return parse_versions(one.get("versions") or one.get("taggedVersions"))

    def flat(self, one: Definition, version: int) -> Flat:
        tagged = version in parse_versions(one.get("taggedVersions"))
        nullable = version in parse_versions(one.get("nullableVersions"))
        return Flat(plain_name(one["name"]), one["type"], nullable, int(one["tag"]) if tagged else None)


def plain_name(name: str) -> str:
    """Names are compared without case and underscores: `KRaftVersion` is `kraft_version` here."""
    return name.replace("_", "").lower()


def default_of(one: Definition) -> Any:
    """The value that Kafka's generated classes start with."""
    kind, default = (
        one["type"],
        one.get("default"),
    )  # a JSON null counts as no default, the text "null" as null
    if default == "null":
        return None
    if kind.startswith("[]"):
        return []
    if default is None:
        return DEFAULTS if kind[0].isupper() else IMPLICIT_DEFAULTS.get(kind, 0)
    if kind == "bool":
        return str(default).lower() == "true"
    if kind == "float64":
        return float(default)
    return default if kind == "string" else int(str(default), 0)


def our_default(wire: Wire) -> Any:
    """The same of a declared field; a tagged struct that is never null says None for a struct of defaults."""
    if wire.kind == "struct" and (wire.default is not None or not wire.nullable):
        return DEFAULTS
    return wire.default


class Comparison:
    """One message of one release against the class that declares it."""

    def __init__(self, cls: type[Any], theirs: Theirs, release: str, report: Report) -> None:
        self.cls = cls
        self.theirs = theirs
        self.release = release
        self.report = report

    def run(self) -> None:
        schema = schema_of(self.cls)
        self.report.messages.add(self.cls.__name__)
        if schema.api_key != self.theirs.definition.get("apiKey"):
            self.problem(self.cls.__name__, "API key", schema.api_key, self.theirs.definition.get("apiKey"))
        for version in self.theirs.valid:
            self.report.versions += 1
            where = f"{self.cls.__name__} v{version}"
            if version not in schema.valid_versions:
                self.problem(where, "validity", "not valid", "valid")
                continue
            if (version in schema.flexible_versions) != (version in self.theirs.flexible):
                self.problem(
                    where, "flexibility", version in schema.flexible_versions, version in self.theirs.flexible
                )
            self.struct(self.cls, self.theirs.definition["fields"], version, where)

    def struct(self, cls: type[Any], definitions: list[Definition], version: int, where: str) -> None:
        layout = layout_of(cls, version)
        ours = {
            plain_name(name): (name, wire, wire.tag if name in layout.tagged else None)
            for name, wire in wires_of(cls).items()
            if name not in layout.absent
        }
        present = [one for one in definitions if version in Theirs.versions(one)]
        our_order = [name for name, (_, _, tag) in ours.items() if tag is None]
        their_order = [flat.name for one in present if (flat := self.theirs.flat(one, version)).tag is None]
        if our_order != their_order:
            self.problem(where, "untagged fields", our_order, their_order)
        if tags := {plain_name(one["name"]) for one in present} ^ ours.keys():
            self.problem(
                where, "fields on one side only", sorted(tags & ours.keys()), sorted(tags - ours.keys())
            )
        for one in present:
            if (match := ours.get(plain_name(one["name"]))) is not None:
                name, wire, tag = match
                self.report.fields += 1
                self.one_field(wire, tag, one, version, f"{where}.{name}")

    def one_field(self, wire: Wire, tag: int | None, one: Definition, version: int, where: str) -> None:
        theirs = self.theirs.flat(one, version)
        ours = Flat(theirs.name, type_of(wire, theirs.type), version in wire.nullable, tag)
        if ours != theirs:
            self.problem(where, "wire form", ours, theirs)
        if our_default(wire) != default_of(one):
            self.problem(where, "default", our_default(wire), default_of(one))
        if isinstance(wire.element, type):
            self.struct(wire.element, self.theirs.fields_of(one), version, where)

    def problem(self, where: str, what: str, ours: object, theirs: object) -> None:
        self.report.problems.append(f"{where}: {what}: ours {ours}, Kafka {self.release} {theirs}")


def type_of(wire: Wire, theirs: str) -> str:
    """Our type in Kafka's notation; struct names may carry the prefix that keeps them apart from the
    request's.
    """
    kind = wire.element if wire.kind in ("array", "struct") else wire.kind
    name = kind.__name__ if isinstance(kind, type) else str(kind)
    if name == "Response" + theirs.removeprefix("[]"):
        name = name.removeprefix("Response")
    return "[]" + name if wire.kind == "array" else name


def check_ignorable(cls: type[Any], theirs: Theirs, report: Report, release: str) -> None:
    """Of fields that some valid version lacks, both sides must agree whether a set value may be dropped."""

    def walk(struct: type[Any], definitions: list[Definition], versions: set[int], path: str) -> None:
        wires = {plain_name(name): wire for name, wire in wires_of(struct).items()}
        for one in definitions:
            wire = wires.get(plain_name(one["name"]))
            carried = versions & set(Theirs.versions(one))
            if wire is None or not carried:
                continue
            ignorable = str(one.get("ignorable")).lower() == "true"
            if carried != versions and ignorable != wire.ignorable:
                report.problems.append(
                    f"{path}.{one['name']}: ignorable: ours {wire.ignorable}, Kafka {release} {ignorable}"
                )
            if isinstance(wire.element, type):
                walk(wire.element, theirs.fields_of(one), carried, f"{path}.{one['name']}")

    walk(cls, theirs.definition["fields"], set(theirs.valid), cls.__name__)


def compare(releases: Releases) -> Report:
    """Compare all of them; every valid version of ours must be valid in one of the releases."""
    report = Report()
    covered: dict[str, set[int]] = {}
    for release, definitions in releases.items():
        for name, definition in definitions.items():
            cls = every_message().get(name)
            if cls is not None:
                theirs = Theirs(definition, unstable_version(definitions, name))
                covered.setdefault(name, set()).update(parse_versions(definition["validVersions"]))
                Comparison(cls, theirs, release, report).run()
                check_ignorable(cls, theirs, report, release)
            elif name not in RENAMED and is_wanted(definition):
                report.problems.append(f"{name}: not declared, but its API is")
            elif name not in HEADERS | RENAMED:
                report.undeclared.add(name)
    for name, cls in every_message().items():
        if name in covered and covered[name] != set(schema_of(cls).valid_versions):
            report.problems.append(
                f"{name}: valid versions: ours {schema_of(cls).valid_versions}, Kafka {covered[name]}"
            )
        elif name not in covered:
            report.unknown.add(name)
    return report


def is_wanted(definition: Definition) -> bool:
    return definition["type"] in ("request", "response") and definition["apiKey"] in set(ApiKey)


def unstable_version(definitions: dict[str, Definition], name: str) -> int | None:
    """The version of a message that a release marks as not final yet, so that later releases may differ."""
    request = definitions.get(
        name.removesuffix("Response") + "Request" if name.endswith("Response") else name, {}
    )
    return (
        parse_versions(request["validVersions"])[-1] if request.get("latestVersionUnstable") is True else None
    )


def main(arguments: list[str]) -> int:
    try:
        source, releases = load(arguments[0] if arguments else None)
    except NoDefinitions as missing:
        print(missing, file=sys.stderr)
        return 2
    report = compare(releases)
    print(f"definitions of Kafka {', '.join(releases)} from {source}")
    print(f"compared: {len(report.messages)} messages, {report.versions} versions, {report.fields} fields")
    print(f"not declared here: {', '.join(sorted(report.undeclared)) or 'nothing'}")
    print(f"declared here, but not defined there: {', '.join(sorted(report.unknown)) or 'nothing'}")
    print("\n".join(report.problems) or "no differences")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
