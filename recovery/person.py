"""The rows of a decision that a person made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from projects.engine.record import Happened, record
from projects.models import Task
from recovery.apply import EVENT, plan
from recovery.gather import situation_of
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.questions import close
from recovery.rows import event_of, replaced, values_of
from recovery.situation import Option, Situation, Verdict
from recovery.states import Origin, RecoveryState, RequestState, Source, Strategy


def option_by(strategy: Strategy, reason: str, params: Mapping[str, Any]) -> Option:
    return Option(strategy=strategy, source=Source.PERSON, confidence=1.0, reasons=(reason,), params=params)


def retried(task: Task, situation: Situation, option: Option, user: User) -> RecoveryAttempt:
    """The decision that a member's word made, written beside it in the caller's transaction."""
    values = values_of(situation, Verdict(chosen=option, rung=1), origin=Origin.PERSON, actor=user)
    row = plan(situation, values)
    if row.state == RecoveryState.APPLIED:
        values["alternatives"] = [replaced(row), *values["alternatives"]]
    RecoveryAttempt.objects.filter(pk=row.pk).update(
        **values, state=RecoveryState.APPLIED, applied_at=db_now(), ended_at=None, outcome=""
    )
    payload = event_of(values, key=task.key, epoch=situation.epoch)
    record(task.build_id, [Happened(type=EVENT, task_id=task.pk, payload=payload)], actor=user)
    row.refresh_from_db()
    return row


def replayed(task: Task, *, user: User, reason: str) -> RecoveryAttempt | None:
    """The same of a dead letter that was replayed, at the epoch from which it runs again."""
    now = Task.objects.get(pk=task.pk)
    situation = situation_of(now)
    if RecoveryAttempt.objects.filter(task=now, epoch=now.epoch).exists():
        return None
    option = option_by(Strategy.RETRY_WITH_DELAY, reason or "A member replayed it.", {"delay_s": 0.0})
    return retried(now, situation, option, user)


def answered(task: Task, *, user: User, answer: str, note: str) -> None:
    """A question about the task that is open is answered by what the member did."""
    for request in HumanRequest.objects.filter(task=task, state__in=[RequestState.OPEN, RequestState.EXPIRED]):
        close(request, user=user, answer=answer, note=note)


def closing(task: Task, *, user: User, answer: str, note: str) -> Callable[[], None]:
    """`answered`, to be done in another's transaction."""
    return lambda: answered(task, user=user, answer=answer, note=note)
