"""A verdict becomes rows: PLANNED, then APPLIED in the one transaction of the engine's decision.

A process that dies between the two leaves a plan that the next decider of the same failure takes over.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from autodev.lib.db import write
from autodev.lib.failpoints import failpoint
from projects.engine.alone import runs_here
from projects.engine.record import Happened, record
from projects.models import Task
from recovery.acts import Act, perform
from recovery.asking import request_for
from recovery.endings import relapse
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.rows import event_of, reason_of, replaced, row_of, values_of
from recovery.situation import Situation, Verdict
from recovery.states import Origin, RecoveryState, RequestReason, Strategy
from recovery.workspace.moves import follow

log = logging.getLogger(__name__)
EVENT = "recovery.decided"
ENDS = frozenset({Strategy.GIVE_UP})
OVERTAKEN = "Overtaken: the task went on without this decision."


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be applied, by whom and when. `options` are what a person may choose from where one is asked. A member
    (`actor`) may replace what was applied already; `also` is done in the same transaction."""

    task: Task
    situation: Situation
    verdict: Verdict
    origin: Origin
    actor: User | None = None
    note: str = ""
    options: tuple[str, ...] = ()
    also: Callable[[], None] | None = None


def apply(order: Order) -> RecoveryAttempt | None:
    """Plans and applies; gives the row, or None where the failure was decided on already or the task went on. The
    task's `build` is loaded. Raises NotPossible where what was offered cannot be done any more; the plan then stays,
    for the next verdict about this failure."""
    values = values_of(order.situation, order.verdict, origin=order.origin, actor=order.actor)
    row = plan(order.situation, values)
    if row.state != RecoveryState.PLANNED and not (order.actor and row.state == RecoveryState.APPLIED):
        return None
    if row.state == RecoveryState.APPLIED:
        values["alternatives"] = [replaced(row), *values["alternatives"]]
    failpoint("recovery.planned")
    option = order.verdict.chosen
    until = waits_until(order) if option.strategy == Strategy.ASK_A_PERSON else None
    ended = option.strategy in ENDS or (option.strategy == Strategy.ASK_A_PERSON and until is None)
    state = RecoveryState.EXHAUSTED if ended else RecoveryState.APPLIED

    def along() -> None:
        _write(row.pk, values, state)
        relapse(order.task, since=row)
        if option.strategy == Strategy.ASK_A_PERSON:
            _ask(order, until)
        if order.also is not None:
            order.also()
        payload = event_of(values, key=order.task.key, epoch=order.task.epoch)
        record(
            order.task.build_id,
            [Happened(type=EVENT, task_id=order.task.pk, payload=payload)],
            actor=order.actor,
        )
        follow(order.situation.workspace_id)

    reason = reason_of(order.situation, option)
    won = perform(
        Act(task=order.task, option=option, reason=reason, along=along, actor=order.actor, note=order.note, until=until)
    )
    failpoint("recovery.applied")
    if not won:
        drop(row)
        return None
    row.refresh_from_db()
    return row


def plan(situation: Situation, values: dict[str, Any]) -> RecoveryAttempt:
    """The row of this failure: PLANNED, made here or by a process that died, or as it was decided already."""
    place = {"task_id": situation.task_id, "epoch": situation.epoch}

    def insert() -> RecoveryAttempt:
        number = RecoveryAttempt.objects.filter(task=situation.task_id).count() + 1
        RecoveryAttempt.objects.bulk_create([row_of(situation, values, number=number)], ignore_conflicts=True)
        return RecoveryAttempt.objects.get(**place)

    return write(insert)


def drop(row: RecoveryAttempt) -> None:
    """A plan that nobody applied, and that cannot be applied any more."""
    planned = RecoveryAttempt.objects.filter(pk=row.pk, state=RecoveryState.PLANNED)
    left = {"state": RecoveryState.EXHAUSTED, "outcome": OVERTAKEN, "ended_at": db_now()}
    write(lambda: planned.exclude(task__state="waiting", task__epoch=row.epoch).update(**left))


def waits_until(order: Order) -> dt.datetime | None:
    """Until when a task waits for a person's answer; None where it does not wait: an engine that runs one build for a
    caller has nobody to answer, and what the build can do without does not hold up the rest. The question stays."""
    wait_s = settings.RECOVERY_PERSON_WAIT_SECONDS
    dispensable = settings.ENABLE_AUTO_TASK_RECOVERY and not order.task.critical
    if not wait_s or dispensable or runs_here(order.task.build_id):
        return None
    return order.situation.now + dt.timedelta(seconds=wait_s)


def _write(pk: uuid.UUID, values: dict[str, Any], state: RecoveryState) -> None:
    """The engine's compare-and-swap was won, so that the row is this verdict's, whatever another one planned in it."""
    ended = {"ended_at": db_now(), "outcome": "Recovery gave up."} if state == RecoveryState.EXHAUSTED else {}
    RecoveryAttempt.objects.filter(pk=pk).update(**values, state=state, applied_at=db_now(), **ended)


def _ask(order: Order, until: dt.datetime | None) -> None:
    reason = order.verdict.request or RequestReason.EXHAUSTED
    request = request_for(order.task, epoch=order.task.epoch, reason=reason, until=until, options=order.options)
    HumanRequest.objects.bulk_create([request], ignore_conflicts=True)
