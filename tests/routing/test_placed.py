"""Rules give a request its task class and its region: the chains by class and the routing by region are reached so."""

from __future__ import annotations

from typing import Any

import pytest

from providers.live.view import ChainView, RuleView
from providers.routing.call import complete
from providers.routing.choose import choose
from providers.routing.demand import Demand
from providers.routing.errors import NoAnswer
from providers.states import Strategy
from tests.routing.fakes import REQUEST, World, need, target, world
from tests.routing.test_choose import NOW, viewing
from tests.routing.virtual import run

pytestmark = pytest.mark.feature("F2.7")
HERE, THERE, ELSEWHERE = target("a", region="us-1"), target("b", region="eu-1"), target("c", region="eu-2")


def rule(name: str, then: dict[str, Any], **when: Any) -> RuleView:
    return RuleView(name=name, position=1, when=when, then=then)


def chains(strategy: Strategy = Strategy.PRIMARY_SECONDARY) -> dict[str, ChainView]:
    return {
        "default": ChainView(task_kind="default", strategy=Strategy.PRIMARY_SECONDARY, providers=("a", "b", "c")),
        "complex_tasks": ChainView(task_kind="complex_tasks", strategy=strategy, providers=("c", "b")),
        "simple_tasks": ChainView(task_kind="simple_tasks", strategy=strategy, providers=("b", "a")),
    }


def here(*rules: RuleView, **more: Any) -> World:
    return world([HERE, THERE, ELSEWHERE], rules=rules, chains=chains(**more))


CLASSES = (
    rule("short", {"task_class": "simple_tasks"}, task_kind=["repair"], max_input_tokens=500),
    rule("work", {"task_class": "complex_tasks"}, task_kind=["repair", "implement"]),
)


@pytest.mark.parametrize(
    ("given", "chain", "asked"),
    [
        ({"task_kind": "repair"}, "complex_tasks", "c"),
        ({"task_kind": "repair", "input_tokens": 100}, "simple_tasks", "b"),
        ({"task_kind": "implement", "input_tokens": 100}, "complex_tasks", "c"),
        ({"task_kind": "implement", "task_class": "simple_tasks"}, "simple_tasks", "b"),
        ({"task_kind": "analyse"}, "default", "a"),
    ],
)
def test_a_rule_gives_the_class_whose_chain_is_followed(given: dict[str, Any], chain: str, asked: str) -> None:
    world_ = here(*CLASSES)
    assert run(complete(REQUEST, need(**given), ports=world_.ports)).provider == asked
    made = world_.ledger.reserved[0].choice
    assert made is not None
    assert made.chain == chain
    assert made.leader == asked  # no special case: hysteresis goes on


def test_a_class_has_turns_of_its_own() -> None:
    world_ = here(*CLASSES, strategy=Strategy.ROUND_ROBIN)
    kinds = ["repair", "plan"] * 2
    asked = [run(complete(REQUEST, need(task_kind=kind), ports=world_.ports)).provider for kind in kinds]
    assert asked == ["c", "a", "b", "a"]


def test_a_rule_keeps_work_in_its_region() -> None:
    world_ = here(rule("stays", {"region": "eu"}, task_kind=["repair"]))
    answer = run(complete(REQUEST, need(task_kind="repair"), ports=world_.ports))
    assert answer.provider == "b"
    made = world_.ledger.reserved[0].choice
    assert made is not None
    assert [(one.name, one.gate, one.reason) for one in made.excluded] == [
        ("a", "region", "wanted in eu; it is in us-1")
    ]
    assert made.inputs["region"] == "eu"
    assert run(complete(REQUEST, need(), ports=world_.ports)).provider == "a"
    with pytest.raises(NoAnswer, match="wanted in asia"):
        run(complete(REQUEST, need(task_kind="repair", region="asia"), ports=world_.ports))


def test_the_first_rule_that_speaks_holds_and_a_later_one_goes_by_what_it_gave() -> None:
    rules = (
        rule("first", {"region": "eu"}),
        rule("second", {"region": "us", "task_class": "simple_tasks"}),
        rule("third", {"avoid": "b"}, region=["eu"], task_class=["simple_tasks"]),
    )
    choice = choose(viewing(HERE, THERE, ELSEWHERE, rules=rules, chains=chains()), need(), NOW, demand=Demand())
    assert (choice.chain, choice.chosen) == ("simple_tasks", "")
    assert {one.name: one.gate for one in choice.excluded} == {"a": "region", "b": "rule"}
