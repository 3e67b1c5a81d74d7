"""Rolling a build back to a checkpoint: the head moves back and the tasks after it run again. Nothing is deleted."""

from __future__ import annotations

import uuid
from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any

from django.db.models import F

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.ready import make_ready
from projects.engine.record import Happened, lock_build, record
from projects.models import Attempt, AttemptOutcome, Build, Dependency, Finding, Step, Task
from projects.repository.repository import repository_of
from projects.services.errors import NoSuchStep, WrongState
from projects.states import TASK_DONE, BuildState, Phase, TaskState

ROLLED_BACK = "rolled-back"
# What the phases from validation on write into `Build.metrics`.
MEASURED = frozenset({"ladder_ms", "tools", "tests", "coverage", "smoke", "rungs", "phase_s"})


def rollback_build(*, build: Build, user: User | None, to_step: Step | None = None, commit: str = "") -> Build:
    """The build's head is the checkpoint's commit again, named by its step or by the commit. The task of the step, all
    that depend on it and all whose work the commit does not hold run again at new epochs; the journal goes on after
    the step. Earlier steps, attempts, commits and events stay. What was measured is measured again, so that no figure
    tells of another commit. A build that had ended runs again, except a cancelled one (WrongState); a deadline that has
    passed no longer holds. Raises NoSuchStep for what is no checkpoint of this build."""
    step = to_step or Step.objects.filter(task__build=build, commit=commit).exclude(commit="").first()
    if step is None or not step.commit or step.task.build_id != build.pk:
        raise NoSuchStep("This is no checkpoint of the build.")
    missing = _not_in(build, step.commit)
    green = _green_in(build, step.commit)

    def apply() -> Build:
        lock_build(build.pk)
        fresh = Build.objects.get(pk=build.pk)
        if fresh.state == BuildState.CANCELLED:
            raise WrongState("A cancelled build cannot be rolled back.")
        measured = Task.objects.filter(build=build, phase=Phase.VALIDATE).values_list("pk", flat=True)
        again = _with_dependents(build.pk, [step.task_id, *missing, *measured])
        _set_back(again, step)
        Finding.objects.filter(build=build).exclude(fixed_by="").update(fixed_by="")  # the fixes are not in the head
        late = Build.objects.filter(pk=build.pk, deadline_at__lt=db_now()).exists()
        payload = {"step_id": str(step.pk), "commit": step.commit, "from": fresh.head, "tasks": len(again)}
        if late:
            payload["deadline_dropped"] = str(fresh.deadline_at)
        rolled = record(
            build.pk,
            [Happened(type="build.rolled_back", task_id=step.task_id, payload=payload)],
            actor=user,
            ring=True,
            state=BuildState.RUNNING,
            phase=Phase(step.task.phase),
            progress=0,
            head=step.commit,
            finished_at=None,
            errors=[],
            degraded=[],
            warnings=_warnings_of_the_rest(fresh, again),
            metrics=_metrics_of_the_rest(fresh, again),
            sandbox_level="",
            last_green=green if fresh.last_green == green else "",
            deadline_at=None if late else fresh.deadline_at,
        )
        make_ready(build.pk)
        return rolled or fresh

    return write(apply)


def _not_in(build: Build, commit: str) -> list[uuid.UUID]:
    """Done tasks whose work is not in the commit's history, for example because they ran beside it."""
    repository = repository_of(build.project_id)
    done = Task.objects.filter(build=build, state__in=TASK_DONE).exclude(head="")
    return [task.pk for task in done if not repository.has_ancestor(commit, task.head)]


def _green_in(build: Build, commit: str) -> str:
    """The build's last green commit where the history of `commit` holds it, else nothing."""
    green = Build.objects.values_list("last_green", flat=True).get(pk=build.pk)
    return green if green and repository_of(build.project_id).has_ancestor(commit, green) else ""


def _warnings_of_the_rest(build: Build, again: Iterable[uuid.UUID]) -> list[str]:
    """The warnings that tasks which do not run again gave in their results."""
    stay = Task.objects.filter(build=build, state__in=TASK_DONE).exclude(pk__in=again)
    given = [warning for result in stay.values_list("result", flat=True) for warning in result.get("warnings", ())]
    return list(dict.fromkeys(given))


def _metrics_of_the_rest(build: Build, again: Iterable[uuid.UUID]) -> dict[str, Any]:
    """The figures without those that are measured again."""
    remade = Task.objects.filter(pk__in=again, phase=Phase.IMPLEMENT).exists()
    stale = MEASURED | ({"files"} if remade else set())
    return {name: value for name, value in build.metrics.items() if name not in stale}


def _with_dependents(build_id: uuid.UUID, first: Iterable[uuid.UUID]) -> list[uuid.UUID]:
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


def _set_back(tasks: list[uuid.UUID], step: Step) -> None:
    Attempt.objects.filter(task_id__in=tasks, outcome=AttemptOutcome.RUNNING).update(
        outcome=AttemptOutcome.CANCELLED, finished_at=db_now()
    )
    undone = Step.objects.filter(task_id__in=tasks).exclude(key__startswith=f"{ROLLED_BACK}:")
    kept = Step.objects.filter(task_id=step.task_id, created_at__lte=step.created_at)
    for one in undone.exclude(pk__in=kept):  # the key is free again, the row stays
        Step.objects.filter(pk=one.pk).update(key=f"{ROLLED_BACK}:{one.pk}:{one.key}"[:200])
    rows = Task.objects.filter(pk__in=tasks)
    rows.update(
        state=TaskState.PENDING,
        epoch=F("epoch") + 1,
        lease_owner="",
        lease_expires_at=None,
        next_run_at=None,
        wait_reason="",
        progress=0,
        attempts=0,
        crashes=0,
        waits=0,
        head="",
        base="",
        last_error="",
        error_kind="",
        fingerprint="",
        started_at=None,
        finished_at=None,
        result={},
    )
    rows.filter(pk=step.task_id).update(head=step.commit)
