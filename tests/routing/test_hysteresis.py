"""Who serves stays, unless another is better by a margin, for long enough; and the way back to the primary."""

from __future__ import annotations

import dataclasses

import pytest

from providers.live.view import Incumbent
from providers.routing.choose import choose
from providers.routing.demand import Demand
from providers.routing.local import Local
from providers.states import Strategy
from tests.routing.fakes import need, target
from tests.routing.test_choose import NOW, OUT, A, B, doing, order, viewing

pytestmark = pytest.mark.feature("F2.6")


def test_hysteresis() -> None:
    poor, well = doing(0.5, trend=-0.2), doing(1.0)
    both = {("a", ""): poor, ("b", ""): well}
    long_ago, just_now = Incumbent(provider="a", since=NOW - 60), Incumbent(provider="a", since=NOW - 2)
    choice = choose(viewing(A, B, circuits=both, incumbents={"default": long_ago}), need(), NOW)
    assert (choice.chosen, choice.trigger, choice.previous) == ("b", "preventive", "a")
    choice = choose(viewing(A, B, circuits=both, incumbents={"default": just_now}), need(), NOW)
    assert (choice.chosen, choice.trigger, choice.previous) == ("a", "", "")
    slightly = {("a", ""): doing(0.9), ("b", ""): well}
    assert order(viewing(A, B, circuits=slightly, incumbents={"default": long_ago}))[0] == "a"
    few = {("a", ""): doing(0.0, samples=2), ("b", ""): well}
    assert order(viewing(A, B, circuits=few, incumbents={"default": long_ago}))[0] == "a"


@pytest.mark.feature("F2.13")
def test_who_was_chosen_in_another_order_does_not_stay_where_somebody_changed_the_chain() -> None:
    """The new first one was never asked: by its score alone it would wait for ever."""
    served = {("b", ""): doing(1.0)}
    for order_then, chosen in (((), "b"), (("a", "b"), "b"), (("b", "a"), "a"), (("b",), "a")):
        incumbent = Incumbent(provider="b", since=NOW - 600, order=order_then)
        choice = choose(viewing(A, B, circuits=served, incumbents={"default": incumbent}), need(), NOW)
        assert (choice.chosen, choice.inputs["order"]) == (chosen, ["a", "b"])


@pytest.mark.feature("F2.6")
@pytest.mark.parametrize(
    ("kind", "trigger"), [("authentication", "immediate"), ("timeout", "threshold"), ("slow", "threshold")]
)
def test_an_open_circuit_bypasses_hysteresis(kind: str, trigger: str) -> None:
    out = dataclasses.replace(OUT, failure_kind=kind)
    view = viewing(A, B, circuits={("a", ""): out}, incumbents={"default": Incumbent(provider="a", since=NOW - 1)})
    choice = choose(view, need(), NOW)
    assert (choice.chosen, choice.trigger, choice.previous) == ("b", trigger, "a")


def test_a_clock_that_was_set_back_keeps_nobody_in_its_place() -> None:
    view = viewing(A, B, circuits={("a", ""): doing(), ("b", ""): doing()})
    later = dataclasses.replace(view, incumbents={"default": Incumbent(provider="b", since=NOW + 3600)})
    assert choose(later, need(), NOW).trigger == "restored"
    just = dataclasses.replace(view, incumbents={"default": Incumbent(provider="b", since=NOW + 1)})
    assert choose(just, need(), NOW).chosen == "b"


@pytest.mark.feature("F2.6")
def test_the_primary_comes_back() -> None:
    served = {"default": Incumbent(provider="b", since=NOW - 25)}
    view = viewing(A, B, circuits={("a", ""): doing(), ("b", ""): doing()}, incumbents=served)
    choice = choose(view, need(), NOW)
    assert (choice.chosen, choice.trigger, choice.previous) == ("a", "restored", "b")
    soon = dataclasses.replace(view, incumbents={"default": Incumbent(provider="b", since=NOW - 5)})
    assert order(soon)[0] == "b"
    gone = dataclasses.replace(view, incumbents={"default": Incumbent(provider="gone", since=NOW - 5)})
    choice = choose(gone, need(), NOW)
    assert (choice.chosen, choice.trigger) == ("a", "changed")


@pytest.mark.feature("F2.6")
def test_by_performance_two_equal_ones_do_not_take_turns() -> None:
    circuits = {("a", ""): doing(0.9), ("b", ""): doing(1.0)}
    serves = {"default": Incumbent(provider="a", since=NOW - 600)}
    view = viewing(A, B, strategy=Strategy.PERFORMANCE_BASED, circuits=circuits, incumbents=serves)
    assert order(view) == ["a", "b"]
    much = dataclasses.replace(view, circuits={("a", ""): doing(0.4), ("b", ""): doing(1.0)})
    choice = choose(much, need(), NOW)
    assert (choice.chosen, choice.trigger, choice.previous) == ("b", "preventive", "a")


@pytest.mark.feature("F2.6")
def test_what_speaks_against_one_that_is_not_asked_fades() -> None:
    poor = dataclasses.replace(doing(0.0, error_severity=0.7, trend=-0.3), heard_at=NOW - 5)
    serves = {"default": Incumbent(provider="b", since=NOW - 60)}
    view = viewing(A, B, circuits={("a", ""): poor, ("b", ""): doing()}, incumbents=serves)
    assert order(view) == ["b", "a"]
    long_ago = dataclasses.replace(poor, heard_at=NOW - 120)
    assert order(dataclasses.replace(view, circuits={("a", ""): long_ago, ("b", ""): doing()})) == ["a", "b"]


@pytest.mark.feature("F2.6")
def test_a_special_case_does_not_change_who_serves() -> None:
    serves = {"default": Incumbent(provider="a", since=NOW - 60)}
    small, large = target("a", context_window=10), target("b", context_window=10_000)
    choice = choose(viewing(small, large, incumbents=serves), need(), NOW, demand=Demand(input_tokens=100))
    assert (choice.chosen, choice.leader, choice.previous, choice.trigger) == ("b", "", "", "")
    choice = choose(viewing(A, B, incumbents=serves), need(avoid=("a",)), NOW)
    assert (choice.chosen, choice.leader, choice.previous) == ("b", "", "")
    choice = choose(viewing(A, B, incumbents=serves), need(prefer=("b",)), NOW)
    assert (choice.chosen, choice.leader) == ("b", "")
    choice = choose(viewing(A, B, incumbents=serves, strategy=Strategy.ROUND_ROBIN), need(), NOW)
    assert choice.leader == ""
    assert choose(viewing(A, B, incumbents=serves), need(), NOW).leader == "a"
    choice = choose(viewing(A, B, incumbents=serves), need(), NOW, local=Local(doubted=frozenset({"a"})))
    assert (choice.chosen, choice.leader) == ("b", "a")
