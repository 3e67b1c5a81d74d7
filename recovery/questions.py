"""A question to a person from its answer to its end."""

from __future__ import annotations

from django.db.models import Q

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from autodev.lib.db import write
from autodev.lib.errors import DomainError
from projects.engine import decisions
from projects.engine.record import Happened, record
from projects.models import Task
from projects.states import PERSON, TASK_DONE, BuildState, TaskState
from recovery.endings import end
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.states import RecoveryState, RequestState
from recovery.workspace.moves import follow

UNANSWERED = "Nobody answered in time."
NOT_NEEDED = "No longer needed."
BATCH = 200


class AnswerRefused(DomainError):
    """The answer is none of the request's, or the request is closed."""

    code = "answer_refused"
    status = 409
    hint = "Reload the page: the task may have gone on meanwhile."


def time_out(task: Task) -> bool:
    """The wait for an answer is over: the task ends, the question can still be answered. False where somebody was
    faster."""

    def along() -> None:
        expire(task)
        asked = RecoveryAttempt.objects.filter(task=task, epoch=task.epoch, state=RecoveryState.APPLIED)
        end(asked, RecoveryState.EXHAUSTED, UNANSWERED)
        payload = {"key": task.key, "epoch": task.epoch, "reason": UNANSWERED}
        record(task.build_id, [Happened(type="recovery.unanswered", task_id=task.pk, payload=payload)])
        follow(task.build.workspace_id)

    return decisions.give_up(task_id=task.pk, epoch=task.epoch, reason=UNANSWERED, along=along)


def expire(task: Task) -> int:
    """Its open question is marked as not answered in time. In the caller's transaction."""
    return HumanRequest.objects.filter(task=task, epoch=task.epoch, state=RequestState.OPEN).update(
        state=RequestState.EXPIRED
    )


def withdraw(task: Task) -> int:
    """Its questions are no longer needed: it goes on, or ended, in another way. In the caller's transaction."""
    open_ = HumanRequest.objects.filter(task=task, state__in=[RequestState.OPEN, RequestState.EXPIRED])
    return open_.update(state=RequestState.WITHDRAWN, note=NOT_NEEDED, answered_at=db_now())


def withdraw_settled() -> int:
    """Questions about tasks that are done, cancelled, accepted, or run again without an answer; gives how many."""
    settled = (
        Q(task__state__in=[*TASK_DONE, TaskState.CANCELLED, TaskState.SUPERSEDED])
        | Q(task__accepted_at__isnull=False)
        | Q(build__state=BuildState.CANCELLED)
        | Q(task__state__in=[TaskState.PENDING, TaskState.READY, TaskState.RUNNING])
        | (Q(task__state=TaskState.WAITING) & ~Q(task__wait_reason=PERSON))
    )
    rows = HumanRequest.objects.filter(settled, state=RequestState.OPEN)
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    still = HumanRequest.objects.filter(settled, pk__in=ids, state=RequestState.OPEN)
    changes = {"state": RequestState.WITHDRAWN, "note": NOT_NEEDED, "answered_at": db_now()}
    return write(lambda: HumanRequest.objects.filter(pk__in=still.values("pk")).update(**changes))


def close(request: HumanRequest, *, user: User, answer: str, note: str) -> bool:
    """Writes the answer, once; in the transaction of what it does."""
    open_ = HumanRequest.objects.filter(pk=request.pk, state__in=[RequestState.OPEN, RequestState.EXPIRED])
    return bool(
        open_.update(state=RequestState.ANSWERED, answer=answer[:30], note=note, answered_by=user, answered_at=db_now())
    )
