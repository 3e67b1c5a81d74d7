"""Builds whose tasks need each other, and tasks that wait for a decision."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from projects.engine import finish
from projects.engine.claim import claim
from projects.engine.ready import make_ready
from projects.models import Build, Dependency, Task
from projects.repository.repository import EPOCH, Repository
from projects.states import TaskState
from tests.factories.projects import TaskFactory


def graph(build: Build, needs: Mapping[str, Sequence[str]], **of_all: object) -> dict[str, Task]:
    """Pending tasks by key, each with what it needs; those without needs are ready."""
    tasks = {key: TaskFactory.create(build=build, key=key, state=TaskState.PENDING, **of_all) for key in needs}
    for key, needed in needs.items():
        Dependency.objects.bulk_create([Dependency(task=tasks[key], needs=tasks[one]) for one in needed])
    make_ready(build.pk)
    return tasks


def done(*tasks: Task, head: str = "") -> None:
    """These have succeeded."""
    for task in tasks:
        Task.objects.filter(pk=task.pk).update(state=TaskState.SUCCEEDED, head=head, result={"done": True})
        make_ready(task.build_id)


def failed(task: Task, *, kind: str = "work", message: str = "2 failed", outside: bool = False) -> Task:
    """The task after a failed attempt: it waits for a decision."""
    Task.objects.filter(state=TaskState.READY).exclude(pk=task.pk).update(state=TaskState.PENDING)
    taken = claim("worker-a")
    assert taken is not None
    assert taken.task.pk == task.pk
    finish.fail_attempt(taken, kind=kind, message=message, fingerprint="f", outside=outside)
    make_ready(task.build_id)
    task.refresh_from_db()
    return task


def states(build: Build) -> dict[str, str]:
    """State by key."""
    return dict(Task.objects.filter(build=build).values_list("key", "state"))


def needs(build: Build, key: str) -> set[str]:
    """The keys that a task needs."""
    return set(Dependency.objects.filter(task__build=build, task__key=key).values_list("needs__key", flat=True))


def commit_of(repository: Repository, files: Mapping[str, str], *, parent: str) -> str:
    """A commit of these files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            Path(folder, name).write_text(text)
        return repository.snapshot(Path(folder), parent=parent, message="Made\n", date=EPOCH)
