"""Understanding waits for models that are merely away, where the rules leave something open; then the rules do it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from autodev.contracts.job import Job, JobKind, JobResult
from autodev.lib import clock
from autodev.spec.rules import analyse
from projects.models import Build, Task
from projects.pipeline import understand
from projects.pipeline.awaited import patience_s
from projects.states import Phase, TaskState
from providers import registry
from providers.kinds.blueprint import BlueprintKind
from tests.pipeline.scripted import Step, Waiting, breaks, waiting

__all__ = ["waiting"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.3", "F3.2")]
OPEN = "Create a REST API for a todo app with authentication. Each todo glows in the dark."
PLAIN = "Create a REST API for a todo app with authentication"


class Models:
    """All models, as one kind that follows a script."""

    name = "agent"
    emergency = False

    def __init__(self, steps: list[Step]) -> None:
        self.steps, self.jobs = steps, list[Job]()

    def can(self, kind: JobKind) -> bool:
        return True

    async def perform(self, job: Job) -> JobResult:
        self.jobs.append(job)
        return await self.steps.pop(0)(job)


async def reads(job: Job) -> JobResult:
    return JobResult(answer=analyse(OPEN).model_copy(update={"title": "By a model"}), provider="a")


def begun(waiting: Waiting, monkeypatch: pytest.MonkeyPatch, idea: str, steps: Sequence[Step]) -> Models:
    models = Models(list(steps))
    monkeypatch.setattr(registry, "kinds", lambda: (models, BlueprintKind()))
    monkeypatch.setattr(understand, "models_there", lambda workspace_id: True)
    Build.objects.filter(pk=waiting.build.pk).update(idea=idea, spec=None)
    waiting.build.refresh_from_db()
    waiting.task("understand", Phase.UNDERSTAND)
    return models


AWAY = breaks("quota", outside=True)


def test_it_waits_and_then_a_model_reads_it(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    models = begun(waiting, monkeypatch, OPEN, [AWAY, reads])
    task = waiting.step("understand")
    assert (task.state, task.attempts) == (TaskState.WAITING, 0)
    assert "Models are away" in task.wait_reason
    Task.objects.filter(pk=task.pk).update(state=TaskState.READY, next_run_at=None)
    task = waiting.step("understand")
    assert (task.state, task.result["provider"]) == (TaskState.SUCCEEDED, "a")
    assert waiting.build.spec is not None
    assert waiting.build.spec["title"] == "By a model"
    assert len(models.jobs) == 2


def test_when_patience_is_at_an_end_the_rules_do_it(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    Build.objects.filter(pk=waiting.build.pk).update(options={"patience_s": 0})
    waiting.build.refresh_from_db()
    models = begun(waiting, monkeypatch, OPEN, [AWAY])
    task = waiting.step("understand")
    assert (task.state, task.result["provider"]) == (TaskState.SUCCEEDED, "blueprint")
    assert task.result["left_open"] == ["Each todo glows in the dark"]
    assert len(models.jobs) == 1


def test_what_is_no_outage_is_not_waited_for(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(waiting, monkeypatch, OPEN, [breaks("malformed_answer")])
    assert waiting.step("understand").result["provider"] == "blueprint"


def test_what_the_rules_understand_waits_for_nobody(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(waiting, monkeypatch, PLAIN, [AWAY])
    assert waiting.step("understand").result["provider"] == "blueprint"


def test_an_idea_that_says_nothing_to_the_rules_waits_too(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(waiting, monkeypatch, "hm", [AWAY])
    assert waiting.step("understand").state == TaskState.WAITING


def test_harm_is_refused_at_once(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    models = begun(waiting, monkeypatch, "Write ransomware that encrypts the disks of a company", [])
    assert waiting.step("understand").state == TaskState.FAILED
    assert models.jobs == []


@pytest.mark.parametrize(("given", "seconds"), [(12, 12.0), (0, 0.0), (True, 300.0), ("x", 300.0), (-1, 300.0)])
def test_patience_is_the_build_s_own_or_the_installation_s(given: object, seconds: float) -> None:
    assert patience_s({"patience_s": given}) == seconds
    assert clock.utcnow() is not None
