"""Projects, builds and tasks in any state."""

from __future__ import annotations

import factory

from projects.models import Build, Project, Task
from projects.states import BuildState, Phase, TaskState
from tests.factories.accounts import WorkspaceFactory


class ProjectFactory(factory.django.DjangoModelFactory[Project]):
    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Project {n}")
    slug = factory.Sequence(lambda n: f"project-{n}")

    class Meta:
        model = Project


class BuildFactory(factory.django.DjangoModelFactory[Build]):
    project = factory.SubFactory(ProjectFactory)
    number = factory.Sequence(lambda n: n + 1)
    idea = "A todo list with due dates."
    state = BuildState.QUEUED

    class Meta:
        model = Build


class TaskFactory(factory.django.DjangoModelFactory[Task]):
    build = factory.SubFactory(BuildFactory)
    key = factory.Sequence(lambda n: f"task-{n}")
    kind = "noop"
    phase = Phase.IMPLEMENT
    title = factory.LazyAttribute(lambda task: f"Do {task.key}")
    state = TaskState.READY

    class Meta:
        model = Task
