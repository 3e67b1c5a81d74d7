"""Waits, retry budgets, limits of calls under way, fairness."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import Any

import pytest

from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from providers.routing.limits import Lane, Limit
from providers.routing.need import Answer
from providers.routing.retry import RetryBudget, Situation, Step, backoff_s, next_step
from providers.targets import Key, Secret
from tests.routing.fakes import REQUEST, Break, Hang, Say, World, need, target, usual, world
from tests.routing.virtual import run

pytestmark = pytest.mark.feature("F2.10")
K = FailureKind


def ask(here: World, **given: object) -> Answer:
    return run(complete(REQUEST, need(**given), ports=here.ports))


def test_a_short_wait_is_waited_for_by_a_caller_who_is_alone() -> None:
    here = world()
    here.kind.say("a", Break(K.RATE_LIMIT, retry_after_s=2))
    assert ask(here).provider == "a"
    assert 1.8 < here.kind.calls[1][0] - here.kind.calls[0][0] < 2.5
    here.kind.always("a", Break(K.RATE_LIMIT, retry_after_s=2))
    assert ask(here).provider == "b"


def test_a_longer_wait_goes_to_the_next_one_and_closes_the_route_until_then() -> None:
    here = world()
    here.kind.say("a", Break(K.RATE_LIMIT, retry_after_s=20))

    async def three() -> list[str]:
        first = await complete(REQUEST, need(), ports=here.ports)
        second = await complete(REQUEST, need(), ports=here.ports)
        return [first.provider, second.provider]

    assert run(three()) == ["b", "b"]
    assert here.kind.count("a") == 1


def test_a_wait_is_honoured_where_nobody_else_is_left() -> None:
    here = world(usual("a"))
    here.kind.say("a", Break(K.RATE_LIMIT, retry_after_s=20))
    assert ask(here).provider == "a"
    assert here.kind.calls[1][0] - here.kind.calls[0][0] >= 20
    here.kind.say("a", Break(K.RATE_LIMIT, retry_after_s=20))
    with pytest.raises(NoAnswer) as caught:
        ask(here, deadline_s=10)
    assert caught.value.retry_after_s is not None
    assert here.kind.count("a") == 3


def test_the_last_one_is_tried_again_with_full_jitter() -> None:
    here = world(usual("a"))
    here.kind.say("a", Break(K.EMPTY_ANSWER), Break(K.UNAVAILABLE))
    assert ask(here).provider == "a"
    assert here.kind.count("a") == 3


@pytest.mark.parametrize(("kind", "calls"), [(K.UNAVAILABLE, 3), (K.AUTHENTICATION, 1), (K.TIMEOUT, 1)])
def test_the_last_one_is_left_too(kind: FailureKind, calls: int) -> None:
    here = world(usual("a"))
    here.kind.always("a", Break(kind))
    with pytest.raises(NoAnswer):
        ask(here)
    assert here.kind.count("a") == calls


def test_the_floor_of_retries_comes_back_with_time() -> None:
    """Else whoever asks little would have none after the first three, for as long as the process lives."""
    budget = RetryBudget()
    assert [budget.spend(1000.0) for _ in range(4)] == [True, True, True, False]
    assert not budget.spend(1002.0)
    assert budget.spend(1004.0)
    assert [budget.spend(9000.0) for _ in range(4)] == [True, True, True, False]


def test_backoff_doubles_up_to_its_limit() -> None:
    assert [backoff_s(n, 1.0) for n in range(7)] == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert backoff_s(3, 0.0) == 0.0


def test_retries_are_a_tenth_of_the_requests_and_a_floor() -> None:
    budget = RetryBudget()
    assert [budget.spend(0.0) for _ in range(4)] == [True, True, True, False]
    for _ in range(25):
        budget.earn()
    assert [budget.spend(0.0) for _ in range(3)] == [True, True, False]
    here = world(usual("a"))
    here.kind.always("a", Break(K.UNAVAILABLE))

    async def many() -> None:
        for _ in range(30):
            with pytest.raises(NoAnswer):
                await complete(REQUEST, need(), ports=here.ports)

    run(many())
    assert here.kind.count("a") <= 30 + 3 + 3


SITUATION = Situation(
    failure=Failure(kind=K.UNAVAILABLE, message="", reason=""),
    others=1,
    attempts_left=2,
    other_key=False,
    alone=True,
    given=False,
    left_s=60,
    reroutes_refusals=True,
)


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({}, Step.AGAIN),
        ({"alone": False}, Step.NEXT),
        ({"others": 2}, Step.NEXT),
        ({"given": True}, Step.NEXT),
        ({"attempts_left": 0}, Step.STOP),
        ({"attempts_left": 0, "emergency": True}, Step.NEXT),
        ({"others": 0, "emergency": True}, Step.NEXT),
        ({"others": 0, "left_s": 0.01}, Step.NEXT),
        ({"failure": Failure(kind=K.RATE_LIMIT, message="", reason="", retry_after_s=2), "left_s": 1}, Step.NEXT),
        ({"failure": Failure(kind=K.RATE_LIMIT, message="", reason="", retry_after_s=2), "other_key": True}, Step.KEY),
        ({"failure": Failure(kind=K.TIMEOUT, message="", reason=""), "others": 0}, Step.NEXT),
    ],
)
def test_what_follows(changes: dict[str, Any], step: Step) -> None:
    assert next_step(replace(SITUATION, **changes), 1.0).step is step


def test_the_limit_rises_while_it_is_used_and_falls_on_congestion() -> None:
    limit = Limit(now=10)
    limit.on_success(0, 2, 100)
    assert limit.now == 10
    for _ in range(10):
        limit.on_success(0, 10, 100)
    assert 10.9 < limit.now < 11
    limit.on_congestion(0.9, 11)  # a single one
    assert limit.now > 10
    limit.on_congestion(1.0, 11)
    limit.on_congestion(1.1, 11)  # the same congestion
    assert 8 < limit.now < 9
    limit.on_congestion(9.0, 0)
    assert limit.now == 1.0
    limit.now = 1.9
    limit.on_success(10.0, 1, 100)
    assert limit.now > 2.0  # what one call at a time can show raises it too


def test_a_first_token_that_takes_much_longer_lowers_it_too() -> None:
    limit = Limit(now=10)
    for _ in range(50):
        limit.on_success(0, 10, 100)
    before = limit.now
    for at in range(2, 12):
        limit.on_success(at, 20, 1000)
    assert limit.now < before / 2


def test_who_must_wait_is_let_in_in_turn_by_workspace() -> None:
    busy, quiet = uuid.UUID(int=7), uuid.UUID(int=8)
    entered: list[str] = []

    async def crowd() -> None:
        lane = Lane(limit=Limit(now=1))
        assert await lane.enter(busy, None, 1)

        async def one(workspace: uuid.UUID, name: str) -> None:
            assert await lane.enter(workspace, None, 100)
            entered.append(name)
            lane.leave(workspace)

        tasks = [asyncio.ensure_future(one(busy, f"busy {n}")) for n in range(4)]
        await asyncio.sleep(0)
        tasks += [asyncio.ensure_future(one(quiet, f"quiet {n}")) for n in range(2)]
        await asyncio.sleep(0)
        assert lane.load(busy, 2) == 7.0
        lane.leave(busy)
        await asyncio.gather(*tasks)
        assert (lane.in_flight, dict(lane.waiting), lane.by_workspace) == (0, {}, {})

    run(crowd())
    assert entered == ["busy 0", "quiet 0", "busy 1", "quiet 1", "busy 2", "busy 3"]


def test_a_workspaces_own_limit_keeps_only_itself_waiting() -> None:
    mine, theirs = uuid.UUID(int=7), uuid.UUID(int=8)

    async def crowd() -> None:
        lane = Lane()
        assert await lane.enter(mine, 1, 1)
        waiting = asyncio.ensure_future(lane.enter(mine, 1, 50))
        await asyncio.sleep(0)
        others = asyncio.ensure_future(lane.enter(theirs, None, 50))
        await asyncio.sleep(0.1)
        assert others.done()
        assert not waiting.done()
        lane.leave(mine)
        assert await waiting
        assert await others

    run(crowd())


def test_a_wait_ends_at_the_deadline_and_for_who_leaves() -> None:
    async def crowd() -> None:
        lane = Lane(limit=Limit(now=1))
        one = uuid.UUID(int=7)
        assert await lane.enter(one, None, 1)
        assert not await lane.enter(one, None, 1)
        leaving = asyncio.ensure_future(lane.enter(one, None, 50))
        staying = asyncio.ensure_future(lane.enter(one, None, 50))
        await asyncio.sleep(0.1)
        leaving.cancel()
        await asyncio.sleep(0)
        lane.leave(one)
        assert await staying
        last = asyncio.ensure_future(lane.enter(one, None, 50))
        await asyncio.sleep(0.1)
        lane.leave(one)
        last.cancel()  # at the moment in which it was let in
        with pytest.raises(asyncio.CancelledError):
            await last
        assert lane.in_flight == 0

    run(crowd())


def test_calls_under_way_stay_within_the_limit_and_spill_over() -> None:
    here = world([target("a", max_concurrency=2), target("b", max_concurrency=3)])
    for name in "ab":
        here.kind.always(name, Say(takes_s=1.0))

    async def many() -> list[Answer]:
        return await asyncio.gather(*(complete(REQUEST, need(), ports=here.ports) for _ in range(15)))

    answers = run(many())
    assert here.kind.most_under_way == 5
    assert {one.provider for one in answers} == {"a", "b"}


def test_busy_until_the_deadline() -> None:
    here = world([target("a", max_concurrency=1)])
    here.kind.always("a", Say(takes_s=20.0))

    async def two() -> None:
        first = asyncio.ensure_future(complete(REQUEST, need(), ports=here.ports))
        await asyncio.sleep(0.1)
        with pytest.raises(NoAnswer, match="busy"):
            await complete(REQUEST, need(deadline_s=5), ports=here.ports)
        await first

    run(two())


def test_one_key_of_two_workspaces_is_one_lane() -> None:
    here = world()
    key = Key(id=None, name="env", secret=Secret("shared"))
    mine = target("x", keys=(key,), model="m")
    theirs = target("y", keys=(key,), model="m", workspace_id=uuid.UUID(int=9))
    other = target("z", model="m")
    lane = here.ports.traffic.lane(mine, key)
    assert here.ports.traffic.lane(theirs, key) is lane
    assert here.ports.traffic.lane(other, other.keys[0]) is not lane


def test_too_many_requests_lower_the_limit() -> None:
    here = world()
    here.kind.always("a", Break(K.RATE_LIMIT))

    async def crowd() -> None:
        await asyncio.gather(*(complete(REQUEST, need(), ports=here.ports) for _ in range(5)))

    run(crowd())
    assert here.ports.traffic.lane(here.live.targets[0], here.live.targets[0].keys[0]).limit.now < 5


def test_an_open_one_is_waited_for_where_nobody_else_is_left() -> None:
    here = world(usual("a"))

    async def wait() -> str:
        here.live.open("a", until=5)
        began = asyncio.get_running_loop().time()
        answer = await complete(REQUEST, need(), ports=here.ports)
        assert 5 <= asyncio.get_running_loop().time() - began < 6
        return answer.provider

    assert run(wait()) == "a"


def test_an_open_one_that_stays_away_too_long() -> None:
    here = world(usual("a"))

    async def wait() -> None:
        here.live.open("a", until=300)
        with pytest.raises(NoAnswer) as caught:
            await complete(REQUEST, need(), ports=here.ports)
        assert caught.value.retry_after_s == pytest.approx(300)
        assert caught.value.failure is None

    run(wait())
    assert here.kind.calls == []
    assert [one.name for one in here.ledger.nobody[0].candidates] == ["a"]


def test_one_at_a_time_tries_an_open_one() -> None:
    here = world(usual("a"))
    here.kind.always("a", Hang())

    async def crowd() -> None:
        here.live.open("a", until=1)
        tasks = [complete(REQUEST, need(deadline_s=20), ports=here.ports) for _ in range(5)]
        assert all(isinstance(one, NoAnswer) for one in await asyncio.gather(*tasks, return_exceptions=True))

    run(crowd())
    assert here.kind.most_under_way == 1


def test_with_an_emergency_one_nobody_waits_for_an_open_one() -> None:
    here = world([*usual("a"), target("e", emergency=True)])

    async def go() -> str:
        here.live.open("a", until=5)
        return (await complete(REQUEST, need(), ports=here.ports)).provider

    assert run(go()) == "e"
