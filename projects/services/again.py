"""A build begins again from a point: tasks are set back, the head moves, what was measured is measured again."""

from __future__ import annotations

import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from projects.engine.ready import make_ready
from projects.engine.record import Happened, lock_build, record
from projects.models import Attempt, AttemptOutcome, Build, Dependency, Finding, Step, Task
from projects.repository.repository import repository_of
from projects.services.errors import WrongState
from projects.services.frozen import thaw
from projects.states import ROLLED_BACK, TASK_DONE, BuildState, Phase, TaskState

# What the phases from validation on write into `Build.metrics`.
MEASURED = frozenset({"ladder_ms", "tools", "tests", "coverage", "smoke", "rungs", "phase_s"})
# What a task forgets; its attempts and steps stay as rows.
FRESH: dict[str, Any] = {
    "state": TaskState.PENDING, "lease_owner": "", "lease_expires_at": None, "next_run_at": None, "wait_reason": "",
    "progress": 0, "attempts": 0, "crashes": 0, "waits": 0, "head": "", "base": "", "last_error": "", "error_kind": "",
    "fingerprint": "", "started_at": None, "finished_at": None, "result": {},
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Point:
    """From where: `tasks` run again, the build's head is `head` again (empty: nothing made yet). Of the task `within`
    the steps `kept` count as done and `commit` is its newest snapshot. `green` is the last green commit that the head
    holds."""

    tasks: Sequence[uuid.UUID]
    head: str
    phase: Phase
    green: str = ""
    within: uuid.UUID | None = None
    kept: Sequence[uuid.UUID] = ()
    commit: str = ""


def held(build: Build, *, verb: str) -> Build:
    """The build's row, taken and read anew. Raises WrongState for a cancelled one; others that have ended may begin
    again. `verb` says what cannot be done, as "rolled back"."""
    lock_build(build.pk)
    fresh = Build.objects.get(pk=build.pk)
    if fresh.state == BuildState.CANCELLED:
        raise WrongState(f"A cancelled build cannot be {verb}.")
    return fresh


def begin_again(fresh: Build, point: Point, *, happened: Happened, actor: User | None, **changes: Any) -> Build:
    """Writes it, in the caller's transaction; the caller holds the build's row. The tasks run again at new epochs, a
    worker that has one is fenced. Earlier steps, attempts, commits and events stay. A deadline that has passed no
    longer holds. Checks that a plan froze are frozen anew where the stack is chosen again."""
    tasks = list(point.tasks)
    moved = point.head != fresh.head
    if Task.objects.filter(pk__in=tasks, phase=Phase.RESEARCH, started_at__isnull=False).exists():
        thaw(fresh)
    _set_back(point)
    Finding.objects.filter(build=fresh).exclude(fixed_by="").update(fixed_by="")  # the fixes are not in the head
    late = Build.objects.filter(pk=fresh.pk, deadline_at__lt=db_now()).exists()
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
            "degraded": [],
            "warnings": _warnings_of_the_rest(fresh, tasks),
            "deadline_at": None if late else fresh.deadline_at,
            **changes,
        },
    )
    make_ready(fresh.pk)
    return begun or fresh


def not_in(build: Build, commit: str) -> list[uuid.UUID]:
    """Done tasks whose work is not in the commit's history, for example because they ran beside it; of an empty commit
    all that made something."""
    done = Task.objects.filter(build=build, state__in=TASK_DONE).exclude(head="")
    if not commit:
        return list(done.values_list("pk", flat=True))
    repository = repository_of(build.project_id)
    return [task.pk for task in done if not repository.has_ancestor(commit, task.head)]


def green_in(build: Build, commit: str) -> str:
    """The build's last green commit where the history of `commit` holds it, else nothing."""
    green = Build.objects.values_list("last_green", flat=True).get(pk=build.pk)
    if not green or not commit:
        return ""
    return green if repository_of(build.project_id).has_ancestor(commit, green) else ""


def measuring(build_id: uuid.UUID) -> list[uuid.UUID]:
    """The tasks whose figures are those of a commit."""
    return list(Task.objects.filter(build_id=build_id, phase=Phase.VALIDATE).values_list("pk", flat=True))


def head_before(build: Build, tasks: Iterable[uuid.UUID]) -> str:
    """The build's head before the first of the tasks that made something; its head where none did."""
    made = Task.objects.filter(pk__in=list(tasks)).exclude(base="").order_by("started_at", "created_at")
    first = made.values_list("base", flat=True).first()
    if first is None:
        return build.head
    return "" if first == repository_of(build.project_id).root() else first


def with_dependents(build_id: uuid.UUID, first: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """The tasks and all that depend on them, directly or not."""
    after = defaultdict(list)
    for task, needs in Dependency.objects.filter(task__build_id=build_id).values_list("task_id", "needs_id"):
        after[needs].append(task)
    found = dict.fromkeys(first)
    queue = deque(found)
    while queue:
        for task in after[queue.popleft()]:
            if task not in found:
                found[task] = None
                queue.append(task)
    return list(found)


def _warnings_of_the_rest(build: Build, again: Iterable[uuid.UUID]) -> list[str]:
    """The warnings that tasks which do not run again gave in their results."""
    stay = Task.objects.filter(build=build, state__in=TASK_DONE).exclude(pk__in=again)
    given = [warning for result in stay.values_list("result", flat=True) for warning in result.get("warnings", ())]
    return list(dict.fromkeys(given))


def _metrics_of_the_rest(build: Build, again: Iterable[uuid.UUID]) -> Mapping[str, Any]:
    """The figures without those that are measured again."""
    remade = Task.objects.filter(pk__in=again, phase=Phase.IMPLEMENT).exists()
    stale = MEASURED | ({"files"} if remade else set())
    return {name: value for name, value in build.metrics.items() if name not in stale}


def _set_back(point: Point) -> None:
    tasks = list(point.tasks)
    Attempt.objects.filter(task_id__in=tasks, outcome=AttemptOutcome.RUNNING).update(
        outcome=AttemptOutcome.CANCELLED, finished_at=db_now()
    )
    undone = Step.objects.filter(task_id__in=tasks).exclude(key__startswith=f"{ROLLED_BACK}:")
    for one in undone.exclude(pk__in=list(point.kept)):  # the key is free again, the row stays
        Step.objects.filter(pk=one.pk).update(key=f"{ROLLED_BACK}:{one.pk}:{one.key}"[:200])
    Task.objects.filter(pk__in=tasks).update(epoch=F("epoch") + 1, **FRESH)
    if point.within is not None:
        Task.objects.filter(pk=point.within).update(head=point.commit)
