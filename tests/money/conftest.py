"""A workspace, its budgets, and many who spend at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from autodev.accounts.models import Workspace
from providers.models import Budget
from providers.models.money import BudgetScope
from providers.money.months import now, period_of
from tests.factories.accounts import WorkspaceFactory

MakeBudget = Callable[..., Budget]


@pytest.fixture
def workspace(db: None) -> Workspace:
    return WorkspaceFactory.create()


@pytest.fixture
def budget(workspace: Workspace) -> MakeBudget:
    """`budget(scope, subject_id=None, usd=…, calls=…)` makes a row of the fixture's workspace."""

    def make(
        scope: BudgetScope = BudgetScope.WORKSPACE,
        subject_id: uuid.UUID | None = None,
        *,
        usd: str | None = None,
        calls: int | None = None,
        **more: Any,
    ) -> Budget:
        period = period_of(now()) if scope == BudgetScope.MONTH else ""
        return Budget.objects.create(
            workspace=workspace,
            scope=scope,
            subject_id=subject_id or workspace.pk,
            limit_usd=None if usd is None else Decimal(usd),
            limit_calls=calls,
            **{"period": period, **more},
        )

    return make
