"""Fixtures of the transaction coordinator's tests."""

import pytest

from tests.coordinator.transaction.harness import TransactionHarness


@pytest.fixture
def transactions() -> TransactionHarness:
    return TransactionHarness()
