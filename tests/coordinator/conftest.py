"""Fixtures of the coordinator tests."""

import pytest

from tests.coordinator.group_harness import GroupHarness


@pytest.fixture
def group() -> GroupHarness:
    """A group on virtual time; members join at once, there is no initial delay."""
    return GroupHarness()
