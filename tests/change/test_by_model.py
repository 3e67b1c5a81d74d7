"""What no rule understands of a change is understood and made by a model, on what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autodev.accounts.models import User, Workspace
from autodev.contracts.contexts import AnalyseContext, ExtendContext
from autodev.contracts.job import Job, JobKind, JobResult
from autodev.spec.rules import Refused
from autodev.spec.schema import Requirement, Spec
from projects.checks.python.parse import RUNG as PARSE
from projects.engine import hooks
from projects.models import Build, Task
from projects.pipeline import change_implement, change_plan, change_understand, freezing, proof
from projects.repository.repository import repository_of
from projects.selectors.mainline import made_by_rules
from projects.services import change_start
from projects.states import BuildState
from providers import registry
from tests.change.conftest import Engine
from tests.change.rows import delivered
from tests.pipeline.scripted import Scripted, Step, writes

pytestmark = pytest.mark.feature("F1.13")
WISH = "Paint every todo in the colours of the season"
FILES: dict[str, str | None] = {"probe/__init__.py": '"""A product."""\n'}


def reads(*, more: Requirement | None = None, **values: Any) -> Step:
    """Gives the Spec that was there with a requirement for the wish, and `more`."""

    async def step(job: Job) -> JobResult:
        assert isinstance(job.context, AnalyseContext)
        assert job.context.before is not None
        wish = Requirement(id="painted", sentence=WISH, text="A todo has the season's colour.")
        spec = job.context.before.model_copy(update={"requirements": [wish, *([more] if more else [])], **values})
        return JobResult(answer=spec, provider="a")

    return step


def refuses() -> Step:
    async def step(job: Job) -> JobResult:
        raise Refused("It does harm.", "malware")

    return step


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    found = Scripted()
    found.always = {kind: writes({}) for kind in (JobKind.TEST, JobKind.DOCUMENT, JobKind.REVIEW)}
    monkeypatch.setattr(registry, "kinds", lambda: (found,))
    for module in (change_plan, change_understand):
        monkeypatch.setattr(module, "models_there", lambda workspace_id: True)
    for module in (freezing, proof):
        monkeypatch.setattr(module, "ladder_of", lambda manifest, options: [PARSE])
    monkeypatch.setattr(hooks, "_hook", lambda failure: None)
    return found


@pytest.fixture
def first(workspace: Workspace, user: User, engine: Engine, tmp_path: Path) -> Build:
    return delivered(workspace, user, tmp_path / "files", **FILES)


def test_a_model_reads_and_makes_it(first: Build, user: User, engine: Engine, models: Scripted) -> None:
    models.will(reads(), writes({"probe/paint.py": '"""Paint."""\n'}))
    change = engine.run(change_start(build=first, user=user, text=f"{WISH}."))
    assert [job.kind for job in models.jobs][:2] == [JobKind.ANALYSE, JobKind.IMPLEMENT]
    spec = Spec.model_validate(change.spec)
    before = Spec.model_validate(first.spec)
    assert {r.id for r in before.requirements} | {"painted"} == {r.id for r in spec.requirements}
    assert spec.entities == before.entities
    context = models.jobs[1].context
    assert isinstance(context, ExtendContext)
    assert list(context.open_requirements) == [WISH]
    assert change.plan["added"] == ["A todo has the season's colour."]
    extended = Task.objects.get(build=change, key="extend")
    assert (extended.state, extended.result["kept"]) == ("succeeded", True)
    # nothing of this short ladder proves the new sentence, and the gate says so
    assert change.state == BuildState.DEGRADED
    assert any(WISH in sentence for sentence in change.degraded)


OTHER = "Sing a song for every todo that is done"


def plans(*items: dict[str, Any]) -> Step:
    async def step(job: Job) -> JobResult:
        return JobResult(answer={"items": list(items), "risks": []}, provider="p")

    return step


@pytest.mark.feature("F2.2")
def test_a_large_change_in_words_is_divided_by_a_model(
    first: Build, user: User, engine: Engine, models: Scripted
) -> None:
    more = Requirement(id="sung", sentence=OTHER, text="A done todo has a song.")
    paint, sing = "probe/paint.py", "probe/song.py"
    models.always[JobKind.PLAN] = plans(
        {"title": "Paint", "sentences": [WISH], "touches": [paint], "estimate_s": 60},
        {"title": "Sing", "sentences": [OTHER], "touches": [sing], "estimate_s": 60, "after": [0]},
    )
    models.will(reads(more=more), writes({paint: '"""Paint."""\n'}), writes({sing: '"""Song."""\n'}))
    change = engine.run(change_start(build=first, user=user, text=f"{WISH}. {OTHER}."))
    plan = next(job for job in models.jobs if job.kind == JobKind.PLAN)
    assert list(plan.context.open_requirements) == [WISH, OTHER]
    assert "probe/__init__.py" in plan.context.files
    wanted = [job.context.open_requirements for job in models.jobs if job.kind == JobKind.IMPLEMENT]
    assert [list(one) for one in wanted] == [[WISH], [OTHER]]
    parts = Task.objects.filter(build=change, kind="change_extend").order_by("key")
    assert [(one.key, one.title, one.state) for one in parts] == [
        ("extend", "Paint", "succeeded"), ("extend.2", "Sing", "succeeded"),
    ]  # fmt: skip
    assert list(parts[1].needs.values_list("needs__key", flat=True).order_by("needs__key")) == ["extend", "implement"]
    files = repository_of(change.project_id).files(change.head)
    assert {paint, sing} <= set(files)
    assert change.plan["divided_by"] == "p"
    assert change.state == BuildState.DEGRADED  # nothing of this short ladder proves the new sentences
    # a part of the division alone is a model's part in it, too
    Task.objects.filter(build=change, key="extend").update(result={"kept": False})
    Task.objects.filter(build=change, key="implement").update(result={"paths": ["probe/tags.py"]})
    assert not made_by_rules(change)
    Task.objects.filter(build=change, key="extend.2").update(result={"kept": False})
    assert made_by_rules(change)


def test_a_division_that_loses_a_sentence_is_one_task(
    first: Build, user: User, engine: Engine, models: Scripted
) -> None:
    more = Requirement(id="sung", sentence=OTHER, text="A done todo has a song.")
    models.always[JobKind.PLAN] = plans({"title": "Paint", "sentences": [WISH], "touches": ["probe/"]})
    models.will(reads(more=more), writes({"probe/both.py": '"""Both."""\n'}))
    change = engine.run(change_start(build=first, user=user, text=f"{WISH}. {OTHER}."))
    (one,) = Task.objects.filter(build=change, kind="change_extend")
    assert (one.key, one.params["wanted"], one.state) == ("extend", [WISH, OTHER], "succeeded")
    assert OTHER in change.plan["undivided"]


def test_what_a_model_refuses_ends_the_change(first: Build, user: User, engine: Engine, models: Scripted) -> None:
    models.will(refuses())
    change = engine.run(change_start(build=first, user=user, text=WISH))
    assert (change.state, "It does harm" in str(change.errors)) == (BuildState.FAILED, True)


def test_without_a_model_it_ends_and_says_so(
    first: Build, user: User, engine: Engine, models: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (change_plan, change_understand):
        monkeypatch.setattr(module, "models_there", lambda workspace_id: False)
    change = engine.run(change_start(build=first, user=user, text=WISH))
    task = Task.objects.get(build=change)
    assert (change.state, task.error_kind) == (BuildState.FAILED, "needs_model")
    part = engine.run(change_start(build=first, user=user, text=f"Add tags to todos. {WISH}."))
    # probe renders nothing of a Spec: what rules understood is there, the rest degrades it
    assert part.state in {BuildState.DEGRADED, BuildState.FAILED}
    assert Spec.model_validate(part.spec).entity("Tag").plural == "tags"
    assert not models.jobs


def test_where_the_files_were_changed_since_a_model_makes_what_rules_would(
    first: Build, user: User, engine: Engine, models: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        change_implement, "_rendered",
        lambda ctx, stack, spec: {"probe/__init__.py": f'"""{len(spec.entities)} entities."""\n'},
    )  # fmt: skip
    models.will(writes({"probe/tags.py": '"""Tags."""\n'}))
    change = engine.run(change_start(build=first, user=user, text="Add tags to todos"))
    made = Task.objects.get(build=change, key="implement")
    assert made.result["conflict"] == ["probe/__init__.py"]
    assert list(models.jobs[0].context.open_requirements) == ["Add tags to todos"]

    for module in (change_plan, change_understand):
        monkeypatch.setattr(module, "models_there", lambda workspace_id: False)
    alone = engine.run(change_start(build=first, user=user, text="Add tags to todos"))
    assert alone.state == BuildState.FAILED
    assert "was changed since the blueprint made it" in str(alone.errors)
