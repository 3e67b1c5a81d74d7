"""Counting an outcome: once for each attempt to recover, safely beside others who count at the same moment."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, Value
from django.db.models.functions import Greatest

from autodev.lib.db import write
from recovery.learning.evidence import Evidence
from recovery.learning.fixes import carried, digest
from recovery.models import KnownFix, RecoveryAttempt, StrategyRecord
from recovery.states import SIX, Strategy

EXAMPLE_LIMIT = 2000


def record_outcome(*, attempt: RecoveryAttempt, good: bool, now: dt.datetime) -> bool:
    """Counts that the attempt's strategy helped, or did not. For the transaction that ends the attempt; a repetition
    changes nothing and gives False. The contrary of what was counted before (it was told recovered and failed again)
    replaces it. A person's answer and giving up teach nothing."""
    if attempt.strategy not in SIX:
        return False
    return write(lambda: _count(attempt, good=good, now=now))


def _count(attempt: RecoveryAttempt, *, good: bool, now: dt.datetime) -> bool:
    row = RecoveryAttempt.objects.filter(pk=attempt.pk)
    first = bool(row.filter(learned__isnull=True).update(learned=good))
    if not first and not row.filter(learned=not good).update(learned=good):
        return False
    attempt.learned = good
    _count_strategy(attempt, good=good, first=first, now=now)
    if attempt.signature:
        _count_fix(attempt, good=good, first=first, now=now)
    return True


def _count_strategy(attempt: RecoveryAttempt, *, good: bool, first: bool, now: dt.datetime) -> None:
    cell = {
        "workspace_id": attempt.workspace_id,
        "failure_kind": attempt.failure_kind,
        "task_kind": attempt.task_kind,
        "strategy": attempt.strategy,
    }
    StrategyRecord.objects.bulk_create([StrategyRecord(**cell, updated_at=now)], ignore_conflicts=True)
    while not _added(StrategyRecord.objects.get(**cell), good=good, first=first, now=now):
        pass  # somebody else counted in between: what they wrote is read, and added to


def _added(seen: StrategyRecord, *, good: bool, first: bool, now: dt.datetime) -> bool:
    """Whether the row was still as it was seen."""
    before = Evidence(good=seen.good, bad=seen.bad, at=seen.updated_at)
    after = before.plus(good=good, now=now) if first else before.turned(good=good, now=now)
    same = StrategyRecord.objects.filter(
        pk=seen.pk, good=seen.good, bad=seen.bad, uses=seen.uses, updated_at=seen.updated_at
    )
    return bool(same.update(good=after.good, bad=after.bad, uses=seen.uses + first, updated_at=after.at))


def _count_fix(attempt: RecoveryAttempt, *, good: bool, first: bool, now: dt.datetime) -> None:
    strategy = Strategy(attempt.strategy)
    place = {
        "workspace_id": attempt.workspace_id,
        "signature": attempt.signature,
        "task_kind": attempt.task_kind,
        "digest": digest(strategy, attempt.params),
    }
    new = KnownFix(
        **place,
        failure_kind=attempt.failure_kind,
        strategy=strategy,
        params=carried(strategy, attempt.params),
        example=attempt.message[:EXAMPLE_LIMIT],
        used_at=now,
    )
    KnownFix.objects.bulk_create([new], ignore_conflicts=True)
    success = 1 if good else (0 if first else -1)
    KnownFix.objects.filter(**place).update(
        uses=F("uses") + (1 if first else 0),
        successes=Greatest(F("successes") + success, Value(0)),
        used_at=now,
        evidence=attempt if good else F("evidence"),
    )
