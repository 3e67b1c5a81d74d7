"""The sweep: finds what no message told. Any number of processes may sweep at once; every step is a
compare-and-swap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, F, OuterRef

from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine import alone, hooks, outage
from projects.engine.incarnation import bury, dead_here
from projects.engine.ready import make_ready
from projects.engine.record import lock_build
from projects.engine.revoke import revoke_lost, revoke_stalled
from projects.engine.settle import Ending, end_build, settle
from projects.engine.timing import PROGRESS_TIMEOUT_S, UNDECIDED_S
from projects.engine.wake import wake as wake_task
from projects.models import Build, Task
from projects.states import BUILD_LIVE, PERSON, RECOVERY, TASK_LIVE, BuildState, TaskState

BATCH = 200
DEADLINE = "The deadline has passed."
STUCK = "No task of the build can run any more."


_steps: list[Callable[[], object]] = []


def register_step(step: Callable[[], object]) -> None:
    """Adds what an upper floor does at the end of each round. Safe to do at once in several processes."""
    if step not in _steps:
        _steps.append(step)


@dataclass(slots=True)
class Swept:
    """How many rows each step moved."""

    lost: int = 0
    stalled: int = 0
    woken: int = 0
    decided: int = 0
    expired: int = 0
    settled: int = 0


def sweep() -> Swept:
    """One round over everything that may have been left lying."""
    done = Swept()
    done.lost = revoke_dead() + revoke_expired()
    done.stalled = revoke_without_progress()
    done.decided = decide_again()
    done.woken = wake()
    done.expired = end_overdue()
    done.settled = settle_left()
    for step in _steps:
        step()
    return done


def revoke_dead() -> int:
    """Tasks of this host's dead incarnations, at once."""
    moved = 0
    for name in dead_here():
        tasks = Task.objects.filter(state=TaskState.RUNNING, lease_owner=name)
        moved += sum(revoke_lost(task, expired_only=False) for task in tasks)
        bury(name)
    return moved


def revoke_expired() -> int:
    """Tasks whose lease ran out, whoever had it. While the database was away nobody could renew one: that is no crash
    of its worker."""
    excused = outage.recent()
    tasks = Task.objects.filter(state=TaskState.RUNNING, lease_expires_at__lt=db_now()).order_by("lease_expires_at")
    return sum(revoke_lost(task, expired_only=True, excused=excused) for task in tasks[:BATCH])


def revoke_without_progress() -> int:
    """Tasks that beat but do not move. `AUTODEV_PROGRESS_TIMEOUT_S` sets after how many seconds."""
    timeout_s = float(getattr(settings, "AUTODEV_PROGRESS_TIMEOUT_S", PROGRESS_TIMEOUT_S))
    tasks = Task.objects.filter(state=TaskState.RUNNING, progress_at__lt=db_now(plus_s=-timeout_s))
    return sum(revoke_stalled(task, timeout_s=timeout_s) for task in tasks[:BATCH])


def decide_again() -> int:
    """Failed attempts about which nobody decided, because the process died between or put it off, and those about
    which no person answered in time. Whoever is left undecided goes behind the others, so that failures on which every
    decision breaks stop nobody else's. A build whose caller waits here waits for no person."""
    if here := alone.builds():
        asked = Task.objects.filter(build__in=here, state=TaskState.WAITING, wait_reason=PERSON)
        write(lambda: asked.filter(next_run_at__gt=db_now()).update(next_run_at=db_now()))
    due = Task.objects.filter(state=TaskState.WAITING, wait_reason__in=[RECOVERY, PERSON], next_run_at__lte=db_now())
    rows = list(due.order_by("next_run_at", "pk").values_list("pk", "epoch")[:BATCH])
    for task_id, epoch in rows:
        hooks.decide(hooks.Failure(task_id=task_id, epoch=epoch))
    if rows:
        left = due.filter(pk__in=[task_id for task_id, _ in rows])
        write(lambda: left.update(next_run_at=db_now(plus_s=UNDECIDED_S)))
    return len(rows)


def wake() -> int:
    """Waits that are over: WAITING → READY."""
    due = Task.objects.filter(state=TaskState.WAITING, next_run_at__lte=db_now()).exclude(
        wait_reason__in=[RECOVERY, PERSON]
    )
    return sum(wake_task(task) for task in due.order_by("next_run_at")[:BATCH])


def end_overdue() -> int:
    """Builds whose deadline has passed end FAILED and say so."""
    late = Build.objects.filter(state__in=BUILD_LIVE, deadline_at__lt=db_now())
    return sum(_end(build, DEADLINE) for build in late[:BATCH])


def _end(build: Build, why: str) -> bool:
    def apply() -> bool:
        lock_build(build.pk)
        fresh = Build.objects.get(pk=build.pk)
        if fresh.is_final:
            return False
        return end_build(fresh, Ending(state=BuildState.FAILED, broken=[why]), why=why) is not None

    return write(apply)


def settle_left() -> int:
    """Builds in which nothing is under way: their pending tasks become ready, or the build ends by its facts."""
    moving = Task.objects.filter(build=OuterRef("pk"), state__in=TASK_LIVE - {TaskState.PENDING})
    still = Build.objects.filter(~Exists(moving), state__in=[BuildState.QUEUED, BuildState.RUNNING])
    return sum(_settle(build) for build in still.order_by(F("started_at").asc(nulls_first=True))[:BATCH])


def _settle(build: Build) -> bool:
    def apply() -> bool:
        lock_build(build.pk)
        if make_ready(build.pk) or settle(build.pk) is not None:
            return True
        fresh = Build.objects.get(pk=build.pk)
        moving = Task.objects.filter(build=build, state__in=TASK_LIVE - {TaskState.PENDING}).exists()
        if fresh.is_final or fresh.state == BuildState.PAUSED or moving:
            return False
        return end_build(fresh, Ending(state=BuildState.FAILED, broken=[STUCK]), why=STUCK) is not None

    return write(apply)
