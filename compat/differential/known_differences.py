"""Where kafkapy answers otherwise than Apache Kafka and is meant to, or cannot help it: each with its reason.

An entry that no longer occurs fails the run, unless it is marked `sometimes`.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from compat.differential.compare import ABSENT, Difference


@dataclass(frozen=True, slots=True)
class Known:
    """Differences of one scenario where the pattern `path` matches, e.g., `Metadata v9 (note).topics[0]`.

    In `scenario` and `path` brackets stand for themselves. `lacking`: only what kafkapy leaves out is covered.
    """

    scenario: str
    path: str
    reason: str
    lacking: bool = False
    sometimes: bool = False

    def covers(self, scenario: str, difference: Difference) -> bool:
        return (
            matches(self.scenario, scenario)
            and matches(self.path, difference.where + difference.path)
            and (difference.kafkapy is ABSENT or not self.lacking)
        )


def matches(pattern: str, text: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


KNOWN: tuple[Known, ...] = (
    Known(
        "api_versions::*",
        "ApiVersions v*.api_keys{*}",
        "kafkapy offers only what it implements",
        lacking=True,
        sometimes=True,
    ),
    Known(
        "api_versions::*",
        "ApiVersions v*ed_features{*}",
        "a feature is offered when what it stands for is implemented",
        lacking=True,
        sometimes=True,
    ),
)
