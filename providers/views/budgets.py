"""What may be spent, how much of it is gone, and what happens near the limit."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from autodev.lib.errors import DomainError
from providers.config import standing
from providers.forms import BudgetForm
from providers.models import Budget
from providers.models.money import BudgetScope
from providers.money.months import now, period_of
from providers.services.budgets import budget_remove, budget_set
from providers.services.errors import NoSuchThing
from providers.subjects import names_of
from providers.views.frame import DOOR, providers_access

CALM, NEAR, FULL = "good", "warn", "bad"
TITLES = {BudgetScope.WORKSPACE: "Workspace", BudgetScope.PROJECT: "Project", BudgetScope.BUILD: "Build"}
BUILDS_SHOWN = 20
ORDER = [BudgetScope.WORKSPACE, BudgetScope.MONTH, BudgetScope.PROJECT, BudgetScope.BUILD]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """`percent` is of what is limited most; `used_usd` and `used_calls` hold what is reserved for calls under way."""

    budget: Budget
    title: str
    used_usd: Decimal
    used_calls: int
    percent: int
    tone: str
    sentence: str
    name: str = ""


def bar_of(budget: Budget, present: str, name: str = "") -> Bar:
    """`present` is the month that runs: a budget of an earlier one begins at nothing. `name` is its project's or
    build's."""
    over = budget.scope == BudgetScope.MONTH and budget.period < present
    usd = Decimal(0) if over else budget.spent_usd + budget.reserved_usd
    calls = 0 if over else budget.spent_calls + budget.reserved_calls
    shares = [_share(usd, budget.limit_usd), _share(Decimal(calls), _decimal(budget.limit_calls))]
    share = max(shares)
    month = f"Month {present}"
    tone, sentence = _told(share, budget.warn_at)
    return Bar(
        budget=budget,
        title=month if budget.scope == BudgetScope.MONTH else TITLES[BudgetScope(budget.scope)],
        used_usd=usd,
        used_calls=calls,
        percent=min(100, int(100 * share)),
        tone=tone,
        sentence=sentence,
        name=name,
    )


def _told(share: float, warn_at: float) -> tuple[str, str]:
    if share >= 1:
        return FULL, "Used up: no paid call is made; jobs get the emergency provider's answer."
    if share >= warn_at:
        return NEAR, "Nearly used up: cheaper providers are preferred, and each call must fit into what is left."
    return CALM, f"From {round(100 * warn_at)} % on cheaper providers are preferred."


def _share(used: Decimal, limit: Decimal | None) -> float:
    if limit is None:
        return 0.0
    return float(used / limit) if limit else 1.0


def _decimal(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


@require_http_methods(["GET", "POST"])
@signed_in
def budgets(request: UserRequest, slug: str) -> HttpResponseBase:
    """POST sets a limit, also in the place of one that is there."""
    at_least = Role.MAINTAINER if request.method == "POST" else Role.VIEWER
    access = providers_access(request, slug, at_least=at_least)
    form = BudgetForm(request.POST or None, workspace_id=access.workspace.pk)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            budget_set(
                workspace=access.workspace, actor=request.user, scope=BudgetScope(data["scope"]),
                subject_id=data["subject"], limit_usd=data["limit_usd"], limit_calls=data["limit_calls"],
                warn_at=None if data["warn_at"] is None else data["warn_at"] / 100, door=DOOR,
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, f"{error.message} {error.hint}".strip())
        else:
            messages.success(request, "The budget is set.")
            return redirect("providers:budgets", slug=slug)
    bars = _bars(access.workspace.pk)
    unpriced = standing.unpriced_said(access.workspace.pk)
    context = {"access": access, "tab": "budgets", "form": form, "bars": bars, "unpriced": unpriced}
    return render(request, "providers/budgets.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def remove(request: UserRequest, slug: str, budget_id: uuid.UUID) -> HttpResponseBase:
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    row = Budget.objects.filter(workspace=access.workspace, pk=budget_id).first()
    if row is None:
        raise NoSuchThing("There is no such budget.")
    scope = BudgetScope(row.scope)
    budget_remove(workspace=access.workspace, actor=request.user, scope=scope, subject_id=row.subject_id, door=DOOR)
    messages.success(request, "The budget is removed; nothing is limited there any more.")
    return redirect("providers:budgets", slug=slug)


def _bars(workspace_id: uuid.UUID) -> list[Bar]:
    """Of the months' only the newest; builds' last, and of those the newest only, as each has one that was given one at
    its start."""
    present = period_of(now())
    latest: dict[tuple[str, uuid.UUID], Budget] = {}
    for row in Budget.objects.filter(workspace_id=workspace_id).order_by("period"):
        latest[row.scope, row.subject_id] = row
    rows = sorted(latest.values(), key=lambda row: (ORDER.index(BudgetScope(row.scope)), str(row.subject_id)))
    builds = [row for row in rows if row.scope == BudgetScope.BUILD]
    shown = [*rows[: len(rows) - len(builds)], *builds[-BUILDS_SHOWN:]]
    names: dict[uuid.UUID, str] = {}
    for scope in (BudgetScope.PROJECT, BudgetScope.BUILD):
        names |= names_of(scope, workspace_id, [row.subject_id for row in shown if row.scope == scope])
    return [bar_of(row, present, names.get(row.subject_id, "")) for row in shown]
