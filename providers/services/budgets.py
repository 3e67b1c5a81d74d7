"""What may be spent: set and taken away."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.db.models import Count, Q, Sum

from autodev.accounts.models import User, Workspace
from autodev.lib.db import write
from providers import told
from providers.config.schema import settings_of
from providers.config.store import split
from providers.live import versions
from providers.models import Budget, Call, RoutingSettings, SpentBefore
from providers.models.money import BudgetScope
from providers.money.months import now, period_of
from providers.services.errors import NoSuchThing, NotALimit
from providers.states import CallPurpose, CallState


def budget_set(
    *,
    workspace: Workspace,
    actor: User | None,
    scope: BudgetScope,
    subject_id: uuid.UUID | None = None,
    limit_usd: Decimal | None = None,
    limit_calls: int | None = None,
    warn_at: float | None = None,
    door: str = "",
) -> Budget:
    """Sets the limits of a workspace, its months, or one of its projects or builds (`subject_id`, which the caller has
    checked to be the workspace's). None is no limit. A new budget knows what was spent before, as the ledger has it;
    one of a month begins again with each month (UTC). Raises NotALimit."""
    subject = _subject(workspace, scope, subject_id)
    _check(limit_usd, limit_calls, warn_at)

    def begin() -> Budget:
        versions.raise_config()
        period = period_of(now()) if scope == BudgetScope.MONTH else ""
        row = Budget.objects.filter(workspace=workspace, scope=scope, subject_id=subject, period=period).first()
        if row is None:
            usd, calls = spent_before(workspace, scope, subject)
            row = Budget(workspace=workspace, scope=scope, subject_id=subject, period=period)
            row.spent_usd, row.spent_calls = usd, calls
            row.warn_at = _usual_warning(workspace)
            row.save()
        row.limit_usd, row.limit_calls = limit_usd, limit_calls
        row.warn_at = row.warn_at if warn_at is None else warn_at
        # Not the counters: calls move them meanwhile.
        row.save(update_fields=["limit_usd", "limit_calls", "warn_at", "updated_at"])
        limits = {"limit_usd": None if limit_usd is None else str(limit_usd), "limit_calls": limit_calls}
        _record("budget.set", workspace, actor, scope, subject, door, **limits)
        return row

    return write(begin)


def budget_begin(*, workspace: Workspace, build_id: uuid.UUID, limit_usd: Decimal) -> Budget:
    """What a new build may spend, whoever works on it and how often; in the transaction that makes the build and tells
    of it."""
    versions.raise_config()
    return Budget.objects.create(
        workspace=workspace, scope=BudgetScope.BUILD, subject_id=build_id, limit_usd=limit_usd,
        warn_at=_usual_warning(workspace),
    )  # fmt: skip


def budget_remove(
    *, workspace: Workspace, actor: User | None, scope: BudgetScope, subject_id: uuid.UUID | None = None, door: str = ""
) -> None:
    """Nothing is limited there any more. Raises NoSuchThing."""
    subject = _subject(workspace, scope, subject_id)

    def begin() -> None:
        versions.raise_config()
        gone, _ = Budget.objects.filter(workspace=workspace, scope=scope, subject_id=subject).delete()
        if not gone:
            raise NoSuchThing("There is no such budget.")
        _record("budget.removed", workspace, actor, scope, subject, door)

    write(begin)


def spent_before(workspace: Workspace, scope: BudgetScope, subject_id: uuid.UUID) -> tuple[Decimal, int]:
    """Dollars and calls that the ledger has for a scope: what was settled at its cost, what is under way at what was
    reserved for it."""
    calls = Call.objects.filter(workspace=workspace, emergency=False, cache_hit=False)
    calls = calls.exclude(purpose__in=(CallPurpose.PROBE, CallPurpose.AGENT))  # no budget pays for those
    forgotten = SpentBefore.objects.filter(workspace=workspace)
    if scope == BudgetScope.PROJECT:
        calls, forgotten = calls.filter(project_id=subject_id), forgotten.filter(project_id=subject_id)
    elif scope == BudgetScope.BUILD:
        calls, forgotten = calls.filter(build_id=subject_id), forgotten.filter(build_id=subject_id)
    elif scope == BudgetScope.MONTH:
        moment = now()
        calls = calls.filter(started_at__gte=dt.datetime(moment.year, moment.month, 1, tzinfo=dt.UTC))
        forgotten = forgotten.none()  # nothing is forgotten within its month, unless it is kept for less
    found = calls.aggregate(
        settled=Sum("cost_usd", filter=Q(state=CallState.SETTLED)),
        reserved=Sum("reserved_usd", filter=Q(state=CallState.RESERVED)),
        number=Count("pk"),
    )
    before = forgotten.aggregate(usd=Sum("cost_usd", default=Decimal(0)), number=Sum("calls", default=0))
    usd = (found["settled"] or Decimal(0)) + (found["reserved"] or Decimal(0)) + before["usd"]
    return usd, found["number"] + before["number"]


def _subject(workspace: Workspace, scope: BudgetScope, subject_id: uuid.UUID | None) -> uuid.UUID:
    if scope in {BudgetScope.WORKSPACE, BudgetScope.MONTH}:
        return workspace.pk
    if subject_id is None:
        raise NotALimit(f"Say which {scope} the budget is for.")
    return subject_id


def _check(limit_usd: Decimal | None, limit_calls: int | None, warn_at: float | None) -> None:
    if limit_usd is None and limit_calls is None:
        raise NotALimit("Give a limit in dollars, in calls, or both.")
    if limit_usd is not None and not (limit_usd.is_finite() and 0 <= limit_usd < Decimal(10) ** 8):
        raise NotALimit("A limit in dollars is between 0 and 100,000,000.")
    if limit_calls is not None and not 0 <= limit_calls <= 2_147_483_647:
        raise NotALimit("A limit in calls is 0 or more.")
    if warn_at is not None and not 0 <= warn_at <= 1:
        raise NotALimit("A warning comes at a share between 0 and 1.")


def _usual_warning(workspace: Workspace) -> float:
    row = RoutingSettings.objects.filter(workspace=workspace).first()
    return settings_of(split(row.document)[0] if row is not None else {}).budgets.warn_at


def _record(
    word: str,
    workspace: Workspace,
    actor: User | None,
    scope: BudgetScope,
    subject: uuid.UUID,
    door: str,
    **more: object,
) -> None:
    payload = {"scope": str(scope), "subject_id": str(subject), "door": door, **more}
    told.record(type=word, workspace_id=workspace.pk, actor=actor, payload=payload)
