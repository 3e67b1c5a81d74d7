"""Quarantine: what is known about a task that kills its workers, as a question to a person."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from autodev.lib.db import write
from projects.engine.record import Happened, lock_build, record
from projects.models import Task
from projects.states import TaskState
from recovery.asking import request_for
from recovery.endings import end
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.states import RecoveryState, RequestReason
from recovery.workspace.moves import follow

BATCH = 50
EVENT = "recovery.quarantined"
OUTCOME = "It took its worker down again, and is set apart."


def set_apart(task: Task) -> bool:
    """Collects the evidence of a QUARANTINED task into a request; False where there is one, or the task went on. The
    task's `build` is loaded."""

    def apply() -> bool:
        lock_build(task.build_id)
        if not Task.objects.filter(pk=task.pk, epoch=task.epoch, state=TaskState.QUARANTINED).exists():
            return False
        request = request_for(task, epoch=task.epoch, reason=RequestReason.QUARANTINED, until=None)
        if HumanRequest.objects.filter(task=task, epoch=task.epoch).exists():
            return False
        HumanRequest.objects.bulk_create([request], ignore_conflicts=True)
        end(RecoveryAttempt.objects.filter(task=task, state=RecoveryState.APPLIED), RecoveryState.EXHAUSTED, OUTCOME)
        payload = {"key": task.key, "epoch": task.epoch, "crashes": task.crashes}
        record(task.build_id, [Happened(type=EVENT, task_id=task.pk, payload=payload)])
        follow(task.build.workspace_id)
        return True

    return write(apply)


def set_apart_all() -> int:
    """Quarantined tasks about which nobody was asked, because the process that set them apart died; one query where
    there are none."""
    asked = HumanRequest.objects.filter(task=OuterRef("pk"), epoch=OuterRef("epoch"))
    rows = Task.objects.filter(~Exists(asked), state=TaskState.QUARANTINED, accepted_at=None)
    return sum(set_apart(task) for task in rows.select_related("build")[:BATCH])
