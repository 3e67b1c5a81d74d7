"""Tasks, their picture, attempts and steps."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from autodev.accounts.errors import NotFound
from projects.models import Attempt, AttemptOutcome, Build, Dependency, Step, Task

STEPS_A_PAGE = 50
TASKS_SHOWN = 300


def tasks_of(build: Build) -> list[Task]:
    """The build's tasks in the order of their making, at most `TASKS_SHOWN`, without the wide columns."""
    return list(build.tasks.defer("params", "result").order_by("created_at", "id")[:TASKS_SHOWN])


def edges_of(build: Build) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(needed task, needing task) of the build's dependencies."""
    rows = Dependency.objects.filter(task__build=build).order_by("id").values_list("needs_id", "task_id")
    return list(rows[: TASKS_SHOWN * 4])


def task_of(build: Build, task_id: uuid.UUID) -> Task:
    """Raises NotFound for a task of another build."""
    task = build.tasks.filter(pk=task_id).first()
    if task is None:
        raise NotFound("There is no such task.")
    return task


def attempts_of(task: Task) -> QuerySet[Attempt]:
    """Newest first."""
    return task.attempt_rows.order_by("-epoch")


def shown_attempt(build: Build) -> Attempt | None:
    """The attempt whose output the page shows: the newest that runs, else the newest of all."""
    newest = Attempt.objects.filter(task__build=build).select_related("task").order_by("-started_at", "-id")
    return newest.filter(outcome=AttemptOutcome.RUNNING).first() or newest.first()


def steps_of(build: Build) -> QuerySet[Step]:
    """Newest first, without their answers; the page takes `STEPS_A_PAGE` at a time."""
    return Step.objects.filter(task__build=build).select_related("task").defer("output").order_by("-created_at", "-id")


def commits_of(build: Build, limit: int = 100) -> list[Step]:
    """The steps that left a commit, newest first."""
    return list(steps_of(build).exclude(commit="")[:limit])


def step_of(build: Build, step_id: uuid.UUID) -> Step:
    """A step of the build with its task. Raises NotFound for another build's."""
    step = Step.objects.filter(task__build=build, pk=step_id).select_related("task").first()
    if step is None:
        raise NotFound("There is no such step.")
    return step
