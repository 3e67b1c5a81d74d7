"""Projects, builds and tasks in any state."""

# mypy: disable-error-code="no-untyped-call"
# factory-boy's declarations have no types.

from __future__ import annotations

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from projects.models import Build, Project, Task
from projects.states import BuildState, Phase, TaskState
from tests.factories.accounts import WorkspaceFactory


class ProjectFactory(DjangoModelFactory[Project]):
    workspace = SubFactory(WorkspaceFactory)
    name = Sequence(lambda n: f"Project {n}")
    slug = Sequence(lambda n: f"project-{n}")

    class Meta:
        model = Project


class BuildFactory(DjangoModelFactory[Build]):
    project = SubFactory(ProjectFactory)
    number = Sequence(lambda n: n + 1)
    idea = "A todo list with due dates."
    state = BuildState.QUEUED

    class Meta:
        model = Build


class TaskFactory(DjangoModelFactory[Task]):
    build = SubFactory(BuildFactory)  # type: ignore[assignment] # the field's name is also the factory's verb
    key = Sequence(lambda n: f"task-{n}")
    kind = "noop"
    phase = Phase.IMPLEMENT
    title = LazyAttribute(lambda task: f"Do {task.key}")
    state = TaskState.READY

    class Meta:
        model = Task
