"""Who works, in which order: the chain, the gates, the circuits, and our own agent in the place of all models."""

from __future__ import annotations

from typing import Any

import pytest

from autodev.contracts.job import JobKind
from providers.kinds import agents
from providers.kinds.base import ProviderKind
from providers.live.view import ChainView, Circuit, Incumbent, RuleView, WorkspaceView
from providers.routing.dry import dry_run
from providers.routing.need import Need
from providers.states import BreakerState, CallPurpose, Strategy
from providers.targets import Target
from providers.workers.order import Order, ordered, work_kind
from tests.routing.fakes import EPOCH, WORKSPACE, target
from tests.switching.desk import Desk, Kind, avoiding
from tests.switching.plugged import Plug, plug

__all__ = ["plug"]
pytestmark = pytest.mark.feature("F2.11", "F2.2")
OWN, PLUGIN, LAST = Kind("agent"), Kind("elsewhere"), Kind("blueprint", kinds=())
LAST.emergency = True
OUT = Circuit(state=BreakerState.OPEN, until=EPOCH + 30, failure_kind="framework_error", reason="it broke, 3 times")


def program(name: str, kind: str = "robot", **given: Any) -> Target:
    return target(name, kind=kind, keys=(), needs_key=False, model="", price=None, capabilities=frozenset(), **given)


def model(name: str, **given: Any) -> Target:
    return target(name, kind="litellm", **given)


def viewing(*targets: Target, chain: tuple[str, ...] = (), **more: Any) -> WorkspaceView:
    view = ChainView(
        task_kind="repair", strategy=Strategy.PRIMARY_SECONDARY, providers=chain or tuple(one.name for one in targets)
    )
    return WorkspaceView(
        workspace_id=WORKSPACE, targets={one.name: one for one in targets}, chains={"repair": view}, **more
    )


def order(view: WorkspaceView, *kinds: ProviderKind, **job: Any) -> Order:
    return ordered(Desk().job(workspace_id=WORKSPACE, **job), view, EPOCH, kinds or (OWN, PLUGIN, LAST))


def names(found: Order) -> list[str]:
    return [one.name for one in found.workers]


@pytest.fixture(autouse=True)
def robot(plug: Plug) -> Kind:
    made = Kind("robot", kinds=(JobKind.REPAIR, JobKind.IMPLEMENT))
    plug(made, Kind("absent", missing="robotd is not installed"))
    return made


def test_models_are_one_worker_at_the_place_of_the_first() -> None:
    view = viewing(program("r1"), model("a"), program("r2"), model("b"))
    found = order(view)
    assert names(found) == ["r1", "agent", "r2", "elsewhere", "blueprint"]
    assert found.workers[1].reason.startswith("on a, b: ")
    assert found.workers[0].target is not None
    assert found.choice is not None


def test_without_a_program_in_the_chain_nothing_was_chosen() -> None:
    found = order(viewing(model("a"), program("r1"), chain=("a",)))
    assert (names(found), found.choice) == (["agent", "elsewhere", "blueprint"], None)


def test_an_open_circuit_passes_over_a_program_and_says_until_when() -> None:
    found = order(viewing(program("r1"), model("a"), circuits={("r1", ""): OUT}))
    assert names(found) == ["agent", "elsewhere", "blueprint"]
    assert [(one.name, one.until) for one in found.away] == [("r1", EPOCH + 30)]


def test_where_only_open_ones_are_left_no_program_is_tried() -> None:
    """Their circuits are for a probe to close."""
    found = order(viewing(program("r1"), circuits={("r1", ""): OUT}), LAST)
    assert names(found) == ["blueprint"]
    assert [one.name for one in found.away] == ["r1"]


def test_our_agent_says_itself_that_no_model_can_be_asked() -> None:
    found = order(viewing(program("r1"), model("a", keys=())))
    assert names(found)[:2] == ["r1", "agent"]
    assert names(order(viewing(program("r1"))))[:2] == ["r1", "elsewhere"]


@pytest.mark.parametrize("avoided", ["r1", "robot"])
def test_what_is_avoided_by_name_or_by_kind_is_seen_by_the_worker(avoided: str) -> None:
    found = order(viewing(program("r1"), model("a")), guidance=avoiding(avoided))
    left = [one.name for one in found.workers if not one.avoided((avoided,))]
    assert left == ["agent", "elsewhere", "blueprint"]


def test_a_model_that_is_avoided_leaves_our_agent_to_the_others() -> None:
    found = order(viewing(model("a"), program("r1"), model("b")), guidance=avoiding("a"))
    assert names(found)[:2] == ["r1", "agent"]
    assert found.workers[1].reason.startswith("on b: ")


def test_what_cannot_run_here_is_told_and_passed_over(robot: Kind) -> None:
    view = viewing(program("r1", "absent"), model("a"))
    found = order(view)
    assert names(found)[0] == "agent"
    assert found.choice is not None
    assert [(one.gate, one.reason) for one in found.choice.excluded] == [("program", "robotd is not installed")]
    assert agents.why_not("robot", "review") == "does no review jobs"


def test_rules_and_the_flag_hold_for_programs_too() -> None:
    view = viewing(program("r1"), model("a"), program("r2"))
    rule = RuleView(name="r", position=1, when={}, then={"prefer": ["r2"]})
    assert names(order(viewing(*view.targets.values(), rules=(rule,))))[0] == "r2"
    off = viewing(*view.targets.values(), fallback=False)
    assert names(order(off)) == ["r1", "elsewhere", "blueprint"]
    # The program that is the only worker then still has a model to ask.
    need = Need(workspace_id=WORKSPACE, task_kind="repair", purpose=CallPurpose.GATEWAY)
    assert [one.name for one in dry_run(off, need, EPOCH).candidates] == ["a"]


def test_who_served_is_remembered_apart_from_the_models() -> None:
    view = viewing(
        program("r1"), model("a"), incumbents={"repair": Incumbent(provider="a", since=EPOCH)},
    )  # fmt: skip
    assert names(order(view))[0] == "r1"
    since = Incumbent(provider="a", since=EPOCH - 5)
    stayed = viewing(program("r1"), model("a"), incumbents={work_kind("repair"): since})
    assert names(order(stayed))[0] == "agent"


def test_the_router_never_asks_a_program_for_words() -> None:
    view = viewing(program("r1"), model("a"))
    need = Need(workspace_id=WORKSPACE, task_kind="repair", purpose=CallPurpose.GATEWAY)
    choice = dry_run(view, need, EPOCH)
    assert [one.name for one in choice.candidates] == ["a"]
    assert [(one.name, one.gate) for one in choice.excluded] == [("r1", "kind")]
    # A job's dry run shows it at its place.
    job = dry_run(view, Need(workspace_id=WORKSPACE, task_kind="repair"), EPOCH)
    assert [one.name for one in job.candidates] == ["r1", "a"]
