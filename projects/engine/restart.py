"""Beginning again at an earlier task, because another way to the goal parts there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from autodev.accounts.models import User
from autodev.lib.db import write
from projects.engine.again import Point, begin_again, found_anew
from projects.engine.decided import Along, undecided
from projects.engine.front import to_front
from projects.engine.reach import beginning, green_in
from projects.engine.record import Happened, lock_build
from projects.models import Build, Task
from projects.states import PHASE_ORDER, BuildState, Phase, TaskState


def restart(
    *,
    task_id: uuid.UUID,
    epoch: int,
    start: str,
    params: Mapping[str, Mapping[str, Any]],
    reason: str,
    along: Along | None = None,
    actor: User | None = None,
) -> bool:
    """The task of the key `start` and all that depend on it begin again, before the workspace's other work; the waiting
    task is one of them, and keeps its counters. `params` by key replace those of tasks. False where somebody was
    faster. Raises ValueError where the build has no such tasks."""
    task = Task.objects.select_related("build").filter(pk=task_id, epoch=epoch, state=TaskState.WAITING).first()
    if task is None:
        return False
    ids = dict(Task.objects.filter(build_id=task.build_id, key__in=[start, *params]).values_list("key", "pk"))
    missing = {start, *params} - ids.keys()
    if missing:
        raise ValueError(f"the build has no tasks {sorted(missing)}")

    def prepare() -> None:
        for key, given in params.items():
            Task.objects.filter(pk=ids[key]).update(params=dict(given))

    told = {"reason": reason, "start": start}
    return begin_from(task, [ids[start]], "task.restarted", told, prepare, along=along, actor=actor)


def begin_from(
    task: Task,
    first: Sequence[uuid.UUID],
    type_: str,
    payload: Mapping[str, Any],
    prepare: Along,
    *,
    along: Along | None,
    actor: User | None,
) -> bool:
    """Sets back the tasks `first`, the waiting `task`, and all that depend on them, by compare-and-swap on the waiting
    task; `prepare` changes their rows after that. A paused build stays so."""
    told = {"key": task.key, "epoch": task.epoch, **payload}
    return found_anew(
        lambda: _begin(task, first, Happened(type=type_, task_id=task.pk, payload=told), prepare, along, actor)
    )


def _begin(
    task: Task, first: Sequence[uuid.UUID], happened: Happened, prepare: Along, along: Along | None, actor: User | None
) -> bool:
    """Raises HeadMoved."""
    build = Build.objects.get(pk=task.build_id)
    head, tasks = beginning(build, [*first, task.pk])
    green = green_in(build, head)
    phases = [Phase(phase) for phase in Task.objects.filter(pk__in=list(first)).values_list("phase", flat=True)]
    point = Point(
        tasks=tasks, head=head, seen=build.head, phase=min(phases, key=PHASE_ORDER.__getitem__), green=green,
        counted=[task.pk],
    )  # fmt: skip

    def apply() -> bool:
        lock_build(task.build_id)
        if not undecided(task.pk, task.epoch, actor).update(wait_reason=""):
            return False
        fresh = Build.objects.get(pk=task.build_id)
        state = BuildState.PAUSED if fresh.state == BuildState.PAUSED else BuildState.RUNNING
        begin_again(fresh, point, happened=happened, actor=actor, state=state)
        prepare()
        Task.objects.filter(pk__in=tasks).exclude(state=TaskState.SUPERSEDED).update(priority=to_front())
        if along is not None:
            along()
        return True

    return write(apply)
