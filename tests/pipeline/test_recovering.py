"""Builds through the real recovery: what a phase says of its failure is enough to get over it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from autodev.blueprints import registry
from autodev.blueprints.blueprint import Blueprint
from projects.checks.types import Rung
from projects.engine.execute import execute
from projects.models import Build, Task
from projects.pipeline import plan
from projects.states import Phase, TaskState
from recovery.batch import recover_all
from recovery.models import RecoveryAttempt
from recovery.states import RecoveryState, Strategy
from recovery.steps import look_after
from tests.pipeline.conftest import SPEC, Pipeline

pytestmark = [pytest.mark.feature("F3.2", "F3.4")]


def to_the_end(pipeline: Pipeline, *, most: int = 30) -> Build:
    """Runs what is ready, and the batch where something waits for it, until the build has ended."""
    for _ in range(most):
        pipeline.build.refresh_from_db()
        if pipeline.build.is_final:
            look_after()
            return pipeline.build
        if Task.objects.filter(build=pipeline.build, state=TaskState.READY).exists():
            execute(*pipeline.claim())
        else:
            recover_all()
    raise AssertionError(dict(Task.objects.values_list("key", "state")))


class Unrenderable(Blueprint):
    """Its templates are broken."""

    def render(self, *args: object, **more: object) -> dict[str, str]:
        raise ValueError("a template of it does not close a block")


@pytest.fixture
def blueprints(monkeypatch: pytest.MonkeyPatch, short_ladder: Sequence[Rung]) -> None:
    probe = registry.get("probe")
    broken, sound = (
        kind(
            probe.manifest.model_copy(update={"name": name, "title": name, "hidden": False}),
            probe.folder,
            probe.package,
        )
        for kind, name in ((Unrenderable, "a-broken-probe"), (Blueprint, "b-sound-probe"))
    )  # fmt: skip
    monkeypatch.setattr(registry, "all_blueprints", lambda: [broken, sound])
    monkeypatch.setattr(plan, "ladder_of", lambda manifest, options: short_ladder)


def test_a_blueprint_that_cannot_be_rendered_is_left_for_another(pipeline: Pipeline, blueprints: None) -> None:
    Build.objects.filter(pk=pipeline.build.pk).update(spec=SPEC.model_dump(mode="json"))
    pipeline.task("research", Phase.RESEARCH)
    pipeline.task("plan", Phase.PLAN, state=TaskState.PENDING, needs=["research"])
    build = to_the_end(pipeline)
    research = Task.objects.get(build=build, key="research")
    assert research.result["blueprint"] == "b-sound-probe"
    assert ["a-broken-probe", "failed in this build"] in research.result["alternatives"]
    assert research.result["recovery"]["strategy"] == "alternative_approach"
    implement = Task.objects.get(build=build, key="implement")
    assert (implement.state, implement.result["recovery"]["approach"]) == (
        TaskState.SUCCEEDED, "blueprint:b-sound-probe",
    )  # fmt: skip
    tried = RecoveryAttempt.objects.get(task=implement)
    assert (tried.strategy, tried.state) == (Strategy.ALTERNATIVE_APPROACH, RecoveryState.RECOVERED)
    assert "probe/__init__.py" in pipeline.repository.files(build.head)
    assert build.plan["blueprint"] == "b-sound-probe"
