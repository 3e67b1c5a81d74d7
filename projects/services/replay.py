"""Running a build again from any task or step. Nothing is deleted."""

from __future__ import annotations

import uuid

from autodev.accounts.models import User
from autodev.lib.db import write
from projects.engine.again import Point, begin_again, found_anew
from projects.engine.reach import green_in, head_before, measuring, not_in, with_dependents
from projects.engine.record import Happened
from projects.models import Build, Step, Task
from projects.services.errors import NoSuchStep, WrongState
from projects.services.held import held
from projects.states import ROLLED_BACK, Phase


def replay_build(*, build: Build, user: User | None, start: str = "") -> Build:
    """The build runs again from `start`: a task by its key or id, a step of the journal by its id, or the beginning
    without one. The task runs at a new epoch, and with it all that depend on it and all whose work is then not in the
    head; of a step, what the task's journal held before it stays done. A build that had ended runs again, except a
    cancelled one. Raises NoSuchStep, WrongState for a task that has not run."""
    return found_anew(lambda: _replay(Build.objects.get(pk=build.pk), user, start))


def _replay(build: Build, user: User | None, start: str) -> Build:
    """Raises HeadMoved too."""
    task, step = _found(build, start)
    before = list(_before(task, step))
    commit = next((one.commit for one in reversed(before) if one.commit), "")
    tasks = with_dependents(build.pk, [task.pk])
    head = commit or head_before(build, tasks)
    missing = not_in(build, head) if head != build.head else []
    green = green_in(build, head)

    def apply() -> Build:
        fresh = held(build, verb="run again")
        if Task.objects.filter(pk=task.pk, started_at=None).exists():
            raise WrongState(f"“{task.title}” has not run yet.", hint="Choose a task that has begun.")
        measured = measuring(build.pk) if head != fresh.head else []
        point = Point(
            tasks=with_dependents(build.pk, [task.pk, *missing, *measured]),
            head=head,
            seen=build.head,
            phase=Phase(task.phase),
            green=green,
            within=task.pk,
            kept=[one.pk for one in before],
            commit=commit,
        )
        payload = {"task": task.key, "step_id": str(step.pk) if step else None}
        happened = Happened(type="build.replayed", task_id=task.pk, payload=payload)
        return begin_again(fresh, point, happened=happened, actor=user)

    return write(apply)


def _found(build: Build, start: str) -> tuple[Task, Step | None]:
    tasks = Task.objects.filter(build=build)
    if not start:
        first = tasks.order_by("created_at", "id").first()
        if first is None:
            raise NoSuchStep("The build has no task.")
        return first, None
    if task := tasks.filter(key=start).first():
        return task, None
    try:
        key = uuid.UUID(start)
    except ValueError:
        keys = ", ".join(tasks.values_list("key", flat=True)[:20])
        raise NoSuchStep(f"The build has no task {start!r}.", hint=f"Name a task ({keys}) or a step's id.") from None
    if task := tasks.filter(pk=key).first():
        return task, None
    step = Step.objects.filter(task__build=build, pk=key).select_related("task").first()
    if step is None:
        raise NoSuchStep("This is no task and no step of the build.")
    if step.undone:
        raise NoSuchStep("This step was undone before.", hint=f"Run its task again: {step.task.key}.")
    return step.task, step


def _before(task: Task, step: Step | None) -> list[Step]:
    """The steps of the task's journal before `step`, oldest first; none without one."""
    if step is None:
        return []
    steps = task.steps.exclude(key__startswith=f"{ROLLED_BACK}:").order_by("created_at", "id")
    return [one for one in steps.only("commit", "created_at") if (one.created_at, one.pk) < (step.created_at, step.pk)]
