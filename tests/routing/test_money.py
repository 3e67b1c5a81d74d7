"""Budgets: a cheaper one before a refusal; the cache; the form of an answer."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import BaseModel

from providers.chat import ChatRequest, Finish
from providers.failures.kinds import FailureKind
from providers.live.view import BudgetView
from providers.routing.call import complete, stream
from providers.routing.errors import BudgetRefused, NoAnswer
from providers.routing.structured import structured
from providers.targets import Capability, Price, Target
from tests.routing.fakes import (
    HELLO,
    REQUEST,
    STREAMS,
    WORKSPACE,
    Break,
    FakeCache,
    Say,
    need,
    target,
    usual,
    with_ports,
    world,
)
from tests.routing.virtual import run


def priced(name: str, usd: str, **more: object) -> Target:
    return target(name, price=Price(input_usd=Decimal(usd), output_usd=Decimal(usd)), **more)


@pytest.mark.feature("F2.14")
def test_a_budget_that_refuses_degrades_to_a_cheaper_one() -> None:
    here = world([priced("a", "10"), priced("dearer", "20"), priced("b", "1"), priced("c", "2")])
    here.ledger.room = Decimal("0.006")
    assert run(complete(REQUEST, need(), ports=here.ports)).provider == "b"
    assert here.kind.names() == ["b"]


@pytest.mark.feature("F2.14")
def test_a_budget_that_nobody_fits_into() -> None:
    here = world([priced("a", "10"), target("free", price=None)])
    here.ledger.room = Decimal("0.0001")
    with pytest.raises(BudgetRefused, match="budget of the build") as caught:
        run(complete(REQUEST, need(), ports=here.ports))
    assert here.kind.calls == []
    assert caught.value.status == 402
    here = world([priced("a", "10"), priced("e", "10", emergency=True)])
    here.ledger.room = Decimal("0.0001")
    assert run(complete(REQUEST, need(), ports=here.ports)).emergency


@pytest.mark.feature("F2.14")
def test_what_a_request_may_cost() -> None:
    here = world([priced("a", "10"), priced("b", "1")])
    answer = run(complete(REQUEST, need(budget_usd=Decimal("0.01")), ports=here.ports))
    assert answer.provider == "b"
    assert here.ledger.reserved[0].choice is not None
    assert "may cost 0.0510 USD" in here.ledger.reserved[0].choice.excluded[0].reason
    with pytest.raises(NoAnswer, match="may cost"):
        run(complete(REQUEST, need(budget_usd=Decimal("0.001")), ports=here.ports))


@pytest.mark.feature("F2.14")
def test_what_was_spent_counts_for_the_next_attempt() -> None:
    here = world([priced("a", "10"), priced("b", "10")])
    here.kind.always("a", Break(FailureKind.CONNECTION, after=5))
    with pytest.raises(NoAnswer) as caught:
        run(complete(REQUEST, need(budget_usd=Decimal("0.055")), ports=here.ports))
    assert here.kind.names() == ["a"]
    assert caught.value.calls[0].cost_usd > Decimal("0.01")


@pytest.mark.feature("F2.14")
def test_near_the_limit_the_cheaper_one_is_preferred() -> None:
    tight = BudgetView(scope="workspace", subject_id=WORKSPACE, pressure=0.85)
    here = world([priced("a", "10"), target("unpriced", price=None), priced("b", "1")], budgets=(tight,))
    answer = run(complete(REQUEST, need(), ports=here.ports))
    assert answer.provider == "b"
    choice = here.ledger.reserved[0].choice
    assert choice is not None
    assert [one.name for one in choice.candidates] == ["b", "a", "unpriced"]
    assert "budget is nearly used up" in choice.candidates[1].reason


@pytest.mark.feature("F2.14")
def test_an_answer_that_was_paid_before() -> None:
    cache = FakeCache()
    here = with_ports(world(), cache=cache)
    first = run(complete(REQUEST, need(cacheable=True), ports=here.ports))
    again = run(complete(REQUEST, need(cacheable=True), ports=here.ports))
    assert (first.cache_hit, again.cache_hit, again.calls) == (False, True, ())
    assert again.completion == first.completion
    assert len(here.kind.calls) == 1
    assert here.ledger.hits == ["a"]
    assert not run(complete(REQUEST, need(), ports=here.ports)).cache_hit

    async def streamed() -> str:
        opened = stream(REQUEST, need(cacheable=True), ports=here.ports)
        return "".join([piece.text async for piece in opened])

    assert run(streamed()) == HELLO
    assert len(here.kind.calls) == 2


@pytest.mark.feature("F2.14")
@pytest.mark.parametrize("emergency", [True, False])
def test_what_is_not_kept(*, emergency: bool) -> None:
    cache = FakeCache()
    here = with_ports(world([target("a", emergency=emergency)]), cache=cache)
    here.kind.always("a", Say() if emergency else Say(finish=Finish.LENGTH))
    run(complete(REQUEST, need(cacheable=True), ports=here.ports))
    assert cache.kept == {}


class Point(BaseModel):
    x: int
    y: int


GOOD, BAD = '```json\n{"x": 1, "y": 2}\n```', '{"x": "one"}'


@pytest.mark.feature("F2.1")
def test_an_answer_in_a_form() -> None:
    here = world([target("a", capabilities=STREAMS | {Capability.STRUCTURED}), target("b")])
    here.kind.always("a", Say(text=f"Here it is: {GOOD[8:-4]} as you asked."))
    found = run(structured(REQUEST, need(), Point, ports=here.ports))
    assert found.value == Point(x=1, y=2)
    form = here.kind.requests[0].response_format
    assert form is not None
    assert form["json_schema"]["name"] == "Point"


@pytest.mark.feature("F2.1")
def test_one_repair_round_then_the_next_provider() -> None:
    here = world()
    here.kind.say("a", Say(text=BAD), Say(text=GOOD))
    found = run(structured(REQUEST, need(deadline_s=60), Point, ports=here.ports))
    assert found.value == Point(x=1, y=2)
    assert here.kind.names() == ["a", "a"]
    assert here.live.failures == []
    assert "x: Input should be a valid integer" in here.kind.requests[1].messages[-1]["content"]
    assert here.kind.requests[0].response_format is None  # it promises no form, so it is not asked for one
    assert len(found.answer.calls) == 2
    assert found.answer.cost_usd == sum(one.cost_usd for one in found.answer.calls)

    here.kind.say("a", Say(text=BAD), Say(text=BAD))
    here.kind.say("b", Say(text=GOOD))
    found = run(structured(REQUEST, need(budget_usd=Decimal(1)), Point, ports=here.ports))
    assert here.kind.names()[2:] == ["a", "a", "b"]
    assert found.answer.provider == "b"
    assert here.live.failures[0][1].kind is FailureKind.MALFORMED_ANSWER
    assert len(here.kind.requests[-1].messages) == 1


@pytest.mark.feature("F2.1")
def test_three_attempts_hold_for_all_rounds() -> None:
    here = world(usual("a", "b", "c"))
    for name in "abc":
        here.kind.always(name, Say(text=BAD))
    with pytest.raises(NoAnswer, match="form") as caught:
        run(structured(REQUEST, need(), Point, ports=here.ports))
    assert here.kind.names() == ["a", "a", "b"]
    assert len(caught.value.calls) == 3
    here.kind.always("a", Break(FailureKind.OVERLOADED))
    here.kind.say("b", Say(text=BAD), Break(FailureKind.BAD_REQUEST))
    with pytest.raises(NoAnswer) as caught:
        run(structured(REQUEST, need(), Point, ports=here.ports))
    assert len(caught.value.calls) == 3


@pytest.mark.feature("F2.1")
def test_a_kept_answer_of_the_wrong_form_is_asked_for_again() -> None:
    cache = FakeCache()
    here = with_ports(world(), cache=cache)
    here.kind.say("a", Say(text=BAD), Say(text=GOOD))
    run(complete(ChatRequest(messages=REQUEST.messages), need(cacheable=True), ports=here.ports))

    class Anything(FakeCache):
        async def get(self, *_: object) -> object:  # type: ignore[override] # the same for every request
            return next(iter(cache.kept.values()))

    here = with_ports(here, cache=Anything())
    found = run(structured(REQUEST, need(cacheable=True), Point, ports=here.ports))
    assert found.value == Point(x=1, y=2)
    assert len(here.kind.calls) == 2


def test_output_is_asked_for_within_what_a_model_gives() -> None:
    here = world([target("a", max_output_tokens=100)])
    run(complete(ChatRequest(messages=REQUEST.messages, max_output_tokens=500), need(), ports=here.ports))
    assert here.kind.requests[0].max_output_tokens == 100
