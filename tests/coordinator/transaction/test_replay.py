"""Whatever producers do, the log alone says what the coordinator knows."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.protocol.errors import KafkaError
from tests.coordinator.transaction.harness import TransactionHarness

NAMES = ("a", "b")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("start", "resume", "add", "commit", "abort", "wait", "deaf", "hearing")),
        st.sampled_from(NAMES),
        st.sampled_from((0, 2)),
    ),
    max_size=30,
)


def take(
    transactions: TransactionHarness, what: str, name: str, version: int, producer: ProducerIdentity
) -> ProducerIdentity | None:
    """Who the producer is afterwards; None as before."""
    match what:
        case "start":
            return transactions.start(name)
        case "resume":
            reply = transactions.coordinator.initialize(name, 60_000, producer)
            return reply if isinstance(reply, ProducerIdentity) else None
        case "add":
            transactions.add(producer, name, client_version=version)
        case "commit" | "abort":
            reply = transactions.end(producer, name, commit=what == "commit", client_version=version)
            return reply if isinstance(reply, ProducerIdentity) else None
        case "wait":
            transactions.clock.advance(30_000)
        case "deaf":
            transactions.environment.deaf.add(("t", version // 2))
        case "hearing":
            transactions.environment.deaf.clear()
    return None


@given(STEPS)
@settings(deadline=None)
def test_a_coordinator_that_loads_the_log_knows_what_the_one_before_knew(
    steps: list[tuple[str, str, int]],
) -> None:
    transactions = TransactionHarness()
    producers = dict.fromkeys(NAMES, ProducerIdentity(1, 0))
    for what, name, version in steps:
        with suppress(KafkaError):
            producers[name] = take(transactions, what, name, version, producers[name]) or producers[name]
    transactions.environment.deaf.update({("t", 0), ("t", 1)})
    before = {name: known(transactions, name) for name in NAMES}
    transactions.load()
    assert {name: known(transactions, name) for name in NAMES} == before


def known(transactions: TransactionHarness, name: str) -> object:
    try:
        return transactions.stored(name)
    except KafkaError as refusal:
        return refusal.code
