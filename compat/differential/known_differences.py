"""Where kafkapy answers otherwise than Apache Kafka and is meant to, or cannot help it: each with its reason.

An entry that no longer occurs fails the run, unless it is marked `sometimes`.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from compat.differential.compare import ABSENT, Difference


@dataclass(frozen=True, slots=True)
class Known:
    """Differences of one scenario where the pattern `path` matches, e.g., `Metadata v9 (note).topics[0]`.

    In `scenario` and `path` brackets stand for themselves. `lacking`: only what kafkapy leaves out.
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
    Known(
        "produce::no_records_at_all",
        "Produce v12 (null)",
        "Apache Kafka breaks on it and never answers; kafkapy treats null as empty",
    ),
    Known(
        "produce::broken_batches",
        "* (fewer records than counted)*",
        "records are looked at only where it is needed, unless kafkapy.record.validation=full",
    ),
    Known(
        "produce::broken_batches",
        "ListOffsets v11 (end after: fewer records than counted)*",
        "the batch was appended",
    ),
    Known(
        "produce::broken_batches",
        "* (snappy that is none)*",
        "records are looked at only where it is needed, unless kafkapy.record.validation=full",
    ),
    Known(
        "produce::broken_batches",
        "ListOffsets v11 (end after: snappy that is none)*",
        "the batch was appended",
    ),
    Known(
        "produce::what_is_stored",
        "Fetch v12 (max timestamp too large).*.max_timestamp",
        "a greatest timestamp that may be right is believed, unless kafkapy.record.validation=full",
    ),
    Known(
        "create_partitions::impossible_counts",
        "CreatePartitions v3 (10004).results*",
        "Apache Kafka breaks on its own limit; kafkapy says that there is one, as for CreateTopics",
    ),
    Known(
        "create_partitions::impossible_counts",
        "CreatePartitions v3 (2147483647).results*",
        "Apache Kafka breaks on its own limit; kafkapy says that there is one, as for CreateTopics",
    ),
    Known(
        "describe_topic_partitions::some_topics",
        "DescribeTopicPartitions v0 (empty name).topics*",
        "Apache Kafka breaks on an empty name; kafkapy calls it invalid, and describes the others",
    ),
    Known(
        "fetch::woken_by_deletion",
        "Fetch v1?.responses[0].partitions[0].*",
        "a fetch that waited is refused like any later one: by id with UNKNOWN_TOPIC_ID, no list of aborts",
    ),
    Known(
        "transport::bodies_of_equal_bytes",
        "AddPartitionsToTxn v? (of b'\\x01')",
        "Apache Kafka never answers a request about no transaction; kafkapy does",
    ),
    Known(
        "cluster::descriptions_of_the_quorum",
        "DescribeQuorum v2*.nodes[0].listeners[0]",
        "kafkapy has no listener for controllers: its one node needs none",
        lacking=True,
    ),
    Known(
        "list_offsets::after_records_were_deleted",
        "ListOffsets v11 (-3, empty now).topics*",
        "Apache Kafka finds records that were deleted a moment ago; kafkapy does not",
    ),
)
