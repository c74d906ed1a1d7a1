import pytest

from kafkapy.cluster.features import (
    SUPPORTED,
    FeatureUpdate,
    finalized_features,
    new_cluster_levels,
    update_features,
)
from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.record_types import FeatureLevelRecord
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

ELR = "eligible.leader.replicas.version"
MV = "metadata.version"


def cluster(metadata_version: int = 30, elr: int = 1) -> ClusterImage:
    return ClusterImage(features={MV: metadata_version, ELR: elr, "group.version": 1})


def test_a_new_cluster_has_all_that_is_supported() -> None:
    levels = {record.name: record.feature_level for record in new_cluster_levels()}
    assert levels == {feature.name: feature.max_version for feature in SUPPORTED}
    assert levels[MV] == 30


def test_clients_hear_only_of_features_that_this_broker_has() -> None:
    image = cluster()
    image.features["of.the.future"] = 1
    assert finalized_features(image).keys() <= {feature.name for feature in SUPPORTED}


def test_updates_are_one_record_each() -> None:
    updates = [FeatureUpdate(ELR, 0, 2), FeatureUpdate(MV, 29, 1)]
    assert update_features(cluster(metadata_version=28), 1, updates).records == [
        FeatureLevelRecord(name=ELR, feature_level=0),
        FeatureLevelRecord(name=MV, feature_level=29),
    ]


@pytest.mark.parametrize(
    ("update", "text"),
    [
        (
            FeatureUpdate("nope", 1, 1),
            "Invalid update version 1 for feature nope. Local controller 1 does not support this feature.",
        ),
        (FeatureUpdate("nope", 0, 2), "Invalid update version 0 for feature nope. Feature nope not found."),
        (
            FeatureUpdate(MV, 31, 1),
            f"Invalid update version 31 for feature {MV}. Local controller 1 only supports versions 7-30",
        ),
        (
            FeatureUpdate(MV, 29, 1),
            f"Invalid update version 29 for feature {MV}. Can't downgrade the version of "
            "this feature without setting the upgrade type to either safe or unsafe downgrade.",
        ),
        (
            FeatureUpdate(MV, 29, 2),
            f"Unsupported {MV} downgrade from 30 to 29. Refusing to perform the requested "
            "downgrade because it might delete metadata information.",
        ),
        (
            FeatureUpdate(MV, 29, 3),
            f"Unsupported {MV} downgrade from 30 to 29. Unsafe metadata downgrade is not "
            "supported in this version.",
        ),
        (
            FeatureUpdate(MV, -1, 1),
            f"Invalid update version -1 for feature {MV}. A feature version cannot be less than 0.",
        ),
        (
            FeatureUpdate(MV, 29, 9),
            f"Invalid update version 29 for feature {MV}. The controller does not support "
            "the given upgrade type.",
        ),
        (
            FeatureUpdate(ELR, 2, 1),
            f"Invalid update version 2 for feature {ELR}. Local controller 1 only supports versions 0-1",
        ),
    ],
    ids=str,
)
def test_refusals_are_in_kafkas_words(update: FeatureUpdate, text: str) -> None:
    with pytest.raises(KafkaError) as refused:
        update_features(cluster(), 1, [FeatureUpdate(ELR, 0, 2), update])
    assert refused.value.code is ErrorCode.INVALID_UPDATE_VERSION
    assert refused.value.detail == (
        f"The update failed for all features since the following feature had an error: {text}"
    )


def test_an_upgrade_is_no_downgrade() -> None:
    with pytest.raises(KafkaError, match="Can't downgrade to a newer version"):
        update_features(cluster(elr=0), 1, [FeatureUpdate(ELR, 1, 2)])


def test_a_feature_may_need_another() -> None:
    old = cluster(metadata_version=22, elr=0)
    with pytest.raises(KafkaError, match=f"{ELR} could not be set to 1 because it depends on {MV} level 23"):
        update_features(old, 1, [FeatureUpdate(ELR, 1, 1)])
    both = [FeatureUpdate(ELR, 1, 1), FeatureUpdate(MV, 23, 1)]
    assert len(update_features(old, 1, both).records) == 2


def test_a_downgrade_that_loses_nothing_is_fine() -> None:
    assert len(update_features(cluster(metadata_version=29), 1, [FeatureUpdate(MV, 24, 2)]).records) == 1
