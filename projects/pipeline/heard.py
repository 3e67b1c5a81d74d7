"""Messages of people, taken by one task: the taking, the journal's step and the event are one transaction. What a task
took before it was divided is heard by each of its parts, and by the whole what its parts took before it was put
together again."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db.models import Q, QuerySet

from autodev.contracts.transcript import StepKind
from autodev.lib.clock import db_now
from autodev.lib.db import write
from autodev.lib.failpoints import failpoint
from projects.engine.context import TaskContext
from projects.engine.record import Happened, lock_build, record_held
from projects.models import Message, Task
from projects.states import ROLLED_BACK, TaskState

BEGUN = "begun:"  # the step with which a round of the work begins (projects.pipeline.rounds)


def step_of(message_id: uuid.UUID) -> str:
    """The key of the journal's step that holds the message."""
    return f"message:{message_id}"


def messages_of(ctx: TaskContext) -> list[Message]:
    """Takes what waits, and gives all that the task has taken, or had handed on, in the order of saying. One query
    where nothing is there. Raises Fenced."""
    rows = _of(ctx)
    waiting = [row for row in rows if row.taken_at is None]
    lost = [row for row in rows if row.taken_at is not None and not ctx.journal.knows(step_of(row.pk))]
    for row in waiting:
        _take(ctx, row)
    for row in lost:  # handed on; or the task was set back, and its journal begins anew: it hears it all again
        _journal(ctx, row)
    return [row for row in _of(ctx) if row.taken_at is not None] if waiting else rows


def was_told(ctx: TaskContext, message_id: uuid.UUID) -> bool:
    """Whether a step since the round of the work began says that the message was told to whoever works."""
    told = False
    for key, answer in ctx.journal.answers("").items():
        if key.startswith(BEGUN):
            told = False
        elif not told and key != step_of(message_id) and not key.startswith(f"{ROLLED_BACK}:"):
            told = str(message_id) in json.dumps(answer)
    return told


def _of(ctx: TaskContext) -> list[Message]:
    mine = (
        Q(taken_by_id=ctx.task.id) | Q(taken_by_id__in=_handing_on(ctx.task.id)) | Q(taken_at=None, withdrawn_at=None)
    )
    return list(Message.objects.select_related("author").filter(mine, build_id=ctx.task.build_id))


def _handing_on(task_id: uuid.UUID) -> QuerySet[Task, Any]:
    """The tasks whose work this one goes on with: those that it is a part of, and the parts of it that were taken
    back. Work is divided twice at most."""
    above = Q(parts=task_id) | Q(parts__parts=task_id)
    below = Q(parent_id=task_id) | Q(parent__parent_id=task_id)
    return Task.objects.filter(above | (below & Q(state=TaskState.SUPERSEDED))).values("pk")


def _take(ctx: TaskContext, row: Message) -> None:
    def apply() -> None:
        build = lock_build(ctx.task.build_id)
        waiting = Message.objects.filter(pk=row.pk, taken_at=None, withdrawn_at=None)
        if not waiting.update(taken_at=db_now(), taken_by_id=ctx.task.id):
            return  # withdrawn meanwhile, taken by another task, or by us before the connection broke
        failpoint("steer.taken")
        _journal(ctx, row)
        failpoint("steer.journalled")
        payload = {"message_id": str(row.pk)}
        record_held(build, Happened(type="build.message_taken", task_id=ctx.task.id, payload=payload))

    write(apply)


def _journal(ctx: TaskContext, row: Message) -> None:
    """Behind the fence."""
    answer = {"text": row.text, "by": row.author.name if row.author else ""}
    ctx.journal.record(step_of(row.pk), answer, title=row.text[:200], kind=StepKind.MESSAGE)
