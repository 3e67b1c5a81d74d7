"""A dry run says what then happens, or what it cannot know."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from providers.chat import ChatRequest
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.live.view import BudgetView, ChainView, Incumbent, RuleView
from providers.routing import background
from providers.routing.call import complete
from providers.routing.choice import Choice
from providers.routing.dry import dry_run, estimating, sentence
from providers.routing.errors import NoAnswer
from providers.states import Strategy
from providers.targets import Price, Target
from tests.routing.fakes import REQUEST, WORKSPACE, World, need, target, world
from tests.routing.virtual import run

pytestmark = [pytest.mark.feature("F2.7"), pytest.mark.feature("F2.6")]
TARGETS = [
    target("dear", price=Price(input_usd=Decimal(10), output_usd=Decimal(60)), max_output_tokens=500, region="eu-1"),
    target("cheap", price=Price(input_usd=Decimal(1), output_usd=Decimal(20)), region="us-1"),
    target("unknown", price=None, region="eu-2"),
]


def there(strategy: Strategy, *, targets: list[Target] | None = None, **more: Any) -> World:
    chosen, unwell = targets or TARGETS, more.pop("unwell", False)
    chain = ChainView(task_kind="default", strategy=strategy, providers=tuple(one.name for one in chosen))
    here = world(chosen, chains={"default": chain}, **more)
    if unwell:
        run(calls_before(here))
    return here


async def calls_before(here: World) -> None:
    """Two thirds of the calls of the first one failed, and the second one was slow."""
    dear, cheap = here.live.targets[:2]
    failure = Failure(kind=FailureKind.MALFORMED_ANSWER, message="no JSON", reason="test")
    for number in range(6):
        if number % 3:
            here.live.failed(target=dear, key=None, failure=failure, first_token_ms=None, total_ms=5.0)
        else:
            here.live.succeeded(target=dear, key=None, first_token_ms=5.0, total_ms=9.0)
        here.live.succeeded(target=cheap, key=None, first_token_ms=4000.0, total_ms=9000.0)


def both(here: World, request: ChatRequest = REQUEST, **given: Any) -> tuple[Choice, Choice]:
    """What the dry run says, and what the request then follows."""

    async def one_after_the_other() -> tuple[Choice, Choice]:
        wanted = need(input_tokens=1000, **given)
        said = dry_run(here.live.snapshot(), wanted, here.live.now(), output_tokens=request.max_output_tokens or 0)
        try:
            await complete(request, wanted, ports=here.ports)
        except NoAnswer:
            await background.finished()
            return said, here.ledger.nobody[0]
        made = here.ledger.reserved[0].choice
        assert made is not None
        return said, made

    return run(one_after_the_other())


def as_said(choice: Choice) -> list[tuple[str, str]]:
    return [(one.name, one.reason) for one in choice.candidates] + [(one.name, one.reason) for one in choice.excluded]


BUDGET = BudgetView(scope="workspace", subject_id=WORKSPACE, pressure=0.9)
PREFER = RuleView(name="eu first", position=1, when={}, then={"prefer": "unknown", "avoid": "cheap"})


@pytest.mark.parametrize("strategy", [Strategy.PRIMARY_SECONDARY, Strategy.PERFORMANCE_BASED, Strategy.COST_BASED])
@pytest.mark.parametrize(
    ("more", "given"),
    [
        ({}, {}),
        ({"unwell": True}, {}),
        ({"incumbents": {"default": Incumbent(provider="cheap", since=0.0)}}, {}),
        ({"budgets": (BUDGET,)}, {}),
        ({"rules": (PREFER,)}, {}),
        ({}, {"region": "eu"}),
        ({}, {"prefer": ("unknown",)}),
        ({}, {"budget_usd": Decimal("0.05")}),
        ({}, {"budget_usd": Decimal("0.0001"), "only": ("dear", "cheap")}),
    ],
    ids=["plain", "health", "incumbent", "budget nearly used up", "rule", "region", "wish", "too dear", "nobody"],
)
def test_what_it_says_is_what_then_happens(strategy: Strategy, more: dict[str, Any], given: dict[str, Any]) -> None:
    said, made = both(there(strategy, **more), **given)
    assert as_said(said) == as_said(made)
    assert said.chosen == made.chosen
    assert sentence(said) == sentence(made)


@pytest.mark.parametrize("output", [None, 100, 5000])
def test_it_sets_aside_what_the_run_does(output: int | None) -> None:
    request = replace(REQUEST, max_output_tokens=output)
    here = there(Strategy.COST_BASED)
    said, made = both(here, request)
    assert as_said(said) == as_said(made)
    # dear answers at most 500 tokens, so that a long answer costs less there
    assert said.chosen == ("cheap" if output == 100 else "dear")
    assert here.ledger.reserved[0].estimate_usd == estimating(1000, output or 0)(here.ledger.reserved[0].target)


@pytest.mark.parametrize(
    ("strategy", "words"),
    [(Strategy.ROUND_ROBIN, "dear, cheap, unknown take turns"), (Strategy.LEAST_LOADED, "are compared by their calls")],
)
def test_it_says_what_only_the_process_knows(strategy: Strategy, words: str) -> None:
    here = there(strategy)
    said, made = both(here)
    assert words in sentence(said)
    assert {one.name for one in said.candidates} == {one.name for one in made.candidates}
    alone = there(strategy, targets=TARGETS[:1])
    said, made = both(alone)
    assert as_said(said) == as_said(made)
    wished, made = both(there(strategy), prefer=("unknown",))
    assert as_said(wished) == as_said(made)
