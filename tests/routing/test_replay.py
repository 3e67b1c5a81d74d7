"""A stored decision, made again: the same order by its own strategy, and another one by another."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.live.view import Circuit, Incumbent, Quality, WorkspaceView
from providers.money.prices import USUAL_OUTPUT_TOKENS, most
from providers.routing.choice import Choice
from providers.routing.choose import choose
from providers.routing.demand import Demand
from providers.routing.local import Local
from providers.routing.need import Need
from providers.routing.replay import NotReplayable, replay
from providers.states import Strategy
from providers.targets import Price, Target
from tests.routing.fakes import need, target
from tests.routing.test_choose import NOW, OUT, doing, viewing, worlds

pytestmark = pytest.mark.feature("F2.7")
DEAR = Price(input_usd=Decimal(10), output_usd=Decimal(50))
CHEAP = Price(input_usd=Decimal(1), output_usd=Decimal(2))


def stored(choice: Choice) -> dict[str, Any]:
    """As the ledger keeps it."""
    document: dict[str, Any] = json.loads(json.dumps({"candidates": choice.places(), "inputs": dict(choice.inputs)}))
    return document


def estimate(demand: Demand) -> Any:
    def at(one: Target) -> Decimal | None:
        output = min(filter(None, (demand.output_tokens, one.max_output_tokens)), default=USUAL_OUTPUT_TOKENS)
        return most(one.price, input_tokens=demand.input_tokens, output_tokens=output) if one.price else None

    return at


@given(worlds(), st.integers(0, 5000), st.sampled_from([0, 300]), st.sampled_from(list(Strategy)))
def test_a_decision_gives_the_same_order_again(
    world: tuple[WorkspaceView, Need, Local], tokens: int, output: int, other: Strategy
) -> None:
    view, wanted, local = world
    demand = Demand(input_tokens=tokens, output_tokens=output)
    local = dataclasses.replace(local, estimate=estimate(demand))
    choice = choose(view, wanted, NOW, demand=demand, local=local)
    found = replay(**stored(choice), strategy=Strategy(choice.strategy))
    assert found.order == tuple(one.name for one in choice.candidates)
    assert found.chosen == choice.chosen
    assert found.leader in {choice.leader, ""} or not choice.leader
    if any(one.closed and not one.target.emergency for one in choice.candidates):
        assert found.reason == choice.candidates[0].reason
    by_other = replay(**stored(choice), strategy=other)
    assert sorted(by_other.order) == sorted(found.order)


def decided(*targets: Target, local: Local | None = None, **more: Any) -> dict[str, Any]:
    demand = Demand(input_tokens=1000)
    local = dataclasses.replace(local or Local(), estimate=estimate(demand))
    return stored(choose(viewing(*targets, **more), need(), NOW, demand=demand, local=local))


def test_by_every_other_strategy() -> None:
    one, two, three = target("a", price=DEAR), target("b", price=CHEAP), target("c", price=None)
    circuits = {("a", ""): doing(0.7), ("b", ""): doing(0.8), ("c", ""): doing()}
    kept = decided(one, two, three, circuits=circuits, local=Local(turn=4, load={"a": 0.5, "b": 0.6}))
    assert replay(**kept, strategy=Strategy.COST_BASED).order == ("b", "a", "c")
    assert replay(**kept, strategy=Strategy.LEAST_LOADED).order == ("c", "a", "b")
    assert replay(**kept, strategy=Strategy.ROUND_ROBIN).order == ("b", "c", "a")
    assert replay(**kept, strategy=Strategy.PERFORMANCE_BASED).order == ("c", "b", "a")
    assert replay(**kept, strategy=Strategy.PRIMARY_SECONDARY).order == ("a", "b", "c")


def test_what_only_that_moment_knew_holds() -> None:
    names = [target(name, price=CHEAP) for name in "abc"]
    kept = decided(*names, local=Local(outgrown=frozenset({"a"}), doubted=frozenset({"b"})))
    found = replay(**kept, strategy=Strategy.COST_BASED)
    assert found.order == ("c", "a", "b")
    assert kept["inputs"]["outgrown"] == ["a"]
    again = replay(**kept, strategy=Strategy.PRIMARY_SECONDARY)
    assert again.order == ("c", "a", "b")


def test_hysteresis_and_quality_are_those_of_then() -> None:
    serving = Incumbent(provider="b", since=NOW - 5)
    kept = decided(target("a"), target("b"), circuits={}, incumbents={"default": serving})
    assert replay(**kept, strategy=Strategy.PRIMARY_SECONDARY).order == ("b", "a")
    longer = Incumbent(provider="b", since=NOW - 500)
    found = replay(**kept, strategy=Strategy.PRIMARY_SECONDARY, incumbent=longer)
    assert (found.order, found.leader) == (("a", "b"), "a")
    poor = {"a": Quality(checked=9, share=0.1)}
    judged = decided(target("a"), target("b"), circuits={("a", ""): doing(), ("b", ""): doing()}, quality=poor)
    assert replay(**judged, strategy=Strategy.PERFORMANCE_BASED).chosen == "b"


def test_where_nobody_was_closed_the_order_stays() -> None:
    later = Circuit(state=OUT.state, until=NOW + 90, reason="x")
    kept = decided(target("a"), target("b"), target("e", emergency=True), circuits={("a", ""): later, ("b", ""): OUT})
    assert replay(**kept, strategy=Strategy.COST_BASED).order == ("b", "a", "e")


def test_one_that_was_stored_before_says_so() -> None:
    kept = decided(target("a"))
    for name in ("hysteresis",):
        old = {key: value for key, value in kept["inputs"].items() if key != name}
        with pytest.raises(NotReplayable):
            replay(kept["candidates"], old, Strategy.COST_BASED)
    before = [{key: value for key, value in one.items() if key != "position"} for one in kept["candidates"]]
    with pytest.raises(NotReplayable):
        replay(before, kept["inputs"], Strategy.COST_BASED)
