"""How long the ledger is kept, and what stays known of what went."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from pytest_django import Settings

from autodev.accounts.models import Workspace
from autodev.lib.clock import shifted
from providers import ledger
from providers.ledger import retention
from providers.models import Call, Decision, JobToken, SpentBefore
from providers.models.money import BudgetScope
from providers.services.budgets import spent_before
from providers.services.job_tokens import job_token_create
from providers.states import CallPurpose, CallState

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F2.5")]
DAY = 86_400.0


def call(workspace: Workspace, usd: str = "1", **more: object) -> Call:
    values = {"state": CallState.SETTLED, "cost_usd": Decimal(usd), "provider_name": "one", "request_id": uuid.uuid4()}
    return Call.objects.create(workspace=workspace, **{**values, **more})


def totals(workspace: Workspace, build: uuid.UUID, project: uuid.UUID) -> list[tuple[Decimal, int]]:
    return [
        spent_before(workspace, BudgetScope.WORKSPACE, workspace.pk),
        spent_before(workspace, BudgetScope.PROJECT, project),
        spent_before(workspace, BudgetScope.BUILD, build),
    ]


def test_what_is_older_goes_and_every_total_stays(workspace: Workspace, settings: Settings) -> None:
    settings.AUTODEV_LEDGER_DAYS = 30
    build, project = uuid.uuid4(), uuid.uuid4()
    decision = Decision.objects.create(workspace=workspace, task_kind="plan", strategy="x")
    for number in range(7):
        call(workspace, f"0.{number}", build_id=build, project_id=project, decision=decision)
    call(workspace, "5")
    call(workspace, "8", emergency=True)
    call(workspace, "8", cache_hit=True)
    call(workspace, "0", purpose=CallPurpose.PROBE)
    open_one = call(workspace, "0", state=CallState.RESERVED, reserved_usd=Decimal(2))
    before = totals(workspace, build, project)
    assert before[2] == (Decimal("2.1"), 7)
    assert ledger.forget() == 0
    with shifted(31 * DAY):
        assert ledger.forget() == 12
        assert totals(workspace, build, project) == before
        assert list(Call.objects.values_list("pk", flat=True)) == [open_one.pk]
        assert not Decision.objects.exists()
        assert ledger.forget() == 0
    assert {(row.build_id, row.calls) for row in SpentBefore.objects.all()} == {(build, 7), (None, 1)}


def test_for_ever_is_for_ever_but_for_probes(workspace: Workspace, settings: Settings) -> None:
    settings.AUTODEV_LEDGER_DAYS = 0
    kept = call(workspace)
    call(workspace, purpose=CallPurpose.PROBE)
    with shifted(6 * DAY):
        assert ledger.forget() == 0
    with shifted(5000 * DAY):
        assert ledger.forget() == 1
    assert list(Call.objects.all()) == [kept]


def test_it_goes_in_batches(workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AUTODEV_LEDGER_DAYS = 1
    monkeypatch.setattr(retention, "A_BATCH", 3)
    monkeypatch.setattr(retention, "BATCHES", 2)
    for _ in range(10):
        call(workspace, "0.5")
    with shifted(2 * DAY):
        assert [ledger.forget() for _ in range(3)] == [6, 4, 0]
        assert spent_before(workspace, BudgetScope.WORKSPACE, workspace.pk) == (Decimal(5), 10)


def test_tokens_of_jobs_that_ended_go(workspace: Workspace) -> None:
    job_token_create(workspace_id=workspace.pk, lifetime=dt.timedelta(hours=1))
    with shifted(DAY):
        assert ledger.forget() == 0
    with shifted(DAY + 3700):
        assert ledger.forget() == 1
    assert not JobToken.objects.exists()


def test_probes_are_nothing_that_a_budget_pays_for(workspace: Workspace) -> None:
    call(workspace, "0", purpose=CallPurpose.PROBE)
    assert spent_before(workspace, BudgetScope.WORKSPACE, workspace.pk) == (Decimal(0), 0)
