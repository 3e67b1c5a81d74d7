"""Budgets and prices as a person sets them."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import transaction

from autodev.accounts.models import Workspace
from autodev.events.models import Event
from providers.live import versions
from providers.models import Budget, Call, PriceOverride, RoutingSettings
from providers.models.money import BudgetScope
from providers.money.budgets import BudgetExhausted, Spender, reserve
from providers.services.budgets import budget_remove, budget_set
from providers.services.errors import NoSuchThing, NotALimit
from providers.services.prices import price_remove, price_set
from providers.states import CallState
from tests.factories.accounts import UserFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


def call(workspace: Workspace, usd: str, *, state: CallState = CallState.SETTLED, **more: object) -> Call:
    values = {"cost_usd": Decimal(usd)} if state == CallState.SETTLED else {"reserved_usd": Decimal(usd)}
    return Call.objects.create(
        workspace=workspace, request_id=uuid.uuid4(), provider_name="one", state=state, **{**values, **more}
    )


@pytest.mark.feature("F2.14")
def test_a_new_budget_knows_what_was_spent_before(workspace: Workspace) -> None:
    project, build = uuid.uuid4(), uuid.uuid4()
    call(workspace, "1", project_id=project, build_id=build)
    call(workspace, "0.5", project_id=project, state=CallState.RESERVED)
    call(workspace, "8", emergency=True)
    call(workspace, "8", cache_hit=True)
    old = call(workspace, "2")
    Call.objects.filter(pk=old.pk).update(started_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    call(WorkspaceFactory.create(), "9", project_id=project, build_id=build)
    user, before = UserFactory.create(), versions.read().config
    found = {
        scope: budget_set(workspace=workspace, actor=user, scope=scope, subject_id=subject, limit_usd=Decimal(9))
        for scope, subject in {
            BudgetScope.WORKSPACE: None,
            BudgetScope.MONTH: None,
            BudgetScope.PROJECT: project,
            BudgetScope.BUILD: build,
        }.items()
    }
    spent = {scope: (row.spent_usd, row.spent_calls) for scope, row in found.items()}
    assert spent == {
        BudgetScope.WORKSPACE: (Decimal("3.5"), 3),
        BudgetScope.MONTH: (Decimal("1.5"), 2),
        BudgetScope.PROJECT: (Decimal("1.5"), 2),
        BudgetScope.BUILD: (Decimal(1), 1),
    }
    assert versions.read().config == before + 4
    event = Event.objects.filter(type="budget.set").order_by("-pk")[0]
    assert (event.actor, event.payload["scope"], event.payload["limit_usd"]) == (user, "build", "9")


def test_a_limit_is_changed_without_touching_the_counters(workspace: Workspace) -> None:
    RoutingSettings.objects.create(workspace=workspace, document={"budgets": {"warn_at": 0.6}})
    first = budget_set(workspace=workspace, actor=None, scope=BudgetScope.WORKSPACE, limit_calls=1)
    assert first.warn_at == 0.6
    spender = Spender(workspace_id=workspace.pk)
    reserve(spender, usd=Decimal("0.25"))
    with pytest.raises(BudgetExhausted), transaction.atomic():
        reserve(spender, usd=Decimal(0))
    budget_set(workspace=workspace, actor=None, scope=BudgetScope.WORKSPACE, limit_calls=2, warn_at=0.9)
    reserve(spender, usd=Decimal("0.25"))
    row = Budget.objects.get()
    assert (row.pk, row.reserved_usd, row.reserved_calls, row.warn_at) == (first.pk, Decimal("0.5"), 2, 0.9)
    budget_remove(workspace=workspace, actor=None, scope=BudgetScope.WORKSPACE)
    assert reserve(spender, usd=Decimal(1000)).budgets == ()
    with pytest.raises(NoSuchThing):
        budget_remove(workspace=workspace, actor=None, scope=BudgetScope.WORKSPACE)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"limit_usd": Decimal(-1)},
        {"limit_usd": Decimal("NaN")},
        {"limit_usd": Decimal(10) ** 8},
        {"limit_calls": -1},
        {"limit_calls": 1, "warn_at": 1.5},
        {"limit_calls": 1, "scope": BudgetScope.BUILD},
    ],
)
def test_what_cannot_be_a_limit(workspace: Workspace, values: dict[str, object]) -> None:
    with pytest.raises(NotALimit):
        budget_set(**{"workspace": workspace, "actor": None, "scope": BudgetScope.WORKSPACE, **values})  # type: ignore[arg-type] # any of them
    assert not Budget.objects.exists()


def test_prices_are_set_and_taken_away_with_an_event(workspace: Workspace) -> None:
    row = price_set(
        workspace=workspace, actor=None, model=" acme/new ", input_usd=Decimal(1), output_usd=Decimal(2),
        cached_usd=Decimal("0.1"),
    )  # fmt: skip
    assert (row.model, Event.objects.get(type="price.set").payload["input_usd"]) == ("acme/new", "1")
    with pytest.raises(NoSuchThing):
        price_remove(workspace=WorkspaceFactory.create(), actor=None, price_id=row.pk)
    price_remove(workspace=workspace, actor=None, price_id=row.pk)
    assert not PriceOverride.objects.exists()
    for values in ({"model": " "}, {"input_usd": Decimal(-1)}, {"output_usd": Decimal("Infinity")}):
        good = {"model": "a/b", "input_usd": Decimal(1), "output_usd": Decimal(1)}
        with pytest.raises(NotALimit):
            price_set(workspace=None, actor=None, **{**good, **values})  # type: ignore[arg-type] # any of them
