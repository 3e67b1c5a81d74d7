"""A review by a model that did not make the work, and the one round for what it found wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autodev.contracts.contexts import RepairContext, ReviewContext
from autodev.contracts.job import Job, JobResult
from projects.checks.types import Rung
from projects.models import Evidence, Finding, Task
from projects.states import Phase, TaskState
from tests.pipeline.scripted import Step, Waiting, breaks, waiting, writes
from tests.pipeline.test_beside import ready

__all__ = ["waiting"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.3")]
WRONG = {"path": "probe/song.py", "line": 1, "message": "It is out of tune.", "severity": "blocking"}
LOOSE = {"path": "", "message": "A chorus would be nice.", "severity": "advice"}


def says(*remarks: dict[str, Any], provider: str = "b") -> Step:
    async def step(job: Job) -> JobResult:
        return JobResult(answer={"summary": "Mostly fine.", "remarks": list(remarks)}, provider=provider)

    return step


def reviewing(waiting: Waiting, rungs: list[Rung], folder: Path) -> None:
    """`review` is ready after a model extended the product; `amend` follows."""
    ready(waiting, rungs, "extend", folder)
    Task.objects.filter(key="extend").update(state=TaskState.SUCCEEDED, result={"provider": "a"})
    waiting.between("review", Phase.REFINE, "extend", "deliver")
    waiting.task("amend", Phase.REFINE, needs=["review"], state=TaskState.PENDING, critical=False)


def test_its_remarks_are_findings_with_who_said_it(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    reviewing(waiting, short_ladder, tmp_path / "added")
    waiting.models.will(says(WRONG, LOOSE))
    task = waiting.step("review")
    assert (task.state, task.result["reviewed"], task.result["provider"]) == (TaskState.SUCCEEDED, True, "b")
    found = list(Finding.objects.values_list("rule", "severity", "file", "line", "message"))
    assert found == [
        ("review:b", "warning", "probe/song.py", 1, "It is out of tune."),
        ("review:b", "info", "", None, "A chorus would be nice."),
    ]
    (job,) = waiting.models.jobs
    assert isinstance(job.context, ReviewContext)
    assert list(job.context.made_by) == ["a"]
    assert "la la" in job.context.diff


async def nonsense(job: Job) -> JobResult:
    return JobResult(answer={"remarks": "none"}, provider="b")


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (breaks("quota", outside=True), "it failed: quota"),
        (nonsense, "b gave no review"),
        (says(WRONG, provider="a"), "a made the work itself"),
    ],
)
def test_an_opinion_that_is_not_there_is_none(
    waiting: Waiting, short_ladder: list[Rung], tmp_path: Path, step: Step, reason: str
) -> None:
    reviewing(waiting, short_ladder, tmp_path / "added")
    waiting.models.will(step)
    task = waiting.step("review")
    assert (task.state, task.result["reviewed"], task.result["reason"]) == (TaskState.SUCCEEDED, False, reason)
    assert not Finding.objects.exists()


def test_what_no_model_made_is_not_reviewed(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    reviewing(waiting, short_ladder, tmp_path / "added")
    Task.objects.filter(key="extend").update(result={})
    assert waiting.step("review").result["reviewed"] is False
    assert waiting.models.jobs == []


def amended(
    waiting: Waiting, rungs: list[Rung], folder: Path, *steps: Step, remarks: tuple[Any, ...] = (WRONG,)
) -> Task:
    reviewing(waiting, rungs, folder)
    waiting.models.will(says(*remarks), *steps)
    waiting.step("review")
    Task.objects.filter(key="amend").update(state=TaskState.READY)
    Task.objects.filter(key="deliver").update(state=TaskState.PENDING)
    Task.objects.filter(key="validate").update(state=TaskState.PENDING)
    return waiting.step("amend")


def test_what_is_wrong_gets_one_round(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    tuned = {"probe/song.py": 'NOTES = "do re"\n'}
    task = amended(waiting, short_ladder, tmp_path / "added", writes(tuned), remarks=(WRONG, LOOSE))
    assert (task.state, task.result["kept"], task.result["remarks"]) == (TaskState.SUCCEEDED, True, 1)
    job = waiting.models.jobs[-1]
    assert isinstance(job.context, RepairContext)
    assert [(p.check, p.place, p.message) for p in job.context.problems] == [
        ("review by b", "probe/song.py:1", "It is out of tune.")
    ]
    assert waiting.repository.read(waiting.build.head, "probe/song.py").decode() == tuned["probe/song.py"]
    assert set(Evidence.objects.filter(task=task).values_list("commit", flat=True)) == {waiting.build.head}


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (writes({"probe/song.py": "def (:\n"}), "what was done made the proof worse"),
        (writes({}), "a changed nothing"),
        (breaks("quota", outside=True), "it failed: quota"),
    ],
)
def test_what_does_not_help_is_left_and_nothing_fails(
    waiting: Waiting, short_ladder: list[Rung], tmp_path: Path, step: Step, reason: str
) -> None:
    task = amended(waiting, short_ladder, tmp_path / "added", step)
    assert (task.state, task.result["kept"], task.result["reason"]) == (TaskState.SUCCEEDED, False, reason)
    assert waiting.repository.read(waiting.build.head, "probe/song.py").decode() == 'NOTES = "la la"\n'


def test_advice_asks_nobody(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    task = amended(waiting, short_ladder, tmp_path / "added", remarks=(LOOSE,))
    assert (task.result["kept"], len(waiting.models.jobs)) == (False, 1)
