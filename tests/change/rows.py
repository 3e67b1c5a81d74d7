"""A project with a delivered build and changes of it, as rows and commits, without running anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils import timezone

from autodev.accounts.models import User, Workspace
from autodev.spec.rules import analyse
from projects.models import Build, BuildOrigin, Dependency, Project, Task
from projects.repository.repository import repository_of
from projects.states import BuildState, Phase, TaskState
from tests.factories.projects import BuildFactory, ProjectFactory, TaskFactory

TODO = "Create a REST API for a todo app with authentication"
STACK: dict[str, Any] = {"blueprint": "probe", "lock": "", "pins": {}}
CHAIN = (
    ("understand", Phase.UNDERSTAND), ("research", Phase.RESEARCH), ("plan", Phase.PLAN),
    ("implement", Phase.IMPLEMENT), ("validate", Phase.VALIDATE), ("deliver", Phase.DELIVER),
)  # fmt: skip


def commit(build: Build, folder: Path, files: dict[str, str | None], *, parent: str) -> str:
    """The folder with these files written (None: taken away) as a commit on the parent."""
    repository = repository_of(build.project_id)
    repository.init()
    folder.mkdir(exist_ok=True)
    for path in list(folder.rglob("*")):
        if path.is_file():
            path.unlink()
    if parent:
        for kept in repository.files(parent):
            (folder / kept).parent.mkdir(parents=True, exist_ok=True)
            (folder / kept).write_bytes(repository.read(parent, kept))
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(text)
    return repository.snapshot(folder, parent=parent or repository.root(), message="Work\n", date=timezone.now())


def delivered(workspace: Workspace, user: User, folder: Path, **files: str | None) -> Build:
    """A first build that succeeded, as the main line."""
    project = ProjectFactory.create(workspace=workspace, name="Todo", slug="todo")
    spec = analyse(TODO).model_dump(mode="json")
    build: Build = BuildFactory.create(
        project=project, idea=TODO, state=BuildState.SUCCEEDED, spec=spec, created_by=user, number=1,
        finished_at=timezone.now(), started_at=timezone.now(),
    )  # fmt: skip
    build.head = commit(build, folder, files or {"a.txt": "1\n", "b.txt": "1\n"}, parent="")
    build.save()
    Project.objects.filter(pk=project.pk).update(head=build.head)
    _tasks(build)
    return Build.objects.select_related("project", "workspace").get(pk=build.pk)


def changed(
    parent: Build, user: User, folder: Path, files: dict[str, str | None], *, result: dict[str, Any] | None = None,
    **values: Any,
) -> Build:  # fmt: skip
    """A change of the build that succeeded and that nobody has decided on."""
    number = 1 + Build.objects.filter(project=parent.project).count()
    more = {
        "state": BuildState.SUCCEEDED, "spec": parent.spec, "plan": {"before": parent.spec},
        "finished_at": timezone.now(), **values,
    }  # fmt: skip
    build: Build = BuildFactory.create(
        project=parent.project, idea=f"Change {number}", origin=BuildOrigin.CHANGE, parent=parent, base=parent.head,
        number=number, created_by=user, started_at=timezone.now(), **more,
    )  # fmt: skip
    build.head = commit(build, folder, files, parent=parent.head)
    build.save()
    _tasks(build, implement=result or {})
    return Build.objects.select_related("project", "workspace", "parent").get(pk=build.pk)


def _tasks(build: Build, **results: dict[str, Any]) -> None:
    before: Task | None = None
    for key, phase in CHAIN:
        result = {"research": STACK, "understand": {"before": build.spec}, "deliver": {"verdict": "succeeded"}}.get(key)
        task = TaskFactory.create(
            build=build, key=key, kind=key, phase=phase, state=TaskState.SUCCEEDED, title=key.title(),
            result={**(result or {}), **results.get(key, {})}, params={"spec": build.spec, "stack": STACK},
            started_at=timezone.now(), finished_at=timezone.now(),
        )  # fmt: skip
        if before is not None:
            Dependency.objects.create(task=task, needs=before)
        before = task
