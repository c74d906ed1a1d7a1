"""What the design says of transactions is what the coordinator does."""

import pytest

from docs.generate_transaction_states import PAGE, WAYS, page_with, transaction_states
from kafkapy.coordinator.transaction.states import TransactionState


def test_the_states_in_the_design_are_up_to_date() -> None:
    page = PAGE.read_text()
    assert page == page_with(transaction_states(), page), "run: python docs/generate_transaction_states.py"


def test_every_state_that_is_ever_stored_is_in_the_table() -> None:
    never_stored = {TransactionState.DEAD, TransactionState.PREPARE_EPOCH_FENCE}
    assert set(WAYS) == {None, *TransactionState} - never_stored


def test_a_page_without_marks_is_not_written() -> None:
    with pytest.raises(AssertionError, match="marks"):
        page_with("states", "a page")
