"""Many groups with one member each, and one group with many members."""

from collections.abc import Iterator
from statistics import median

from bench.load import Connection
from bench.scale.client import ask_all, clients, parsed
from bench.scale.curve import Curve, Run
from bench.scale.members import HEARTBEAT, Member, committed, join_all, make_coordinator, rejoin_all
from bench.scale.target import Spent, Target, both, less, running
from bench.scenarios import Number, create
from kafkapy.protocol.messages.heartbeat import HeartbeatResponse

ROUNDS = 5
TOPIC = "bench-groups"


def measure_groups(run: Run) -> Iterator[list[Number]]:
    for count in run.sizes:
        with running(run.place / f"groups-{count}", "group.initial.rebalance.delay.ms=0") as target:
            yield groups(target, count)


def groups(target: Target, count: int) -> list[Number]:
    with Connection(target.broker) as connection:
        create(connection, TOPIC, 1)
    make_coordinator(target.broker, "bench-0")
    members = [Member(f"bench-{number}") for number in range(count)]
    with clients(target.broker, count) as asking:
        before = target.memory()
        target.begin()
        join_all(asking, members)
        joined = target.spent()
        requests = [member.heartbeat() for member in members]
        target.begin()
        answers = ask_all(asking, requests)
        beaten = target.spent()
        for answer in answers:
            parsed(HeartbeatResponse, HEARTBEAT, answer)
        requests = [member.commit(TOPIC, 5) for member in members]
        target.begin()
        answers = ask_all(asking, requests)
        stored = target.spent()
        for answer in answers:
            committed(answer)
        after = target.memory()
    return [
        *both("all join and sync", joined),
        *both("a heartbeat of each", beaten),
        *both("a commit of each", stored),
        less("memory grown, anonymous", "MB", (after.anonymous - before.anonymous) / 1e6),
        less("memory, resident", "MB", after.resident / 1e6),
    ]


def measure_members(run: Run) -> Iterator[list[Number]]:
    for count in run.sizes:
        with running(run.place / f"members-{count}", "group.initial.rebalance.delay.ms=200") as target:
            yield rebalances(target, count)


def rebalances(target: Target, count: int) -> list[Number]:
    """Everybody joins with a new subscription: a rebalance begins, which ends when all have synced."""
    make_coordinator(target.broker, "bench")
    members = [Member("bench") for _ in range(count)]
    with clients(target.broker, count) as asking:
        before = target.memory()
        join_all(asking, members)
        rounds = []
        for number in range(ROUNDS):
            target.begin()
            rejoin_all(asking, members, (number + 1).to_bytes(60))
            rounds.append(target.spent())
        requests = [member.heartbeat() for member in members]
        target.begin()
        answers = ask_all(asking, requests)
        beaten = target.spent()
        for answer in answers:
            parsed(HeartbeatResponse, HEARTBEAT, answer)
        after = target.memory()
    spent = Spent(median(r.seconds for r in rounds), median(r.cpu_s for r in rounds))
    return [
        *both("rebalance", spent),
        less("rebalance: CPU for each member", "us", spent.cpu_s / count * 1e6),
        *both("a heartbeat of each", beaten),
        less("memory grown, anonymous", "MB", (after.anonymous - before.anonymous) / 1e6),
        less("memory, resident", "MB", after.resident / 1e6),
    ]


GROUPS = Curve(
    "groups",
    "Consumer groups",
    "groups",
    (10, 30, 100, 300, 1000),
    (10, 30, 100),
    measure_groups,
    "Groups of the classic protocol with one member each, over a connection each: all join and sync, "
    "then each sends a heartbeat and commits an offset, all at the same time. The clock also runs for "
    "the load generator, which makes and reads the requests meanwhile.",
)
MEMBERS = Curve(
    "members",
    "Members of a classic group",
    "members",
    (10, 30, 100, 300, 1000),
    (10, 30, 100),
    measure_members,
    "All members of one group join with a new subscription, so that it is rebalanced: every join waits "
    "for the last one, the leader is told all subscriptions and sends an assignment for everybody, and "
    f"each collects its own. The medians of {ROUNDS} rebalances.",
)
