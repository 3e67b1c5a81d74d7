"""Rolling back a build: its figures, its evidence and its history are those of the commit it is at."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from projects.checks.types import Rung
from projects.models import Build, Evidence, Step, Task
from projects.services import rollback_build
from projects.states import BuildState
from tests.pipeline.conftest import Pipeline
from tests.pipeline.test_refine import BROKEN

pytestmark = pytest.mark.feature("F3.7")


@pytest.fixture
def ended(pipeline: Pipeline, short_ladder: list[Rung]) -> Pipeline:
    """A build that was repaired in several steps and delivered."""
    pipeline.made(BROKEN, short_ladder)
    Task.objects.filter(key="research").update(result={**pipeline.research, "warnings": ["The versions are old."]})
    Build.objects.update(metrics={"files": 2}, warnings=["The versions are old."])
    for key in ("validate", "refine", "deliver"):
        pipeline.step(key)
    assert pipeline.build.is_final
    assert pipeline.build.metrics["ladder_ms"]
    return pipeline


def test_what_was_measured_is_measured_again_at_the_older_commit(ended: Pipeline) -> None:
    first_fix = Step.objects.filter(task__key="refine", kind="snapshot").earliest("created_at")
    Build.objects.update(warnings=["The versions are old.", "Of the gate."], sandbox_level="process")
    assert not Evidence.objects.filter(commit=first_fix.commit).exists()
    assert ended.build.last_green != first_fix.commit

    rollback_build(build=ended.build, user=None, to_step=first_fix)
    build = Build.objects.get()
    states = dict(Task.objects.values_list("key", "state"))
    assert states == {
        "research": "succeeded", "implement": "succeeded", "validate": "ready", "refine": "pending",
        "deliver": "pending",
    }  # fmt: skip
    assert (build.warnings, build.metrics) == (["The versions are old."], {"files": 2})
    assert (build.degraded, build.last_green, build.sandbox_level) == ([], "", "")
    assert Task.objects.get(key="deliver").started_at is None

    for key in ("validate", "refine", "deliver"):
        ended.step(key)
    assert Evidence.objects.filter(commit=first_fix.commit).exists()
    assert ended.build.last_green == ended.build.head
    assert ended.build.is_final


def test_the_last_green_commit_stays_where_the_target_holds_it(ended: Pipeline) -> None:
    last_fix = Step.objects.filter(task__key="refine", kind="snapshot").latest("created_at")
    rollback_build(build=ended.build, user=None, to_step=last_fix)
    assert Build.objects.get().last_green == last_fix.commit


def test_a_deadline_that_has_passed_no_longer_holds(ended: Pipeline) -> None:
    step = Step.objects.filter(kind="snapshot").latest("created_at")
    later = timezone.now() + dt.timedelta(hours=1)
    Build.objects.update(deadline_at=later)
    rollback_build(build=ended.build, user=None, to_step=step)
    assert Build.objects.get().deadline_at == later
    Build.objects.update(deadline_at=timezone.now() - dt.timedelta(hours=1), state=BuildState.FAILED)
    rollback_build(build=ended.build, user=None, to_step=step)
    assert Build.objects.get().deadline_at is None
