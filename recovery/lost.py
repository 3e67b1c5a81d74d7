"""Lost workers: the task goes on by the engine's own doing, and recovery notes it; the third time it is set apart."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from autodev.lib.db import write
from projects.engine.blame import APART
from projects.engine.hooks import Lost
from projects.models import Attempt, Task
from projects.states import TaskState
from providers.selectors import now as database_moment
from recovery.choice.kinds import WORKER_LOST
from recovery.models import RecoveryAttempt
from recovery.poison import set_apart
from recovery.states import Origin, RecoveryState, Source, Strategy
from recovery.workspace.moves import follow

REASON = "Its worker was lost; it goes on from its last step."


def note_lost(lost: Lost) -> None:
    """Writes what the engine did: the task is READY again, which counts as recovered once it is done, or it is
    QUARANTINED and a person is asked."""
    task = Task.objects.select_related("build").get(pk=lost.task_id)
    if lost.quarantined:
        set_apart(task)
        return
    attempt = Attempt.objects.filter(task=task, epoch=lost.epoch).first()
    now = database_moment()
    reasons = [REASON]
    if attempt is not None and attempt.details.get("unclear"):
        reasons.append(_unclear(attempt.details, waits=task.wait_reason))

    def apply() -> None:
        number = RecoveryAttempt.objects.filter(task=task).count() + 1
        row = RecoveryAttempt(
            workspace_id=task.build.workspace_id, build_id=task.build_id, task=task, epoch=lost.epoch, number=number,
            origin=Origin.IMMEDIATE, strategy=Strategy.RETRY_WITH_DELAY, source=Source.RULE, rung=1, confidence=1.0,
            reasons=reasons, params={"delay_s": 0.0}, failure_kind=WORKER_LOST, task_kind=task.kind, message=REASON,
            state=RecoveryState.APPLIED, failed_at=(attempt and attempt.finished_at) or now, applied_at=now,
        )  # fmt: skip
        RecoveryAttempt.objects.bulk_create([row], ignore_conflicts=True)
        former = Q(task=task, failure_kind=WORKER_LOST, state=RecoveryState.APPLIED) & ~Q(epoch=lost.epoch)
        RecoveryAttempt.objects.filter(former).update(
            state=RecoveryState.RELAPSED, outcome="Its worker was lost again.", ended_at=now
        )
        follow(task.build.workspace_id)

    if task.state != TaskState.CANCELLED:
        write(apply)


def _unclear(death: dict[str, Any], *, waits: str) -> str:
    what = "Its host went down" if death["rebooted"] else f"The worker ran {death['beside'] + 1} tasks at once"
    said = "it counts, since such deaths repeat" if death["counts"] else "it is not held against the task"
    return f"{what}: {said}.{' ' + waits if waits == APART else ''}"
