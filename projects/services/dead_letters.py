"""What a member may do about a task that failed for good, was set apart, is degraded, or waits. Who may is asked by the
callers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.again import Point, begin_again, found_anew
from projects.engine.front import to_front
from projects.engine.reach import beginning, green_in
from projects.engine.record import Happened, lock_build, record
from projects.models import Build, Task
from projects.services.errors import WrongState
from projects.services.held import held
from projects.states import TASK_BROKEN, BuildState, Phase, TaskState

DEAD = TASK_BROKEN | {TaskState.DEGRADED}


def replay_dead(*, task: Task, user: User | None, params: Mapping[str, Any] | None = None, reason: str = "") -> Build:
    """The task runs again with all its budgets, before the other work of its workspace, with these `params` instead of
    its own where given. One that is set apart in a live build, and that nothing went on without, goes on from its last
    step. Otherwise the build begins again there: with the task run all that depend on it, the other tasks that the
    build fails by, and those that its end cut off. Gives the build. Raises WrongState for a task that did not fail, and
    for a cancelled build."""
    return found_anew(lambda: _replay(task, user, params, reason))


def _replay(task: Task, user: User | None, params: Mapping[str, Any] | None, reason: str) -> Build:
    """Raises HeadMoved too."""
    build = Build.objects.get(pk=task.build_id)
    head, tasks = beginning(build, [task.pk, *_also_broken(build)])
    green = green_in(build, head)

    def apply() -> Build:
        fresh = held(build, verb="run again")
        now = _dead(task)
        told = {"key": now.key, "was": now.state, "reason": reason, "edited": params is not None}
        happened = Happened(type="task.replayed", task_id=now.pk, payload=told)
        changes: dict[str, Any] = {"priority": to_front()}
        if params is not None:
            changes["params"] = dict(params)
        if now.state == TaskState.QUARANTINED and not fresh.is_final and not _without(now):
            _set_free(now.pk, changes)
            return record(fresh.pk, [happened], actor=user, ring=True) or fresh
        state = BuildState.PAUSED if fresh.state == BuildState.PAUSED else BuildState.RUNNING
        point = Point(tasks=tasks, head=head, seen=build.head, phase=Phase(now.phase), green=green)
        begun = begin_again(fresh, point, happened=happened, actor=user, state=state)
        Task.objects.filter(pk=now.pk).update(**changes)
        return begun

    return write(apply)


def accept_degraded(*, task: Task, user: User | None) -> Task:
    """The member takes the task as it ended; it no longer counts against the workspace. Gives the task; one that was
    accepted already stays as it is. Raises WrongState for a task that neither failed nor is degraded."""

    def apply() -> Task:
        lock_build(task.build_id)
        now = _dead(task)
        if now.accepted_at is None:
            Task.objects.filter(pk=now.pk).update(accepted_by=user, accepted_at=db_now())
            happened = Happened(type="task.accepted", task_id=now.pk, payload={"key": now.key, "state": now.state})
            record(now.build_id, [happened], actor=user)
            now.refresh_from_db()
        return now

    return write(apply)


def retry_now(*, task: Task, user: User | None, params: Mapping[str, Any] | None = None) -> Task:
    """WAITING → READY at once, before the other work of its workspace, whatever it waits for; failures before do not
    count. Gives the task. Raises WrongState for a task that does not wait."""

    def apply() -> Task:
        lock_build(task.build_id)
        waiting = Task.objects.filter(pk=task.pk, state=TaskState.WAITING)
        now = waiting.first()
        if now is None:
            raise WrongState(f"“{task.title}” does not wait.", hint="Only a task that waits can go on at once.")
        changes: dict[str, Any] = {"state": TaskState.READY, "wait_reason": "", "next_run_at": None}
        changes |= {"attempts": 0, "waits": 0, "priority": to_front()}
        if params is not None:
            changes["params"] = dict(params)
        waiting.update(**changes)
        told = {"key": now.key, "after": now.wait_reason, "edited": params is not None}
        record(now.build_id, [Happened(type="task.retried", task_id=now.pk, payload=told)], actor=user, ring=True)
        now.refresh_from_db()
        return now

    return write(apply)


def _dead(task: Task) -> Task:
    now = Task.objects.get(pk=task.pk)
    if now.state not in DEAD:
        raise WrongState(
            f"“{now.title}” is {now.get_state_display().lower()}.",
            hint="Only a task that failed, was set apart or is degraded can be replayed or accepted.",
        )
    return now


def _also_broken(build: Build) -> list[uuid.UUID]:
    """By these the build would fail at once."""
    broken = Task.objects.filter(build=build, state__in=TASK_BROKEN, critical=True)
    return list(broken.values_list("pk", flat=True))


def _without(task: Task) -> bool:
    """Whether something that needs it went on without it."""
    return Task.objects.filter(needs__needs=task).exclude(state=TaskState.PENDING).exists()


def _set_free(task_id: uuid.UUID, changes: Mapping[str, Any]) -> None:
    """QUARANTINED → READY at a new epoch; its journal and snapshots hold."""
    Task.objects.filter(pk=task_id).update(
        state=TaskState.READY, attempts=0, crashes=0, waits=0, last_error="", error_kind="", fingerprint="",
        finished_at=None, accepted_by=None, accepted_at=None, **changes,
    )  # fmt: skip
