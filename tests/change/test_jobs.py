"""A change by a model has the jobs of a first build beside it: tests, documentation, a review and one round for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.accounts.models import User, Workspace
from autodev.contracts.contexts import DocumentContext, RepairContext, ReviewContext, TestContext
from autodev.contracts.job import JobKind
from autodev.sandbox import Isolation
from autodev.spec.schema import Requirement, Spec
from projects.checks.gate_rows import verdict
from projects.engine import decisions
from projects.guidance import Guidance, with_guidance
from projects.importing.layout import Layout
from projects.importing.manifest import manifest_of_layout
from projects.models import Build, Finding, Task
from projects.models import Requirement as ProjectRequirement
from projects.pipeline import change_implement, change_plan, change_understand
from projects.pipeline.beside import LEFT_OUT
from projects.pipeline.blame import before_the_change
from projects.pipeline.document import documents_in
from projects.pipeline.test import is_test
from projects.repository.repository import repository_of
from projects.selectors.mainline import made_by_rules
from projects.services import change_start, merge_change
from projects.states import BuildState, TaskState
from tests.change.conftest import Engine
from tests.change.rows import changed, delivered
from tests.change.test_by_model import FILES, WISH, models, reads
from tests.pipeline.scripted import Scripted, breaks, writes
from tests.pipeline.test_review import WRONG, says

__all__ = ["models"]
pytestmark = pytest.mark.feature("F1.13")
PAINT = {"probe/paint.py": '"""Paint."""\n\nCOLOUR = "red"\n'}
TESTS = {"tests/test_paint.py": "from probe.paint import COLOUR\n\n\ndef test_colour():\n    assert COLOUR\n"}
WORDS = {"README.md": "# It paints\n", "CHANGELOG.md": "- It paints.\n"}
MENDED = {"probe/paint.py": '"""Paint."""\n\nCOLOUR = "green"\n'}


@pytest.fixture
def first(workspace: Workspace, user: User, engine: Engine, tmp_path: Path) -> Build:
    return delivered(workspace, user, tmp_path / "files", **FILES, **{"README.md": "# A product\n"})


def _results(build: Build) -> dict[str, dict[str, object]]:
    return dict(Task.objects.filter(build=build).values_list("key", "result"))


def test_it_is_tested_documented_reviewed_and_amended(
    first: Build, user: User, engine: Engine, models: Scripted
) -> None:
    models.always = {}
    models.will(
        reads(), writes(PAINT), writes(TESTS), writes(WORDS),
        says({**WRONG, "path": "probe/paint.py", "message": "Todos are green."}), writes(MENDED),
    )  # fmt: skip
    change = engine.run(change_start(build=first, user=user, text=f"{WISH}."))
    assert [job.kind for job in models.jobs] == [
        JobKind.ANALYSE, JobKind.IMPLEMENT, JobKind.TEST, JobKind.DOCUMENT, JobKind.REVIEW, JobKind.REPAIR,
    ]  # fmt: skip
    _, _, test, document, review, amend = (job.context for job in models.jobs)
    assert isinstance(test, TestContext)
    assert list(test.paths) == ["probe/paint.py"]
    assert isinstance(document, DocumentContext)
    assert (list(document.paths), list(document.documents)) == (["probe/paint.py"], ["README.md"])
    assert isinstance(review, ReviewContext)
    assert review.made_by == ["a"]
    assert 'COLOUR = "red"' in review.diff
    assert isinstance(amend, RepairContext)
    assert [problem.message for problem in amend.problems] == ["Todos are green."]
    results = _results(change)
    assert all(results[key]["kept"] for key in ("extend", "test", "document", "amend")), results
    assert Finding.objects.get(build=change, rule="review:b").message == "Todos are green."
    files = repository_of(change.project_id)
    assert {"tests/test_paint.py", "CHANGELOG.md"} <= set(files.files(change.head))
    assert "green" in files.read(change.head, "probe/paint.py").decode()
    assert not made_by_rules(change)
    assert change.state == BuildState.DEGRADED  # no check of this short ladder shows the wish, and the gate says so


def test_what_lacks_is_left_out_and_the_change_lacks_nothing_else(
    first: Build, user: User, engine: Engine, models: Scripted
) -> None:
    models.always = {JobKind.REVIEW: breaks("quota", outside=True), JobKind.TEST: writes({"probe/other.py": "X = 1\n"})}
    models.will(reads(), writes(PAINT), writes({}))
    change = engine.run(change_start(build=first, user=user, text=f"{WISH}."))
    task = Task.objects.get(build=change, key="test")
    assert (task.state, task.critical) == (TaskState.WAITING, False)
    params = with_guidance(task.params, Guidance(strategy="test", percent=60))
    assert decisions.retry(task_id=task.pk, epoch=task.epoch, reason="Left out.", params=params)
    change = engine.run(change)
    results = _results(change)
    assert LEFT_OUT in results["test"]
    assert results["review"]["reviewed"] is False
    assert all("nothing checks it" in sentence for sentence in change.degraded), change.degraded
    assert any("Write tests for what was added: left out" in sentence for sentence in change.warnings)
    assert "probe/other.py" not in repository_of(change.project_id).files(change.head)


def test_without_a_model_none_of_these_is_planned(
    first: Build, user: User, engine: Engine, models: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (change_plan, change_understand):
        monkeypatch.setattr(module, "models_there", lambda workspace_id: False)
    change = engine.run(change_start(build=first, user=user, text="Add tags to todos."))
    assert set(_results(change)) == {
        "understand", "research", "plan", "implement", "validate", "refine", "deliver",
    }  # fmt: skip
    assert not models.jobs


def test_what_rules_made_alone_asks_nobody(
    first: Build, user: User, engine: Engine, models: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = {"probe/tags.py": '"""Tags."""\n'}
    monkeypatch.setattr(
        change_implement, "_rendered", lambda ctx, stack, spec: tags if "Tag" in {e.name for e in spec.entities} else {}
    )
    change = engine.run(change_start(build=first, user=user, text="Add tags to todos."))
    assert "probe/tags.py" in repository_of(change.project_id).files(change.head)
    results = _results(change)
    assert [results[key].get("kept", False) for key in ("extend", "test", "document", "amend")] == [False] * 4
    assert results["review"]["reviewed"] is False
    assert not models.jobs


def test_a_change_that_was_put_together_is_reviewed_against_the_new_main_line(
    first: Build, user: User, engine: Engine, models: Scripted, tmp_path: Path, workspace: Workspace
) -> None:
    models.will(reads(), writes(PAINT))
    change = engine.run(change_start(build=first, user=user, text=f"{WISH}."))
    other = changed(first, user, tmp_path / "files", {"probe/other.py": '"""Other."""\n'})
    merge_change(build=other, user=user)
    engine.run(merge_change(build=change, user=user, accept_degraded=True))
    review = [job for job in models.jobs if job.kind == JobKind.REVIEW]
    assert len(review) == 2
    assert "COLOUR" in review[-1].context.diff
    assert "Other" not in review[-1].context.diff


def test_what_was_not_met_before_is_not_blamed_on_the_change(
    first: Build, user: User, engine: Engine, models: Scripted
) -> None:
    old, new = (Spec.model_validate(first.spec).requirements[0], Requirement(id="n", sentence="New", text="New."))
    for made in (first, change := change_start(build=first, user=user, text="Add tags to todos.")):
        ProjectRequirement.objects.create(build=made, key=old.id, sentence=old.sentence, text=old.text)
    ProjectRequirement.objects.create(build=change, key=new.id, sentence=new.sentence, text=new.text)
    word = verdict(change)
    said = before_the_change(change, word, min_level=Isolation.DEGRADED)
    assert any("New" in sentence for sentence in word.degraded)
    assert f'Not of this change, it was so before: "{old.sentence}": nothing checks it' in said
    assert not any("New" in sentence for sentence in said)
    assert before_the_change(first, verdict(first), min_level=Isolation.DEGRADED) == []


def test_where_tests_of_an_imported_project_lie() -> None:
    imported, made = (
        manifest_of_layout(Layout(language="python", tests=tests), title="App") for tests in (".", "tests")
    )  # fmt: skip
    for path in ("test_a.py", "a_test.py", "pkg/tests/data.py", "conftest.py", "pkg/test/x.py"):
        assert is_test(imported, path)
    assert not is_test(imported, "pkg/testing.py")
    assert not is_test(made, "pkg/tests/data.py")
    assert is_test(made, "tests/data.py")


def test_the_documents_that_are_there() -> None:
    paths = ["src/a.py", "docs/guide.md", "docs/api/index.rst", "CHANGES.md", "README.rst", "requirements.txt"]
    assert documents_in(paths) == ["README.rst", "CHANGES.md", "docs/api/index.rst", "docs/guide.md"]
