"""Kinds that misbehave, callers who leave, a ledger that does not answer, drills."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from providers.chat import Delta, Finish, TokenUsage
from providers.failures.kinds import FailureKind
from providers.live.view import DrillView
from providers.routing.call import complete
from providers.routing.limits import Limit
from providers.routing.need import Answer
from providers.targets import Deadlines
from tests.routing.fakes import (
    HELLO,
    REQUEST,
    Break,
    FakeKind,
    Hang,
    Say,
    World,
    failing,
    need,
    target,
    with_ports,
    world,
)
from tests.routing.virtual import run

pytestmark = pytest.mark.feature("F2.8")
K = FailureKind


def ask(here: World, **given: object) -> Answer:
    return run(complete(REQUEST, need(**given), ports=here.ports))


def test_an_unknown_failure_is_counted() -> None:
    here = world()
    here.kind.say("a", ValueError("what nobody has seen"))
    assert ask(here).provider == "b"
    assert [one.text for one in here.unknown] == ["what nobody has seen"]


def test_a_kind_that_runs_into_a_time_limit_of_its_own() -> None:
    here = world()
    here.kind.say("a", TimeoutError("its own"))
    answer = ask(here)
    assert answer.provider == "b"
    assert [one.text for one in here.unknown] == ["its own"]


def test_a_stream_that_does_not_close_is_left_behind() -> None:
    """A connection whose end never comes holds nobody up for long."""

    class Stuck:
        def __aiter__(self) -> Stuck:
            return self

        async def __anext__(self) -> Delta:
            raise failing(K.OVERLOADED)

        async def aclose(self) -> None:
            await asyncio.sleep(1000)

    here = world()
    plain = here.kind.stream
    here.kind.stream = lambda request, one, key: Stuck() if one.name == "a" else plain(request, one, key)  # type: ignore[method-assign,assignment] # as a plug-in may

    async def timed() -> tuple[str, float]:
        begun = asyncio.get_running_loop().time()
        answer = await complete(REQUEST, need(), ports=here.ports)
        return answer.provider, asyncio.get_running_loop().time() - begun

    provider, took_s = run(timed())
    assert provider == "b"
    assert took_s < 30


def test_a_stream_that_is_no_generator() -> None:
    class Plain:
        def __init__(self) -> None:
            self.left = [Delta(text="all"), Delta(finish=Finish.STOP)]

        def __aiter__(self) -> Plain:
            return self

        async def __anext__(self) -> Delta:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop(0)

    here = world()
    here.kind.stream = lambda request, one, key: Plain()  # type: ignore[method-assign,assignment] # as a plug-in may
    assert ask(here).completion.text == "all"


def test_a_break_after_the_end_of_an_answer_is_none() -> None:
    async def reset_after(*_: object) -> AsyncIterator[Delta]:
        yield Delta(text="all of it")
        yield Delta(finish=Finish.STOP)
        raise ConnectionResetError

    here = world()
    here.kind.stream = reset_after  # type: ignore[method-assign,assignment] # a provider that no script can play
    answer = ask(here)
    assert answer.completion.text == "all of it"
    assert len(answer.calls) == 1


def test_a_caller_who_leaves_while_a_budget_refuses() -> None:
    here = world()
    here.ledger.takes_s, here.ledger.room = 5.0, Decimal(0)

    async def leave() -> None:
        task = asyncio.ensure_future(complete(REQUEST, need(), ports=here.ports))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(leave())
    assert here.ledger.settled == []


@pytest.mark.feature("F2.15")
def test_a_drill_stands_between_the_routing_and_its_kind() -> None:
    drill = DrillView(id=uuid.uuid4(), provider="a", fault="outage", share=0.6, since=0.0, until=1e12)
    broken = FakeKind()
    broken.always("a", Break(K.OVERLOADED))
    here = with_ports(world(drills=(drill,)), fault=lambda kind, drill: broken)
    assert ask(here).provider == "b"  # 0.5 is below the share
    assert here.ledger.reserved[0].drill is drill
    spared = with_ports(world(drills=(drill,), random=lambda: 0.7), fault=lambda kind, drill: broken)
    assert ask(spared).provider == "a"


def test_a_cancellation_from_inside_is_the_providers_failure() -> None:
    here = world()
    here.kind.say("a", asyncio.CancelledError())
    assert ask(here).provider == "b"


def test_a_caller_who_leaves_is_settled_as_abandoned() -> None:
    here = world()
    here.kind.always("a", Hang(after=2))

    async def leave() -> None:
        task = asyncio.ensure_future(complete(REQUEST, need(), ports=here.ports))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(leave())
    assert here.ledger.outcomes == [("a", "abandoned")]
    assert here.live.failures == []
    assert here.kind.closed == ["a"]
    assert here.kind.under_way == 0


def test_a_caller_who_leaves_while_money_is_set_aside() -> None:
    here = world()
    here.ledger.takes_s = 5.0

    async def leave() -> None:
        task = asyncio.ensure_future(complete(REQUEST, need(), ports=here.ports))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(leave())
    assert here.kind.calls == []
    assert here.ledger.outcomes == [("a", "abandoned")]
    assert here.ledger.settled[0][1].cost_usd == 0


def test_an_answer_is_given_also_where_its_row_cannot_be_settled(caplog: pytest.LogCaptureFixture) -> None:
    here = world()
    here.ledger.broken = True
    assert ask(here).completion.text == HELLO
    assert "routing.background_failed" in caplog.text


def test_usage_that_nobody_counted_is_estimated() -> None:
    here = world()
    here.kind.always("a", Say(usage=None))
    ask(here)
    usage = here.ledger.settled[0][1].usage
    assert usage == TokenUsage(input_tokens=1000, output_tokens=12, estimated=True)


def test_a_provider_without_streaming_is_asked_for_the_whole() -> None:
    here = world([target("a", capabilities=frozenset())])
    assert ask(here).completion.text == HELLO


def test_a_kind_that_loads_first_takes_nothing_of_its_providers_time() -> None:
    here = world([target("a", deadlines=Deadlines(first_token_s=1, total_s=5)), target("b")])

    async def prepare() -> None:
        await asyncio.sleep(700)

    here.kind.prepare = prepare  # type: ignore[attr-defined] # a kind may have it
    assert ask(here).provider == "a"
    assert ask(here, deadline_s=5).provider == "a"


def test_the_first_snapshot_is_loaded() -> None:
    here = world()
    here.live.cold = True
    assert ask(here).provider == "a"
    assert here.live.loaded == 1


@pytest.mark.feature("F2.15")
@pytest.mark.parametrize("fault", [Break(FailureKind.RATE_LIMIT), Hang()], ids=["too many", "silence"])
def test_others_of_the_same_key_feel_nothing_of_a_drill(fault: Break | Hang) -> None:
    drill = DrillView(id=uuid.uuid4(), provider="a", fault="any", share=1.0, since=0.0, until=1e12)
    broken = FakeKind()
    broken.always("a", fault)
    here = with_ports(world(drills=(drill,)), fault=lambda kind, drill: broken)
    mine, foreign = here.live.targets[0], uuid.UUID(int=2)
    theirs = here.ports.traffic.lane(replace(mine, workspace_id=foreign), mine.keys[0])
    fullest = 0.0

    async def many() -> None:
        nonlocal fullest
        asked = [asyncio.ensure_future(complete(REQUEST, need(), ports=here.ports)) for _ in range(50)]
        for _ in range(20):
            await asyncio.sleep(0.05)
            fullest = max(fullest, theirs.load(foreign, None))
        await asyncio.gather(*asked)

    run(many())
    assert broken.count("a") >= 1
    assert (theirs.limit, fullest) == (Limit(), 0.0)


@pytest.mark.feature("F2.15")
def test_the_silence_of_a_drill_costs_nothing() -> None:
    drill = DrillView(id=uuid.uuid4(), provider="a", fault="hang", share=1.0, since=0.0, until=1e12)
    silent = FakeKind()
    silent.always("a", Hang())
    here = with_ports(world(drills=(drill,)), fault=lambda kind, drill: silent)
    answer = ask(here)
    assert [str(one.outcome) for one in answer.calls] == ["failed", "succeeded"]
    assert answer.calls[0].cost_usd == 0
