"""A small pipeline for the engine's tests: two tasks beside each other that journal, write files and take snapshots."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from django.conf import settings

from autodev.events.models import Event
from projects.engine.context import TaskContext
from projects.engine.outcome import NewTask, Outcome, Succeeded
from projects.models import Attempt, Build, Step
from projects.repository.repository import repository_of
from projects.services.start import start_build
from projects.states import Phase
from tests.engine.conftest import Handle
from tests.factories.accounts import UserFactory, WorkspaceFactory

PARTS = ("left", "right")
STEPS = 2


def effects() -> list[str]:
    """What was done to the world, in order; a repeated line was done twice."""
    log = Path(settings.AUTODEV_DATA, "effects.log")
    return log.read_text().split() if log.exists() else []


def _do(line: str) -> str:
    with Path(settings.AUTODEV_DATA, "effects.log").open("a") as log:
        log.write(f"{line}\n")
    return line


def understand(ctx: TaskContext) -> Outcome:
    ctx.progress(50, "Reading")
    parts = [
        NewTask(key=part, kind="part", phase=Phase.IMPLEMENT, title=f"Make {part}", needs=["understand"])
        for part in PARTS
    ]
    last = NewTask(key="deliver", kind="deliver", phase=Phase.DELIVER, title="Deliver", needs=PARTS)
    return Succeeded(add_tasks=[*parts, last], build_updates={"spec": {"title": "Product"}}, merge=False)


def part(ctx: TaskContext) -> Outcome:
    for number in range(STEPS):
        name = f"{ctx.task.key}-{number}"
        text = ctx.journal.once(name, partial(_do, name))
        ctx.workspace.write(f"{name}.txt", text.encode())
        ctx.workspace.snapshot(f"Made {name}")
        ctx.output(f"{name}\n")
    return Succeeded(result={"files": STEPS})


def deliver(ctx: TaskContext) -> Outcome:
    return Succeeded(build_updates={"verdict": "succeeded"}, merge=False)


def install(handle: Handle) -> Build:
    """Names the handlers and starts a build."""
    handle("understand", understand)
    handle("part", part)
    handle("deliver", deliver)
    return start_build(workspace=WorkspaceFactory.create(), user=UserFactory.create(), idea="A product of two parts.")


def assert_whole(build: Build, *, repeated: int = 0) -> None:
    """The build ended right: everything there, nothing twice, no gap."""
    build.refresh_from_db()
    assert (build.state, build.errors, build.progress) == ("succeeded", [], 100)
    repository = repository_of(build.project_id)
    names = [f"{one}-{number}" for one in PARTS for number in range(STEPS)]
    assert repository.files(build.head) == sorted(f"{name}.txt" for name in names)
    assert all(repository.read(build.head, f"{name}.txt") == name.encode() for name in names)
    assert set(effects()) == set(names)
    assert len(effects()) <= len(names) + repeated
    calls = Step.objects.filter(kind="call").values_list("task__key", "key")
    assert len(calls) == len(set(calls)) == len(names)
    assert list(Event.objects.filter(build_id=build.pk).order_by("version").values_list("version", flat=True)) == list(
        range(1, build.version + 1)
    )
    claims = Event.objects.filter(type="task.claimed").count()
    assert Attempt.objects.count() == claims
    assert not Attempt.objects.filter(outcome="running").exists()
    assert not build.tasks.exclude(state="succeeded").exists()
