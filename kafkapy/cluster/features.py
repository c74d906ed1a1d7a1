"""Features (KIP-584): what this broker supports, what a cluster has finalized, and how that is changed.

`SUPPORTED` is the one place that says so: a feature goes in when it works, with its highest level, and from
then on is registered, advertised to clients and finalized on new clusters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kafkapy.cluster.change import Change
from kafkapy.cluster.image import (
    ELIGIBLE_LEADER_REPLICAS,
    GROUP_VERSION,
    METADATA_VERSION,
    TRANSACTION_VERSION,
    ClusterImage,
    FeatureRange,
)
from kafkapy.cluster.record_types import IV_4_0_1, FeatureLevelRecord, MetadataRecord
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

LATEST_METADATA_VERSION = 30
"""4.3-IV0."""

SUPPORTED = (
    FeatureRange(METADATA_VERSION, 7, LATEST_METADATA_VERSION),
    FeatureRange(ELIGIBLE_LEADER_REPLICAS, 0, 1),
    FeatureRange(GROUP_VERSION, 0, 1),
    FeatureRange(TRANSACTION_VERSION, 0, 2),
)
"""All of a new cluster's finalized features have their highest level."""

_RANGES = {feature.name: feature for feature in SUPPORTED}

UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE = 1, 2, 3

METADATA_CHANGED_AT = (7, 8, 11, 13, 14, 15, 17, 23, 30)
"""Levels of `metadata.version` that brought new records: going below one of them would lose some."""

DEPENDENCIES = {(ELIGIBLE_LEADER_REPLICAS, 1): (METADATA_VERSION, IV_4_0_1)}


@dataclass(frozen=True, slots=True)
class FeatureUpdate:
    """A level that a feature shall have; `upgrade_type` 1 upgrade, 2 safe downgrade, 3 unsafe downgrade."""

    feature: str
    level: int
    upgrade_type: int


def finalized_features(image: ClusterImage) -> dict[str, int]:
    """The levels to tell clients: of the features that this broker supports, whoever else finalized more."""
    return {name: level for name, level in image.features.items() if name in _RANGES}


def new_cluster_levels() -> list[FeatureLevelRecord]:
    """What a new cluster starts with."""
    return [FeatureLevelRecord(name=f.name, feature_level=f.max_version) for f in SUPPORTED]


def check_metadata_version(image: ClusterImage) -> None:
    """KafkaError(UNSUPPORTED_VERSION) if the metadata log may hold what this broker cannot read or write."""
    supported, level = _RANGES[METADATA_VERSION], image.metadata_version
    if not supported.min_version <= level <= supported.max_version:
        raise KafkaError(
            ErrorCode.UNSUPPORTED_VERSION,
            f"The metadata log has metadata.version {level}, supported are "
            f"{supported.min_version} to {supported.max_version}",
        )


def update_features(image: ClusterImage, node_id: int, updates: Sequence[FeatureUpdate]) -> Change[None]:
    """Records for all updates, or KafkaError(INVALID_UPDATE_VERSION) for the first that cannot be.

    Source: `FeatureControlManager.updateFeatures`; the text is the whole request's.
    """
    records: list[MetadataRecord] = []
    proposed = image.features | {update.feature: update.level for update in updates}
    for update in updates:
        reason = _reason_against(image, proposed, node_id, update)
        if reason is not None:
            raise KafkaError(
                ErrorCode.INVALID_UPDATE_VERSION,
                f"The update failed for all features since the following feature had an error: {reason}",
            )
        records.append(FeatureLevelRecord(name=update.feature, feature_level=update.level))
    return Change(records, [])


def _reason_against(
    image: ClusterImage, proposed: Mapping[str, int], node_id: int, update: FeatureUpdate
) -> str | None:
    name, level = update.feature, update.level
    invalid = f"Invalid update version {level} for feature {name}."
    if update.upgrade_type not in (UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE):
        return f"{invalid} The controller does not support the given upgrade type."
    if level < 0:
        return f"{invalid} A feature version cannot be less than 0."
    supported = _RANGES.get(name)
    if supported is None:
        reason = f"Local controller {node_id} does not support this feature."
        return f"{invalid} {reason if level else f'Feature {name} not found.'}"
    if not supported.min_version <= level <= supported.max_version:
        versions = f"{supported.min_version}-{supported.max_version}"
        return f"{invalid} Local controller {node_id} only supports versions {versions}"
    present = image.features.get(name, 0)
    if level < present and update.upgrade_type == UPGRADE:
        return (
            f"{invalid} Can't downgrade the version of this feature without setting the upgrade type to "
            "either safe or unsafe downgrade."
        )
    if level > present and update.upgrade_type != UPGRADE:
        return f"{invalid} Can't downgrade to a newer version."
    if name == METADATA_VERSION:
        return _reason_against_metadata_version(present, level, update.upgrade_type)
    needed, needed_level = DEPENDENCIES.get((name, level), (name, 0))
    if proposed.get(needed, 0) < needed_level:
        dependency = f"it depends on {needed} level {needed_level}"
        return f"{invalid} {name} could not be set to {level} because {dependency}"
    return None


def _reason_against_metadata_version(present: int, level: int, upgrade_type: int) -> str | None:
    if not any(level < changed <= present for changed in METADATA_CHANGED_AT):
        return None
    refused = f"Unsupported metadata.version downgrade from {present} to {level}."
    if upgrade_type == UNSAFE_DOWNGRADE:
        return f"{refused} Unsafe metadata downgrade is not supported in this version."
    return (
        f"{refused} Refusing to perform the requested downgrade because it might delete metadata information."
    )
