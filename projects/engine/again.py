"""A build begins again from a point: tasks are set back, the head moves, what was measured is measured again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.db.models import F

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from projects.engine.finish import HeadMoved
from projects.engine.front import back_in_line
from projects.engine.parts import put_together
from projects.engine.ready import make_ready
from projects.engine.record import Happened, record
from projects.frozen import thaw
from projects.guidance import KEY, without_guidance
from projects.models import Attempt, AttemptOutcome, Build, Finding, Step, Task
from projects.states import ROLLED_BACK, TASK_DONE, BuildState, Phase, TaskState

# What the phases from validation on write into `Build.metrics`.
MEASURED = frozenset({"ladder_ms", "tools", "tests", "coverage", "smoke", "rungs", "phase_s"})
# What a task forgets; its attempts and steps stay as rows.
FRESH: dict[str, Any] = {
    "state": TaskState.PENDING, "lease_owner": "", "lease_expires_at": None, "next_run_at": None, "wait_reason": "",
    "progress": 0, "head": "", "base": "", "last_error": "", "error_kind": "", "fingerprint": "", "started_at": None,
    "finished_at": None, "result": {}, "accepted_by": None, "accepted_at": None,
}  # fmt: skip
BUDGETS = {"attempts": 0, "crashes": 0, "waits": 0}
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Point:
    """From where: `tasks` run again, the build's head is `head` again (empty: nothing made yet); both were found when
    it was `seen`, and what was merged since is in neither. Of the task `within`
    the steps `kept` count as done and `commit` is its newest snapshot. `green` is the last green commit that the head
    holds. The tasks `counted` keep their attempts, crashes and waits: recovery begins again, nobody asked for it."""

    tasks: Sequence[uuid.UUID]
    head: str
    seen: str
    phase: Phase
    green: str = ""
    within: uuid.UUID | None = None
    kept: Sequence[uuid.UUID] = ()
    commit: str = ""
    counted: Sequence[uuid.UUID] = ()


def found_anew(attempt: Callable[[], T]) -> T:
    """What `attempt` gives, which finds a point and begins again there; made anew where another task was merged in
    between."""
    while True:
        try:
            return attempt()
        except HeadMoved:
            continue


def begin_again(fresh: Build, point: Point, *, happened: Happened, actor: User | None, **changes: Any) -> Build:
    """Writes it, in the caller's transaction; the caller holds the build's row. The tasks run again at new epochs, a
    worker that has one is fenced. Earlier steps, attempts, commits and events stay. A task whose parts replaced it is
    whole again where what it needs runs again, and what the end of a build cut off goes on. A deadline that has passed
    no longer holds, unless recovery begins again (`counted`). Checks that a plan froze are frozen anew where the stack
    is chosen again. Raises HeadMoved where another task was merged since the point was found."""
    if fresh.head != point.seen:
        raise HeadMoved
    if fresh.is_final:
        cut_off = Task.objects.filter(build=fresh, state=TaskState.CANCELLED).values_list("pk", flat=True)
        point = replace(point, tasks=list(dict.fromkeys([*point.tasks, *cut_off])))
    tasks = list(point.tasks)
    moved = point.head != fresh.head
    if Task.objects.filter(pk__in=tasks, phase=Phase.RESEARCH, started_at__isnull=False).exists():
        thaw(fresh)
    _set_back(fresh.pk, point)
    Finding.objects.filter(build=fresh).exclude(fixed_by="").update(fixed_by="")  # the fixes are not in the head
    late = not point.counted and Build.objects.filter(pk=fresh.pk, deadline_at__lt=db_now()).exists()
    payload = {**happened.payload, "from": fresh.head, "tasks": len(tasks)}
    if late:
        payload["deadline_dropped"] = str(fresh.deadline_at)
    if moved or Task.objects.filter(pk__in=tasks, phase=Phase.VALIDATE).exists():
        changes = {
            **changes,
            "metrics": _metrics_of_the_rest(fresh, tasks),
            "sandbox_level": "",
            "last_green": point.green if fresh.last_green == point.green else "",
        }
    begun = record(
        fresh.pk,
        [Happened(type=happened.type, task_id=happened.task_id, payload=payload)],
        actor=actor,
        ring=True,
        **{
            "state": BuildState.RUNNING,
            "phase": point.phase,
            "progress": 0,
            "head": point.head,
            "finished_at": None,
            "errors": [],
            "degraded": _told_by_the_rest(fresh, tasks, "degraded"),
            "warnings": _told_by_the_rest(fresh, tasks, "warnings"),
            "deadline_at": None if late else fresh.deadline_at,
            **changes,
        },
    )
    make_ready(fresh.pk)
    return begun or fresh


def _told_by_the_rest(build: Build, again: Iterable[uuid.UUID], what: str) -> list[str]:
    """The sentences under this name in the results of tasks that do not run again."""
    stay = Task.objects.filter(build=build, state__in=TASK_DONE).exclude(pk__in=again)
    given = [sentence for result in stay.values_list("result", flat=True) for sentence in result.get(what, ())]
    return list(dict.fromkeys(given))


def _metrics_of_the_rest(build: Build, again: Iterable[uuid.UUID]) -> Mapping[str, Any]:
    """The figures without those that are measured again."""
    remade = Task.objects.filter(pk__in=again, phase=Phase.IMPLEMENT).exists()
    stale = MEASURED | ({"files"} if remade else set())
    return {name: value for name, value in build.metrics.items() if name not in stale}


def _set_back(build_id: uuid.UUID, point: Point) -> None:
    whole = put_together(build_id, point.tasks)
    among = Task.objects.filter(pk__in=list(point.tasks))
    stays = among.filter(state=TaskState.SUPERSEDED).exclude(pk__in=whole)
    if among.filter(phase=Phase.PLAN).exists():
        stays = stays.exclude(parent=None)  # what an earlier plan had: the one to come says whether it is wanted
    tasks = list(among.exclude(pk__in=list(stays.values_list("pk", flat=True))).values_list("pk", flat=True))
    Attempt.objects.filter(task_id__in=tasks, outcome=AttemptOutcome.RUNNING).update(
        outcome=AttemptOutcome.CANCELLED, finished_at=db_now()
    )
    undo_steps(tasks, kept=point.kept)
    rows = Task.objects.filter(pk__in=tasks)
    rows.exclude(pk__in=list(point.counted)).update(epoch=F("epoch") + 1, priority=back_in_line(), **FRESH, **BUDGETS)
    rows.filter(pk__in=list(point.counted)).update(epoch=F("epoch") + 1, **FRESH)
    if not point.counted:
        _forget_guidance(tasks)
    if point.within is not None:
        Task.objects.filter(pk=point.within).update(head=point.commit)


def _forget_guidance(tasks: Sequence[uuid.UUID]) -> None:
    """A person wants the whole work: no fallback, and nobody and no way is left out for what failed before."""
    for task_id, params in Task.objects.filter(pk__in=tasks, params__has_key=KEY).values_list("pk", "params"):
        Task.objects.filter(pk=task_id).update(params=without_guidance(params))


def undo_steps(tasks: Sequence[uuid.UUID], *, kept: Sequence[uuid.UUID] = ()) -> None:
    """The steps of these tasks are undone but for those `kept`: the key is free again, the row stays."""
    undone = Step.objects.filter(task_id__in=list(tasks)).exclude(key__startswith=f"{ROLLED_BACK}:")
    for step_id, key in undone.exclude(pk__in=list(kept)).values_list("pk", "key"):
        Step.objects.filter(pk=step_id).update(key=f"{ROLLED_BACK}:{step_id}:{key}"[:200])
