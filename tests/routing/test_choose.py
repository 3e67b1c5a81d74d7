"""The choice: pure, so that what holds for all of them can be asked of thousands."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
import uuid
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.chat import ChatRequest
from providers.health.metrics import HealthMetrics
from providers.live.view import ChainView, Circuit, Incumbent, Quality, RuleView, WorkspaceView
from providers.routing.choose import choose
from providers.routing.demand import Demand, demand_of
from providers.routing.local import Local
from providers.routing.need import Need
from providers.routing.traffic import Traffic
from providers.states import BreakerState, Strategy
from providers.targets import Capability, Key, Price, Secret, Target
from tests.routing.fakes import STREAMS, WORKSPACE, need, target

pytestmark = pytest.mark.feature("F2.7")
NOW = 1_000_000.0
WELL = HealthMetrics(
    framework="", timestamp=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), response_time=0.5, success_rate=1.0, error_count=0,
    last_error=None, consecutive_failures=0, api_available=True, samples=10,
)  # fmt: skip
OUT = Circuit(state=BreakerState.OPEN, until=NOW + 30, failure_kind="unavailable", reason="unavailable, 2 times")


def doing(success: float = 1.0, seconds: float = 0.5, **more: Any) -> Circuit:
    return Circuit(metrics=dataclasses.replace(WELL, success_rate=success, response_time=seconds, **more), samples=10)


def viewing(*targets: Target, strategy: Strategy = Strategy.PRIMARY_SECONDARY, **more: Any) -> WorkspaceView:
    names = tuple(one.name for one in targets)
    chains = {"default": ChainView(task_kind="default", strategy=strategy, providers=names)}
    return WorkspaceView(
        workspace_id=WORKSPACE, targets={one.name: one for one in targets}, **({"chains": chains} | more)
    )


def order(view: WorkspaceView, need_: Need | None = None, **more: Any) -> list[str]:
    return [one.name for one in choose(view, need_ or need(), NOW, **more).candidates]


A, B, C, E = target("a"), target("b"), target("c"), target("e", emergency=True)

names = st.sampled_from(["a", "b", "c", "d", "e", "f"])
circuits = st.sampled_from([None, doing(), doing(0.4), doing(0.9, 20), OUT, Circuit(state=BreakerState.HALF_OPEN)])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[WorkspaceView, Need, Local]:
    targets = [
        target(
            name,
            emergency=draw(st.booleans()) and name in "ef",
            region=draw(st.sampled_from(["", "eu-1", "us-1"])),
            context_window=draw(st.sampled_from([None, 1000, 100_000])),
            upstream=draw(st.sampled_from(["", "x"])),
            keys=draw(st.sampled_from([(), (Key(id=None, name="k", secret=Secret("s")),)])),
            price=draw(st.sampled_from([None, Price(input_usd=Decimal(1), output_usd=Decimal(2))])),
        )
        for name in draw(st.lists(names, unique=True, max_size=6))
    ]
    given_circuits = {(one.name, ""): circuit for one in targets if (circuit := draw(circuits)) is not None}
    view = viewing(
        *targets,
        strategy=draw(st.sampled_from(list(Strategy))),
        circuits=given_circuits,
        incumbents=draw(
            st.dictionaries(st.just("default"), st.builds(Incumbent, provider=names, since=st.just(NOW - 9)))
        ),
        fallback=draw(st.booleans()),
    )
    wanted = need(
        prefer=tuple(draw(st.lists(names, max_size=2))),
        only=tuple(draw(st.lists(names, max_size=3))),
        avoid=tuple(draw(st.lists(names, max_size=2))),
        region=draw(st.sampled_from(["", "eu"])),
    )
    local = Local(
        turn=draw(st.integers(0, 20)),
        load=draw(st.dictionaries(names, st.floats(0, 3))),
        doubted=frozenset(draw(st.sets(names))),
        outgrown=frozenset(draw(st.sets(names))),
    )
    return view, wanted, local


@given(worlds(), st.integers(0, 5000))
def test_what_holds_for_every_choice(world: tuple[WorkspaceView, Need, Local], tokens: int) -> None:
    view, wanted, local = world
    choice = choose(view, wanted, NOW, demand=Demand(input_tokens=tokens), local=local)
    asked = [one.name for one in choice.candidates]
    held = [one.name for one in choice.excluded]
    # each provider stands in one place only, and each has a reason
    assert len(set(asked)) == len(asked)
    assert not set(asked) & set(held)
    assert set(asked) | set(held) >= set(view.chains["default"].providers)
    assert all(one.reason for one in choice.candidates)
    assert all(one.reason for one in choice.excluded)
    # those that may be asked: a permutation of them
    for one in choice.candidates:
        assert one.name in view.targets
        assert one.name not in set(wanted.avoid) - set(wanted.only) - set(wanted.prefer) or one.name in wanted.only
        assert one.target.region.startswith(wanted.region)
        assert one.target.context_window is None or tokens <= one.target.context_window
        assert one.key is not None or one.target.emergency or not one.target.needs_key
    # never an open one where a closed one is there; the emergency one last
    kinds = ["emergency" if one.target.emergency else "closed" if one.closed else "open" for one in choice.candidates]
    assert not ("closed" in kinds and "open" in kinds)
    assert kinds == sorted(kinds, key=lambda kind: kind == "emergency")
    assert choice.leader in {"", *asked}
    json.dumps([choice.places(), choice.inputs])


@given(st.integers(1, 5), st.integers(1, 8))
def test_round_robin_gives_each_one_its_turn(count: int, rounds: int) -> None:
    targets = [target(name) for name in "abcde"[:count]]
    view, traffic = viewing(*targets, strategy=Strategy.ROUND_ROBIN), Traffic()
    led = Counter(order(view, local=Local(turn=traffic.turn(WORKSPACE, "default")))[0] for _ in range(count * rounds))
    assert set(led.values()) == {rounds}


def test_round_robin_passes_over_who_is_out() -> None:
    view = viewing(A, B, C, strategy=Strategy.ROUND_ROBIN, circuits={("b", ""): OUT})
    assert [order(view, local=Local(turn=turn))[0] for turn in range(4)] == ["a", "c", "a", "c"]


def test_strategies() -> None:
    cheap = target("b", price=Price(input_usd=Decimal("0.1"), output_usd=Decimal("0.1")))
    unknown = target("c", price=None)
    assert order(viewing(A, unknown, cheap, strategy=Strategy.COST_BASED)) == ["b", "a", "c"]
    local = Local(load={"a": 0.9, "b": 0.1, "c": 0.5})
    assert order(viewing(A, B, C, strategy=Strategy.LEAST_LOADED), local=local) == ["b", "c", "a"]
    circuits = {("a", ""): doing(0.5), ("b", ""): doing(0.8), ("c", ""): doing(1.0)}
    assert order(viewing(A, B, C, strategy=Strategy.PERFORMANCE_BASED, circuits=circuits)) == ["c", "b", "a"]
    poor = {"c": Quality(checked=10, share=0.1)}
    assert order(viewing(A, B, C, strategy=Strategy.PERFORMANCE_BASED, circuits=circuits, quality=poor))[0] == "b"
    estimates = {"a": Decimal(3), "b": None, "c": Decimal(1)}
    local = Local(estimate=lambda one: estimates[one.name])
    assert order(viewing(A, B, C, strategy=Strategy.COST_BASED), local=local) == ["c", "a", "b"]


def test_chains_by_task_class_and_kind() -> None:
    chains = {
        name: ChainView(task_kind=name, strategy=Strategy.PRIMARY_SECONDARY, providers=providers)
        for name, providers in {"default": ("a",), "repair": ("b", "a"), "simple_tasks": ("c",)}.items()
    }
    view = viewing(A, B, C, chains=chains)
    assert order(view) == ["a"]
    assert order(view, need(task_kind="repair")) == ["b", "a"]
    assert order(view, need(task_kind="repair", task_class="simple_tasks")) == ["c"]
    assert order(viewing(A, B, chains={})) == ["a", "b"]


def test_rules_and_the_users_override() -> None:
    rules = (
        RuleView(name="big", position=1, when={"min_input_tokens": 1000}, then={"prefer": ["c"]}),
        RuleView(name="repairs", position=2, when={"task_kind": ["repair", "test"]}, then={"only": ["b"]}),
        RuleView(name="mary", position=3, when={"user": ["mary"], "purpose": "job"}, then={"avoid": ["a"]}),
        RuleView(name="newer", position=4, when={"weather": "rain"}, then={"only": ["e"]}),
        RuleView(name="tight", position=5, when={"min_pressure": 0.9}, then={"only": ["e"]}),
        RuleView(name="small", position=6, when={"max_input_tokens": -1}, then={"only": ["e"]}),
        RuleView(name="tools", position=7, when={"capabilities": ["tools"]}, then={"prefer": ["b"]}),
    )
    tools = [target(name, capabilities=STREAMS | {Capability.TOOLS}) for name in "abc"]
    view = viewing(*tools, E, rules=rules)
    assert order(view) == ["a", "b", "c", "e"]
    assert order(view, demand=Demand(input_tokens=2000)) == ["c", "a", "b", "e"]
    assert order(view, need(task_kind="repair")) == ["b"]
    assert order(view, need(user="mary")) == ["b", "c", "e"]
    assert order(view, need(user="mary", prefer=("a",))) == ["a", "b", "c", "e"]
    assert order(view, need(only=("c",))) == ["c"]
    assert order(view, need(avoid=("a",))) == ["b", "c", "e"]
    assert order(view, demand=Demand(capabilities=frozenset({Capability.TOOLS})))[0] == "b"
    choice = choose(view, need(prefer=("c",)), NOW)
    assert "the user wants" in choice.candidates[1].reason
    assert order(view, need(emergency=False)) == ["a", "b", "c"]
    assert order(view, need(prefer=("gone",))) == ["a", "b", "c", "e"]


def test_an_override_stands_over_hysteresis_but_not_over_an_open_circuit() -> None:
    view = viewing(A, B, incumbents={"default": Incumbent(provider="a", since=NOW - 1)})
    assert order(view, need(prefer=("b",))) == ["b", "a"]
    broken = dataclasses.replace(view, circuits={("b", ""): OUT})
    assert order(broken, need(prefer=("b",))) == ["a"]


@pytest.mark.parametrize(
    ("one", "wanted", "demand", "gate"),
    [
        (target("x", context_window=100), need(), Demand(input_tokens=90, output_tokens=20), "context"),
        (target("x"), need(), Demand(capabilities=frozenset({Capability.VISION})), "capability"),
        (target("x", region="us"), need(region="eu"), Demand(), "region"),
        (target("x", region=""), need(region="eu"), Demand(), "region"),
        (target("x", keys=()), need(), Demand(), "key"),
        (target("x", kind="agent"), need(), Demand(), "kind"),
        (target("x"), need(budget_usd=Decimal("0.01")), Demand(), "budget"),
    ],
)
def test_gates(one: Target, wanted: Need, demand: Demand, gate: str) -> None:
    local = Local(speaks=lambda kind: kind == "fake", estimate=lambda _: Decimal("0.02"))
    choice = choose(viewing(one), wanted, NOW, demand=demand, local=local)
    assert choice.candidates == ()
    assert [(held.name, held.gate) for held in choice.excluded] == [("x", gate)]
    assert choice.chosen == ""
    assert choice.reason == "nobody of the chain can be asked"


def test_the_key_that_is_well_is_taken() -> None:
    keys = tuple(Key(id=None, name=name, secret=Secret(name)) for name in ("one", "two"))
    bad = dataclasses.replace(OUT, failure_kind="authentication")
    view = viewing(target("a", keys=keys), circuits={("a", "one"): bad})
    key = choose(view, need(), NOW).candidates[0].key
    assert key is not None
    assert key.name == "two"
    both = viewing(target("a", keys=keys), B, circuits={("a", "one"): bad, ("a", "two"): bad})
    choice = choose(both, need(), NOW)
    assert choice.chosen == "b"
    assert choice.excluded[0].until == NOW + 30
    assert "no good key" in choice.excluded[0].reason


def test_an_open_one_is_out_and_says_until_when() -> None:
    choice = choose(viewing(A, B, circuits={("a", ""): OUT}), need(), NOW)
    assert choice.chosen == "b"
    assert [(one.name, one.gate, one.until) for one in choice.excluded] == [("a", "breaker", NOW + 30)]


def test_without_a_closed_one_the_open_ones_stand_by_their_time() -> None:
    later = dataclasses.replace(OUT, until=NOW + 60)
    choice = choose(viewing(A, B, E, circuits={("a", ""): later, ("b", ""): OUT}), need(), NOW)
    assert [(one.name, one.closed) for one in choice.candidates] == [("b", False), ("a", False), ("e", True)]


def test_who_is_in_doubt_suspected_too_small_or_full_stands_behind() -> None:
    assert order(viewing(A, B, C), local=Local(doubted=frozenset({"a"}))) == ["b", "c", "a"]
    assert order(viewing(A, B, C), local=Local(outgrown=frozenset({"a"}))) == ["b", "c", "a"]
    assert order(viewing(A, B), local=Local(load={"a": 1.0})) == ["b", "a"]
    suspected = Circuit(suspected_until=NOW + 5)
    assert order(viewing(A, B, circuits={("a", ""): suspected})) == ["b", "a"]
    assert order(viewing(A, B, circuits={("a", ""): Circuit(suspected_until=NOW - 5)})) == ["a", "b"]


def test_one_upstream_is_one_fate() -> None:
    first, second, third = target("a", upstream="x"), target("b", upstream="x"), target("c")
    view = viewing(first, second, third, circuits={("a", ""): OUT})
    assert order(view) == ["c", "b"]
    assert "shares the fate of x" in choose(view, need(), NOW).candidates[1].reason
    own = dataclasses.replace(OUT, failure_kind="authentication")
    assert order(viewing(first, second, third, circuits={("a", ""): own})) == ["b", "c"]
    assert order(viewing(first, second, third), local=Local(doubted=frozenset({"a"}))) == ["c", "b", "a"]


def test_the_flag_off_leaves_the_first_and_the_emergency_one() -> None:
    choice = choose(viewing(A, B, E, fallback=False), need(), NOW)
    assert [one.name for one in choice.candidates] == ["a", "e"]
    assert choice.excluded[0].gate == "flag"


@pytest.mark.feature("F2.6")
def test_thresholds_and_weights_of_the_workspace() -> None:
    circuits = {("a", ""): doing(1.0, 12.0), ("b", ""): doing(0.9, 0.1)}
    incumbents = {"default": Incumbent(provider="a", since=NOW - 60)}
    view = viewing(A, B, circuits=circuits, incumbents=incumbents)
    assert order(view)[0] == "a"
    speed = {"decision_factors": {"response_time": 1.0, "recent_success_rate": 0.0}, "switch_margin": 0.05, "cache": {}}
    assert order(dataclasses.replace(view, settings=speed))[0] == "b"
    weak = dataclasses.replace(view, targets={"a": target("a", health_weight=0.5), "b": B})
    assert order(weak)[0] == "b"


def test_what_a_request_demands() -> None:
    picture = {"role": "user", "content": [{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {}}]}
    form = {"type": "json_schema", "json_schema": {}}
    request = ChatRequest(messages=(picture,), tools=({"type": "function"},), response_format=form, max_output_tokens=9)
    demand = demand_of(request, need(), lambda _: 7)
    assert demand.capabilities == {Capability.TOOLS, Capability.VISION, Capability.STRUCTURED}
    assert (demand.input_tokens, demand.output_tokens) == (7, 9)
    checked = demand_of(request, need(validated=True, input_tokens=3), lambda _: 7)
    assert Capability.STRUCTURED not in checked.capabilities
    assert checked.input_tokens == 3


def test_a_choice_takes_microseconds() -> None:
    """A bound far above what it takes (some 50 µs), so that it only fails where it became a thing of another order."""
    circuits = {(name, ""): doing() for name in "abc"}
    view = viewing(A, B, C, E, circuits=circuits, incumbents={"default": Incumbent(provider="a", since=0.0)})
    began = time.process_time()
    for _ in range(200):
        choose(view, need(), NOW)
    assert (time.process_time() - began) / 200 < 0.002


def test_ids_are_not_shared_between_workspaces() -> None:
    traffic = Traffic()
    other = target("a", id=uuid.uuid4(), workspace_id=uuid.UUID(int=5))
    assert traffic.pulse(A) is not traffic.pulse(other)
    assert traffic.turn(WORKSPACE, "default") == 0
    assert traffic.turn(uuid.UUID(int=5), "default") == 0
