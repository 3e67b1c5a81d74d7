"""Reserve, settle, release; what was left behind; the months; which budgets count."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from unittest import mock

import pytest
from django.db import IntegrityError, transaction

from autodev.accounts.models import Workspace
from autodev.lib.clock import shifted
from providers.models import Budget
from providers.models.money import BudgetScope
from providers.money import budgets, months
from providers.money.budgets import BudgetExhausted, Spender, release, reserve, settle, stored
from tests.factories.accounts import WorkspaceFactory
from tests.money.conftest import MakeBudget

pytestmark = pytest.mark.django_db
DAY_S = 86_400.0


@pytest.fixture
def spender(workspace: Workspace) -> Spender:
    return Spender(workspace_id=workspace.pk, project_id=uuid.uuid4(), build_id=uuid.uuid4())


def test_without_a_budget_nothing_is_held_back(spender: Spender) -> None:
    held = reserve(spender, usd=Decimal(1000))
    assert held.budgets == ()
    settle(held, usd=Decimal(1))


def test_a_settlement_gives_back_what_was_too_much(spender: Spender, budget: MakeBudget) -> None:
    row = budget(usd="1")
    held = reserve(spender, usd=Decimal("0.8"))
    with pytest.raises(BudgetExhausted) as refused, transaction.atomic():
        reserve(spender, usd=Decimal("0.3"))
    assert (refused.value.scope, refused.value.subject_id) == (BudgetScope.WORKSPACE, spender.workspace_id)
    settle(held, usd=Decimal("0.25"))
    reserve(spender, usd=Decimal("0.75"))
    row.refresh_from_db()
    assert (row.spent_usd, row.reserved_usd) == (Decimal("0.25"), Decimal("0.75"))
    assert (row.spent_calls, row.reserved_calls) == (1, 1)


def test_a_call_that_cost_more_than_was_thought_is_counted_in_full(spender: Spender, budget: MakeBudget) -> None:
    row = budget(usd="1")
    settle(reserve(spender, usd=Decimal("0.9")), usd=Decimal("1.5"))
    row.refresh_from_db()
    assert row.spent_usd == Decimal("1.5")
    with pytest.raises(BudgetExhausted):
        reserve(spender, usd=Decimal(0))


def test_a_call_that_was_never_sent_costs_nothing(spender: Spender, budget: MakeBudget) -> None:
    row = budget(calls=1)
    release(reserve(spender, usd=Decimal("0.1")))
    row.refresh_from_db()
    assert (row.spent_calls, row.reserved_calls, row.spent_usd) == (0, 0, Decimal(0))


def test_what_an_orphan_reserved_counts_until_it_is_swept(spender: Spender, budget: MakeBudget) -> None:
    """The process died between its two transactions; another one settles the row that it left."""
    row = budget(usd="1", calls=2)
    orphan = reserve(spender, usd=Decimal("0.7"))
    on_the_row = [str(one) for one in orphan.budgets], orphan.usd
    with pytest.raises(BudgetExhausted), transaction.atomic():
        reserve(spender, usd=Decimal("0.4"))
    settle(stored(on_the_row[0], usd=on_the_row[1]), usd=Decimal("0.7"))
    with pytest.raises(BudgetExhausted), transaction.atomic():
        reserve(spender, usd=Decimal("0.4"))
    row.refresh_from_db()
    assert (row.spent_usd, row.reserved_usd, row.spent_calls) == (Decimal("0.7"), Decimal(0), 1)


def test_to_settle_twice_is_refused_by_the_database(spender: Spender, budget: MakeBudget) -> None:
    budget(calls=5)
    held = reserve(spender, usd=Decimal(0))
    settle(held, usd=Decimal(0))
    with pytest.raises(IntegrityError), transaction.atomic():
        settle(held, usd=Decimal(0))


def test_the_narrowest_is_touched_first_and_a_refusal_rolls_all_back(spender: Spender, budget: MakeBudget) -> None:
    wide, narrow = budget(calls=0), budget(BudgetScope.BUILD, spender.build_id, calls=5)
    with pytest.raises(BudgetExhausted) as refused, transaction.atomic():
        reserve(spender, usd=Decimal(0))
    assert refused.value.scope == BudgetScope.WORKSPACE
    narrow.refresh_from_db()
    assert narrow.reserved_calls == 0
    wide.limit_calls = 5
    wide.save()
    assert reserve(spender, usd=Decimal(0)).budgets == (narrow.pk, wide.pk)


def test_others_budgets_do_not_count(spender: Spender, budget: MakeBudget) -> None:
    budget(BudgetScope.BUILD, uuid.uuid4(), calls=0)
    budget(BudgetScope.PROJECT, uuid.uuid4(), calls=0)
    other = WorkspaceFactory.create()
    for scope, subject in ((BudgetScope.BUILD, spender.build_id or uuid.uuid4()), (BudgetScope.WORKSPACE, other.pk)):
        Budget.objects.create(workspace=other, scope=scope, subject_id=subject, limit_calls=0)
    assert reserve(spender, usd=Decimal(0)).budgets == ()


def test_a_budget_that_goes_while_it_is_asked_limits_nothing(spender: Spender, budget: MakeBudget) -> None:
    row = budget(calls=0)
    found = [(row.pk, BudgetScope.WORKSPACE)]
    row.delete()
    with mock.patch.object(budgets, "_budgets_of", return_value=found):
        assert reserve(spender, usd=Decimal(0)).budgets == ()


@pytest.mark.feature("F2.14")
def test_with_a_new_month_its_budget_begins_again(spender: Spender, budget: MakeBudget) -> None:
    row = budget(BudgetScope.MONTH, usd="10", calls=1, warn_at=0.5)
    settle(reserve(spender, usd=Decimal(5)), usd=Decimal(5))
    with pytest.raises(BudgetExhausted), transaction.atomic():
        reserve(spender, usd=Decimal(1))
    with shifted(32 * DAY_S):
        held = reserve(spender, usd=Decimal(1))
        assert reserve_again(spender) is False
        period = months.period_of(months.now())
    fresh = Budget.objects.get(scope=BudgetScope.MONTH, period=period)
    assert held.budgets == (fresh.pk,)
    assert (fresh.limit_usd, fresh.limit_calls, fresh.warn_at) == (Decimal(10), 1, 0.5)
    # What was begun in the old month is settled there.
    settle(stored([str(row.pk)], usd=Decimal(0), calls=0), usd=Decimal(1), calls=0)
    row.refresh_from_db()
    assert row.spent_usd == Decimal(6)


def reserve_again(spender: Spender) -> bool:
    try:
        with transaction.atomic():
            reserve(spender, usd=Decimal(1))
    except BudgetExhausted:
        return False
    return True


def test_a_months_budget_that_is_taken_away_does_not_come_back(spender: Spender, budget: MakeBudget) -> None:
    row = budget(BudgetScope.MONTH, calls=0)
    latest = row.period
    row.delete()
    with shifted(32 * DAY_S):
        assert reserve(spender, usd=Decimal(0)).budgets == ()
        assert months.present(spender.workspace_id, latest, row.pk) is None


def test_periods_are_calendar_months_of_utc() -> None:
    east = dt.timezone(dt.timedelta(hours=5))
    assert months.period_of(dt.datetime(2026, 12, 1, 3, tzinfo=east)) == "2026-11"
    assert abs((months.now() - dt.datetime.now(tz=dt.UTC)).total_seconds()) < 60
