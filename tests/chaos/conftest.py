"""A build that ended as it should, to break by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.chaos.effects import Effect
from bench.chaos.marks import WISH, end, expected_files, instead, part
from projects.engine import handlers
from projects.engine.claim import claim
from projects.engine.context import TaskContext
from projects.engine.execute import execute
from projects.engine.lease import Lease
from projects.engine.outcome import Outcome
from projects.models import Build, Step, Task
from projects.services.start import start_build
from tests.factories.accounts import UserFactory, WorkspaceFactory

KEY = "chaos-1-1"


@dataclass
class Ended:
    """The build, the answers of the API that started it, and the effects its tasks left."""

    build: Build
    accepted: dict[str, list[str]]
    effects: list[Effect]
    data: Path

    def task(self, key: str) -> Task:
        return Task.objects.get(build=self.build, key=key)

    def effect(self, key: str, step: str, *, epoch: int) -> Effect:
        return Effect(build=str(self.build.pk), task=str(self.task(key).pk), key=step, epoch=epoch)


@pytest.fixture
def run_all(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Callable[[], None]:
    """Runs what is ready until nothing is, as a slot does, with the harness's own kinds of task."""
    from autodev.lib import clock

    def understand(ctx: TaskContext) -> Outcome:
        return instead("parts")

    mine = {"understand": understand, "chaos_part": part, "chaos_end": end}
    monkeypatch.setattr(handlers, "_handlers", mine)
    monkeypatch.setattr("bench.chaos.marks.PAUSE_S", 0.0)
    monkeypatch.setenv("CHAOS_EFFECTS", str(data_dir / "effects.jsonl"))

    def go() -> None:
        while (claimed := claim("judge")) is not None:
            execute(claimed, Lease(task_id=claimed.task.pk, epoch=claimed.epoch, started_at=clock.monotonic()))

    return go


@pytest.fixture
def ended(transactional_db: None, run_all: Callable[[], None], data_dir: Path) -> Ended:
    from bench.chaos.effects import read

    build = start_build(
        workspace=WorkspaceFactory.create(),
        user=UserFactory.create(),
        idea="Parts beside each other.",
        preferences={WISH: "parts"},
        idempotency_key=KEY,
    )
    run_all()
    build.refresh_from_db()
    assert build.state == "succeeded"
    assert len(expected_files("parts")) == Step.objects.filter(kind="call", key__contains="-").count()
    return Ended(build, {KEY: [str(build.pk)]}, read(data_dir / "effects.jsonl"), data_dir)
