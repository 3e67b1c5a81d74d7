"""A strategy replayed against the ledger, by hand, by command, over REST and on the decision's page."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from typer.testing import CliRunner

from autodev.accounts.models import Workspace
from autodev.cli import app
from autodev.cli.workspaces import workspace_of
from autodev.lib.ids import new_id
from providers import ledger
from providers.chat import TokenUsage
from providers.ledger.replays import by_strategy, compared
from providers.live.view import ChainView, Incumbent, WorkspaceView
from providers.models import Decision, Provider
from providers.money.prices import most
from providers.routing.choose import choose
from providers.routing.demand import Demand
from providers.routing.local import Local
from providers.routing.need import Need
from providers.routing.ports import Reservation
from providers.states import CallOutcome, Strategy
from providers.targets import Key, Price, Secret, Target
from tests.cast import Cast, cast, key_client, signed_in
from tests.factories.accounts import WorkspaceFactory
from tests.ledger.conftest import settlement

__all__ = ["cast"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("F2.7")]
NOW = 1_700_000_000.0
PRICES = {
    "dear": Price(input_usd=Decimal(10), output_usd=Decimal(50)),
    "cheap": Price(input_usd=Decimal(1), output_usd=Decimal(2)),
}


def targets(workspace: Workspace) -> dict[str, Target]:
    found = {}
    for name, price in PRICES.items():
        row, _ = Provider.objects.get_or_create(workspace=workspace, name=name, defaults={"kind": "litellm"})
        key = Key(id=None, name="k", secret=Secret("s"))
        found[name] = Target(
            id=row.pk, workspace_id=workspace.pk, name=name, kind="litellm", model=name, keys=(key,), price=price
        )
    return found


def request(
    workspace: Workspace, *, turn: int = 0, now: float = NOW, outcome: CallOutcome = CallOutcome.SUCCEEDED, **more: Any
) -> None:
    """A request of 1,000 tokens in and 100 out, by the chain dear, cheap; who is chosen ends with `outcome`."""
    fleet, need = targets(workspace), Need(workspace_id=workspace.pk, task_kind="repair")
    strategy = more.pop("strategy", Strategy.PRIMARY_SECONDARY)
    chain = ChainView(task_kind="default", strategy=strategy, providers=tuple(fleet))
    view = WorkspaceView(workspace_id=workspace.pk, targets=fleet, chains={"default": chain}, **more)
    demand = Demand(input_tokens=1000, output_tokens=100)

    def estimate(one: Target) -> Decimal | None:
        return most(one.price, input_tokens=1000, output_tokens=100) if one.price else None

    choice = choose(view, need, now, demand=demand, local=Local(turn=turn, estimate=estimate))
    target = choice.candidates[0].target
    reserved = ledger.reserve(
        Reservation(
            need=need, request_id=new_id(), attempt=1, target=target, key=None, estimate_usd=Decimal(0),
            input_tokens=1000, choice=choice, decision_id=None,
        )
    )  # fmt: skip
    usage = TokenUsage(input_tokens=1000, output_tokens=100)
    ledger.settle(
        reserved.call_id, settlement(outcome, usage=usage, total_ms=300.0 if target.name == "dear" else 900.0)
    )


def test_what_another_strategy_would_have_come_to() -> None:
    workspace = WorkspaceFactory.create()
    for turn in range(4):
        request(workspace, turn=turn)
    request(workspace, incumbents={"repair": Incumbent(provider="cheap", since=NOW - 1)}, outcome=CallOutcome.FAILED)
    request(WorkspaceFactory.create())
    same = compared(workspace.pk, Strategy.PRIMARY_SECONDARY)
    assert (same.decisions, same.replayed, same.moved) == (5, 5, 0)
    assert same.then == same.now == {"dear": 4, "cheap": 1}
    found = compared(workspace.pk, Strategy.COST_BASED)
    assert (found.moved, dict(found.now)) == (4, {"cheap": 5})
    # Only requests that were answered have tokens to count: 1,000 in and 100 out, four times.
    assert (found.cost_then_usd, found.cost_now_usd) == (Decimal("0.06"), Decimal("0.0048"))
    assert (found.success_then, found.success_now) == (0.8, 0.0)
    assert (found.ms_then, found.ms_now) == (300.0, None)
    turns = compared(workspace.pk, Strategy.ROUND_ROBIN, newest=4)
    assert (turns.decisions, dict(turns.now)) == (4, {"dear": 2, "cheap": 2})
    assert compared(workspace.pk, Strategy.COST_BASED, task_kind="plan").decisions == 0


def test_hysteresis_goes_by_who_would_have_served() -> None:
    workspace = WorkspaceFactory.create()
    request(workspace, strategy=Strategy.COST_BASED)
    for second in range(1, 4):
        serving = {"repair": Incumbent(provider="cheap", since=NOW - 300)}
        request(workspace, strategy=Strategy.PRIMARY_SECONDARY, now=NOW + second, incumbents=serving)
    found = compared(workspace.pk, Strategy.PERFORMANCE_BASED)
    assert dict(found.then) == {"cheap": 1, "dear": 3}
    assert found.replayed == 4
    assert sum(found.now.values()) == 4


def test_decisions_of_before_are_passed_over() -> None:
    workspace = WorkspaceFactory.create()
    request(workspace)
    Decision.objects.update(inputs={"leader": "dear"})
    found = compared(workspace.pk, Strategy.COST_BASED)
    assert (found.decisions, found.replayed) == (1, 0)
    assert by_strategy(Decision.objects.get()) == {}


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    workspace, _ = workspace_of("")
    assert "no decision yet" in CliRunner().invoke(app, ["providers", "replay", "cost_based"]).stdout
    request(workspace)
    done = CliRunner().invoke(app, ["providers", "replay", "cost_based", "--json"])
    assert json.loads(done.stdout)["now"] == {"cheap": 1}
    shown = CliRunner().invoke(app, ["providers", "replay", "cost_based", "--kind", "repair", "--last", "5"])
    assert "1 of 1 decisions replayed by cost_based; 1 would have gone to another provider." in shown.stdout
    assert "first asked: cheap" in shown.stdout
    wrong = CliRunner().invoke(app, ["providers", "replay", "cheapest"])
    assert (wrong.exit_code, "there are: primary_secondary" in wrong.stderr) == (2, True)


def test_a_decisions_page_and_rest_show_it(cast: Cast) -> None:
    request(cast.workspace)
    row = Decision.objects.get()
    client, key = signed_in(cast.owner), key_client(cast, cast.owner, "read")
    page = client.get(reverse("providers:decision", args=[cast.workspace.slug, row.pk])).content.decode()
    assert "By each strategy" in page
    assert "cheap → dear" in page
    found = key.get(f"/api/v1/routing/decisions/{row.pk}/").json()
    assert found["by_strategy"]["cost_based"] == ["cheap", "dear"]
    assert found["by_strategy"]["primary_secondary"] == ["dear", "cheap"]
    Decision.objects.filter(pk=row.pk).update(inputs={})
    page = client.get(reverse("providers:decision", args=[cast.workspace.slug, row.pk])).content.decode()
    assert "By each strategy" not in page
    assert client.get(reverse("providers:decision", args=[cast.workspace.slug, uuid.uuid4()])).status_code == 404
