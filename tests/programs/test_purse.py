"""A job's budget holds at its gateway: the call that crosses it is the last that is paid."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest

from providers.kinds.agents import AgentProgramKind
from providers.kinds.base import ProviderFailure
from providers.kinds.claude_agent import ClaudeAgentKind
from providers.kinds.opencode import OpenCodeKind
from providers.kinds.programs.purse import Purse
from providers.routing.ports import BudgetExceeded
from providers.states import CallState
from tests.developers import Developer, Run, Write, looping
from tests.programs.conftest import Here
from tests.providers_lab.answers import Answer, Asked

pytestmark = pytest.mark.feature("F2.2")
CENT = Decimal("0.01")
# Of the lab's model, at 1 and 2 US dollars a million: what each of its answers costs.
A_CALL = Decimal("0.012")
KINDS = [pytest.param(ClaudeAgentKind(), id="claude"), pytest.param(OpenCodeKind(), id="opencode")]


async def test_the_call_that_crosses_it_is_the_last() -> None:
    purse = Purse(3 * CENT, spent_usd=CENT)
    for _ in range(2):
        await purse.hold(CENT)
        purse.settle(CENT, CENT)
        assert not purse.refused
    with pytest.raises(BudgetExceeded):
        await purse.hold(CENT)
    assert (purse.refused, purse.spent_usd) == (True, 3 * CENT)


async def test_of_calls_at_once_none_is_paid_beyond_it() -> None:
    """The second may not fit beside the first: it waits for what the first one costs in truth."""
    purse = Purse(CENT)
    await purse.hold(5 * CENT)
    second, third = (asyncio.ensure_future(purse.hold(5 * CENT)) for _ in range(2))
    await asyncio.sleep(0)
    assert not second.done()
    purse.settle(5 * CENT, CENT / 2)
    await second
    assert not third.done()
    purse.settle(5 * CENT, CENT / 2)
    with pytest.raises(BudgetExceeded):
        await third


async def test_without_a_budget_nothing_is_held() -> None:
    purse = Purse(None, spent_usd=CENT)
    await purse.hold(CENT)
    assert not purse.refused


def paid(steps: Developer, asked: Asked) -> Answer:
    """The developer's answer, at a price that is always the same."""
    found = steps(asked)
    assert isinstance(found, Answer)
    return replace(found, input_tokens=10_000, output_tokens=1_000)


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_with_money_for_two_calls_gets_two(here: Here, kind: AgentProgramKind) -> None:
    steps = Developer(looping(Run("true"), first=[Write("probe/one.py", "ONE = 1\n")]))
    here.lab.upstream("a").answer(lambda asked: paid(steps, asked))
    with pytest.raises(ProviderFailure) as failed:
        here.perform(kind, here.job(budget_usd=2 * A_CALL), here.target(kind.name))
    assert (failed.value.kind, failed.value.details["limit"]) == ("budget", "budget")
    assert [call.cost_usd for call in here.calls()] == [A_CALL, A_CALL]
    assert here.text("probe/one.py") == "ONE = 1\n"
    assert here.ctx.workspace.repository.read(here.ctx.workspace.head, "probe/one.py")


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_earlier_process_spent_counts(here: Here, kind: AgentProgramKind) -> None:
    steps = Developer(looping(Run("true"), first=[Write("probe/one.py", "ONE = 1\n")]))
    here.lab.upstream("a").answer(lambda asked: paid(steps, asked))
    here.lab.upstream("a").fail("overloaded", times=0)
    with pytest.raises(ProviderFailure):
        here.perform(kind, here.job(budget_usd=A_CALL), here.target(kind.name))
    for step in here.steps("note"):
        if ":over:" in step.key:
            step.delete()
    here.restarted()
    with pytest.raises(ProviderFailure) as failed:
        here.perform(kind, here.job(budget_usd=A_CALL), here.target(kind.name))
    assert failed.value.kind == "budget"
    assert len(here.calls()) == 1
    assert {call.state for call in here.calls()} == {CallState.SETTLED}
    assert uuid.UUID(here.job().task_id) == here.row.pk
