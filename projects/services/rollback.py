"""Rolling a build back to a checkpoint: the head moves back and the tasks after it run again. Nothing is deleted."""

from __future__ import annotations

import uuid
from collections import defaultdict, deque

from django.db.models import F

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.ready import make_ready
from projects.engine.record import Happened, lock_build, record
from projects.models import Attempt, AttemptOutcome, Build, Dependency, Step, Task
from projects.services.errors import NoSuchStep, WrongState
from projects.states import BuildState, Phase, TaskState

ROLLED_BACK = "rolled-back"


def rollback_build(*, build: Build, to_step: Step, user: User | None) -> Build:
    """The build's head is the step's commit again; the step's task and all that depend on it run again at new epochs, with a
    journal that starts after the step. Earlier steps, attempts, commits and events stay. Raises NoSuchStep for a step without
    a commit or of another build, WrongState for a cancelled build."""

    def apply() -> Build:
        lock_build(build.pk)
        fresh = Build.objects.get(pk=build.pk)
        if to_step.task.build_id != build.pk or not to_step.commit:
            raise NoSuchStep("This is no checkpoint of the build.")
        if fresh.state == BuildState.CANCELLED:
            raise WrongState("A cancelled build cannot be rolled back.")
        again = _from_task_on(build.pk, to_step.task_id)
        _set_back(again, to_step)
        payload = {"step_id": str(to_step.pk), "commit": to_step.commit, "from": fresh.head, "tasks": len(again)}
        rolled = record(
            build.pk, [Happened(type="build.rolled_back", task_id=to_step.task_id, payload=payload)], actor=user, ring=True,
            state=BuildState.RUNNING, phase=Phase(to_step.task.phase), head=to_step.commit, finished_at=None, errors=[],
            degraded=[],
        )  # fmt: skip
        make_ready(build.pk)
        return rolled or fresh

    return write(apply)


def _from_task_on(build_id: uuid.UUID, first: uuid.UUID) -> list[uuid.UUID]:
    """The task and all that depend on it, directly or not."""
    after = defaultdict(list)
    for task, needs in Dependency.objects.filter(task__build_id=build_id).values_list("task_id", "needs_id"):
        after[needs].append(task)
    found = {first: None}
    queue = deque([first])
    while queue:
        for task in after[queue.popleft()]:
            if task not in found:
                found[task] = None
                queue.append(task)
    return list(found)


def _set_back(tasks: list[uuid.UUID], step: Step) -> None:
    Attempt.objects.filter(task_id__in=tasks, outcome=AttemptOutcome.RUNNING).update(
        outcome=AttemptOutcome.CANCELLED, finished_at=db_now()
    )
    undone = Step.objects.filter(task_id__in=tasks).exclude(key__startswith=f"{ROLLED_BACK}:")
    undone = undone.exclude(task_id=step.task_id, created_at__lte=step.created_at)
    for one in undone:  # the key is free again, the row stays
        Step.objects.filter(pk=one.pk).update(key=f"{ROLLED_BACK}:{one.pk}:{one.key}"[:200])
    rows = Task.objects.filter(pk__in=tasks)
    rows.update(
        state=TaskState.PENDING, epoch=F("epoch") + 1, lease_owner="", lease_expires_at=None, next_run_at=None, wait_reason="",
        progress=0, attempts=0, crashes=0, waits=0, head="", base="", last_error="", error_kind="", fingerprint="",
        finished_at=None, result={},
    )  # fmt: skip
    rows.filter(pk=step.task_id).update(head=step.commit)
