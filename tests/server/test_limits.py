"""Who may connect, and whose request may begin to arrive."""

from collections.abc import Callable

from kafkapy.config.broker import BrokerConfig
from kafkapy.server.limits import ByteBudget, ConnectionCount


def test_without_a_limit_the_budget_is_never_exhausted() -> None:
    budget = ByteBudget(-1)
    budget.take(10**12)
    assert not budget.is_exhausted()


def test_a_request_may_begin_while_any_byte_is_left() -> None:
    budget = ByteBudget(100)
    budget.take(99)
    assert not budget.is_exhausted()
    budget.take(500)
    assert budget.is_exhausted()


def test_those_who_wait_for_bytes_get_them_in_order_and_only_while_there_are_any() -> None:
    budget = ByteBudget(100)
    budget.take(100)
    woken = []

    def taker(name: str) -> Callable[[], object]:
        def wake() -> None:
            woken.append(name)
            budget.take(100)

        return wake

    for name in "abc":
        budget.wait(taker(name))
    budget.give_back(100)
    assert woken == ["a"]
    budget.give_back(100)
    assert woken == ["a", "b"]


def test_a_limit_that_is_raised_while_the_broker_runs_lets_those_in_who_wait() -> None:
    config = BrokerConfig.load({"max.connections": "1"})
    count = ConnectionCount(config)
    served = []

    def serve_one() -> None:
        served.append(1)

    def serve_two() -> None:
        served.append(2)

    count.enter("10.0.0.1", "PLAINTEXT", serve_one)
    count.enter("10.0.0.2", "PLAINTEXT", serve_two)
    assert served == [1]
    config.apply_dynamic({"max.connections": "5"}, {})
    count.enter("10.0.0.3", "PLAINTEXT", lambda: served.append(3))
    assert served == [1, 2, 3]


def test_connections_of_one_address_are_counted_until_they_end() -> None:
    count = ConnectionCount(BrokerConfig.load({"max.connections.per.ip": "1"}))

    def serve() -> None:
        pass

    count.enter("10.0.0.1", "PLAINTEXT", serve)
    assert not count.may_connect("10.0.0.1")
    assert count.may_connect("10.0.0.2")
    count.leave("10.0.0.1", "PLAINTEXT", serve)
    assert count.may_connect("10.0.0.1")
