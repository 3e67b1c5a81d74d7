"""What a process reads of a workspace when it begins."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from autodev.lib.ids import new_id
from providers.failures.kinds import FailureKind
from providers.live.results import Reset, Worked
from providers.models import Budget, Decision
from providers.models.money import BudgetScope
from providers.states import BreakerState
from tests.live.cast import Process, fleet, row

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_leads_since_when_is_read_from_the_decisions() -> None:
    workspace = fleet("one", "two")
    start = dt.datetime(2026, 11, 21, 6, tzinfo=dt.UTC)
    for minute, (kind, leader) in enumerate(
        [("analyse", "one"), ("analyse", "two"), ("plan", "one"), ("analyse", "one"), ("analyse", "one")]
    ):
        made = Decision.objects.create(
            workspace=workspace, task_kind=kind, strategy="round_robin", chosen="two", inputs={"leader": leader}
        )
        Decision.objects.filter(pk=made.pk).update(created_at=start + dt.timedelta(minutes=minute))
    Decision.objects.create(workspace=workspace, task_kind="repair", strategy="round_robin")
    Decision.objects.create(
        workspace=workspace, task_kind="review", strategy="x", inputs={"leader": "two", "order": ["two", "one"]}
    )
    view = Process(workspace).state.view(workspace.pk)
    assert view is not None
    assert view.incumbents["review"].order == ("two", "one")
    assert view.incumbents["plan"].order == ()
    assert {kind: (one.provider, one.since) for kind, one in view.incumbents.items() if kind != "review"} == {
        "analyse": ("one", (start + dt.timedelta(minutes=3)).timestamp()),
        "plan": ("one", (start + dt.timedelta(minutes=2)).timestamp()),
    }


def test_budgets_of_a_project_and_of_young_builds_and_none_of_another_month() -> None:
    workspace = fleet("one")
    project, build = new_id(), new_id()
    wanted = {"limit_usd": Decimal(10), "spent_usd": Decimal(4), "reserved_usd": Decimal(1)}
    Budget.objects.create(workspace=workspace, scope=BudgetScope.PROJECT, subject_id=project, **wanted)
    Budget.objects.create(workspace=workspace, scope=BudgetScope.BUILD, subject_id=build, limit_calls=0)
    Budget.objects.create(workspace=workspace, scope=BudgetScope.MONTH, subject_id=workspace.pk, period="2001-01")
    view = Process(workspace).state.view(workspace.pk)
    assert view is not None
    assert {(one.scope, one.pressure, one.left_usd) for one in view.budgets} == {
        ("project", 0.5, Decimal(5)),
        ("build", 1.0, None),
    }
    assert (view.pressure(), view.pressure(project), view.pressure(project, build)) == (0.0, 0.5, 1.0)


def test_a_person_closes_a_breaker_for_all_processes() -> None:
    workspace = fleet("one", "two")
    here, there = Process(workspace), Process(workspace)
    here.fails("one", FailureKind.QUOTA)
    here.share()
    there.state.poll()
    place = (there.target("one").id, "")
    there.state.happened(workspace.pk, place, Reset(at=there.state.moment()))
    there.state.write_failures()
    here.state.poll()
    assert here.circuit("one").closed
    assert row(place[0]).state == BreakerState.CLOSED


@pytest.mark.feature("F2.5")
def test_the_quality_of_answers_is_part_of_the_view() -> None:
    workspace = fleet("one", "two")
    here, there = Process(workspace), Process(workspace)
    for passed in (True, True, False):
        here.state.happened(workspace.pk, (here.target("one").id, ""), Worked(passed=passed))
    here.state.write_failures()
    there.state.poll()
    view = there.state.view(workspace.pk)
    assert view is not None
    assert set(view.quality) == {"one"}
    assert view.quality["one"].checked == 3
    assert view.quality["one"].share == pytest.approx(0.8)
