"""An imported repository is changed by a model: what was green stays green, and new tests show what is new."""

from __future__ import annotations

import pytest

from autodev.accounts.models import User, Workspace
from autodev.contracts.job import ChangeSummary, Job, JobKind, JobResult
from projects.engine import hooks
from projects.models import Build, Project, Task
from projects.pipeline import change_plan, change_understand
from projects.repository.repository import repository_of
from projects.selectors.evidence import evidence_of
from projects.selectors.mainline import stack_of
from projects.services import change_start, merge_change
from projects.services.importing import import_start, source_of_folder
from providers import registry
from tests.importing.conftest import Engine, Repo
from tests.pipeline.scripted import Scripted, Step, writes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
APP = {
    "requirements.txt": "# nothing but the standard library\n",
    "calc.py": "def add(a, b):\n    return a + b\n",
    "test_calc.py": "import unittest\n\nfrom calc import add\n\n\nclass Adding(unittest.TestCase):\n"
    "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n",
}
MORE = {"calc.py": APP["calc.py"] + "\n\ndef subtract(a, b):\n    return a - b\n"}
SHOWN = {
    "test_subtract.py": "from calc import subtract\n\n\ndef test_subtract():\n    assert subtract(3, 2) == 1\n",
}


def deletes(path: str) -> Step:
    async def step(job: Job) -> JobResult:
        job.ports.workspace.delete(path)
        await job.ports.workspace.snapshot(f"Deleted {path}")
        return JobResult(answer=ChangeSummary(title="Done", paths=(path,)), provider="a")

    return step


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    found = Scripted()
    words = {"README.md": "# Calc\n\nIt subtracts.\n"}
    found.always = {JobKind.TEST: writes(SHOWN), JobKind.DOCUMENT: writes(words), JobKind.REVIEW: writes({})}
    monkeypatch.setattr(registry, "kinds", lambda: (found,))
    for module in (change_plan, change_understand):
        monkeypatch.setattr(module, "models_there", lambda workspace_id: True)
    monkeypatch.setattr(hooks, "_hook", lambda failure: None)
    return found


@pytest.mark.feature("F1.13")
def test_a_model_changes_it_and_is_held_to_what_was_green(
    engine: Engine, workspace: Workspace, user: User, repo: Repo, models: Scripted
) -> None:
    source = source_of_folder(repo(APP))
    first = engine.run(import_start(workspace=workspace, user=user, source=source))
    assert first.state == "succeeded", (first.errors, first.degraded)

    models.will(writes(MORE))
    change = engine.run(change_start(build=first, user=user, text="Add subtraction."))
    assert change.state == "succeeded", (change.errors, change.degraded, _last(change))
    assert [(r.requirement.sentence, r.state) for r in evidence_of(change).requirements] == [
        ("What is green stays green", "met"), ("Add subtraction", "met"),
    ]  # fmt: skip
    assert [job.kind for job in models.jobs] == [
        JobKind.IMPLEMENT, JobKind.TEST, JobKind.DOCUMENT, JobKind.REVIEW,
    ]  # fmt: skip
    kept = dict(Task.objects.filter(build=change, key__in=["test", "document"]).values_list("key", "result__kept"))
    assert kept == {"test": True, "document": True}
    assert models.jobs[0].brief == "Add subtraction"
    merge_change(build=change, user=user)
    assert Project.objects.get(pk=first.project_id).head == change.head
    assert "test_subtract.py::test_subtract" in stack_of(change)["green"]

    # the tests of the change are green now, and held like the others
    models.will(deletes("test_subtract.py"))
    bad = engine.run(change_start(build=first, user=user, text="Tidy up."))
    task = Task.objects.get(build=bad, key="extend")
    assert task.wait_reason == "recovery"
    assert "test_subtract.py::test_subtract" in task.last_error
    assert repository_of(first.project_id).read(bad.head, "test_subtract.py")


def _last(build: Build) -> list[str]:
    return [error for error in Task.objects.filter(build=build).values_list("last_error", flat=True) if error]
