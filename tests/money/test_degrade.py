"""Near the limit the cheaper one is asked before anybody is refused."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from django.db import transaction

from autodev.accounts.models import Workspace
from providers.config import loading
from providers.config.defaults import ensure_defaults
from providers.live.pressure import budgets_of
from providers.live.versions import read
from providers.live.view import WorkspaceView
from providers.models.money import BudgetScope
from providers.money.budgets import BudgetExhausted, Spender, reserve, settle
from providers.money.prices import estimate
from providers.routing.choose import choose
from providers.routing.local import Local
from providers.routing.need import Need
from providers.services.budgets import budget_set
from providers.services.providers import provider_update
from providers.services.settings import settings_change
from providers.targets import Key, Secret
from tests.money.test_cache import REQUEST

pytestmark = pytest.mark.django_db


def view_of(workspace: Workspace) -> WorkspaceView:
    """The workspace as it stands, each provider with a key."""
    found = loading.load(workspace.pk)
    key = Key(id=None, name="env:X", secret=Secret("x"))
    targets = {name: dataclasses.replace(one, keys=(key,)) for name, one in found.targets.items()}
    budgets = budgets_of([workspace.pk], read().now)[workspace.pk]
    return WorkspaceView(workspace_id=workspace.pk, targets=targets, chains=found.chains, budgets=budgets)


def order(view: WorkspaceView) -> list[str]:
    local = Local(estimate=lambda target: estimate(target, REQUEST, 1000))
    return [one.name for one in choose(view, Need(workspace_id=view.workspace_id), read().now, local=local).candidates]


@pytest.mark.feature("F2.14")
def test_from_the_warning_on_the_cheaper_one_comes_first_and_only_then_a_refusal(workspace: Workspace) -> None:
    ensure_defaults(workspace)
    settings_change(workspace=workspace, actor=None, changes={"budgets": {"warn_at": 0.5}})
    budget_set(workspace=workspace, actor=None, scope=BudgetScope.WORKSPACE, limit_usd=Decimal(10))
    spender = Spender(workspace_id=workspace.pk)
    cheap = {"kind": "litellm", "model": "openai/gpt-5-nano", "keys": ["env:OPENAI_API_KEY"]}
    provider_update(workspace=workspace, actor=None, name="gpt", part=cheap)
    assert order(view_of(workspace))[:2] == ["claude", "gpt"]
    settle(reserve(spender, usd=Decimal(9)), usd=Decimal("9.9"))
    view = view_of(workspace)
    assert view.pressure() == pytest.approx(0.99)
    assert order(view)[:2] == ["gpt", "claude"]
    dear, small = (estimate(view.targets[name], REQUEST, 1000) for name in ("claude", "gpt"))
    with pytest.raises(BudgetExhausted), transaction.atomic():
        reserve(spender, usd=dear)
    assert small < Decimal("0.1") < dear
    assert reserve(spender, usd=small).usd == small
    with pytest.raises(BudgetExhausted), transaction.atomic():
        reserve(spender, usd=Decimal("0.1"))
