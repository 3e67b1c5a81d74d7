"""The research phase: what is known of the packages goes into the plan; an outage of the registry is waited out."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodev.blueprints import registry
from autodev.blueprints.blueprint import Blueprint
from projects.guidance import Guidance, with_guidance
from projects.models import Attempt, Build, Task
from projects.pipeline import technologies
from projects.pipeline.technologies import look_up
from projects.research import curated, uv
from projects.research.errors import ResolverMissing
from projects.research.options import ResearchOptions
from projects.states import Phase, TaskState
from tests.pipeline.conftest import Pipeline
from tests.research.conftest import Index, index, no_index
from tests.research.test_versions import wheel

__all__ = ["index", "no_index"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.4")]


@pytest.fixture
def researching(pipeline: Pipeline) -> Pipeline:
    Build.objects.filter(pk=pipeline.build.pk).update(options={"blueprint": "probe"})
    pipeline.task("research", Phase.RESEARCH)
    pipeline.task("plan", Phase.PLAN, state=TaskState.PENDING, needs=["research"])
    return pipeline


def test_what_is_known_of_the_packages_stands_in_the_plan(researching: Pipeline) -> None:
    assert researching.step("research").state == TaskState.SUCCEEDED
    assert researching.step("plan").state == TaskState.SUCCEEDED
    plan = researching.build.plan
    facts = {fact["name"]: fact for fact in plan["technologies"]}
    assert set(facts) == {"pytest", "pytest-cov", "mypy", "ruff"}
    assert facts["pytest"]["pinned"] == researching.build.tech_stack["pytest"]
    assert facts["pytest"]["best_practices"]
    assert facts["pytest"]["released"]


def test_an_outage_is_waited_out_and_spends_no_attempt(
    researching: Pipeline, no_index: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curated, "lock_for", lambda digest: None)
    task = researching.step("research")
    assert (task.state, task.attempts, task.waits) == (TaskState.WAITING, 0, 1)
    assert task.wait_reason.startswith("The package registry does not answer")
    assert Attempt.objects.get().outcome == "waiting"


def test_the_shipped_lock_stands_in_for_an_outage(researching: Pipeline, no_index: None) -> None:
    task = researching.step("research")
    assert (task.state, task.result["source"]) == (TaskState.SUCCEEDED, "curated")
    assert any("did not answer" in warning for warning in researching.build.warnings)


def test_waiting_for_a_resolver_that_is_not_installed_would_never_end(
    researching: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> str:
        raise ResolverMissing("uv is not installed")

    monkeypatch.setattr(uv, "uv_program", missing)
    monkeypatch.setattr(curated, "lock_for", lambda digest: None)
    task = researching.step("research")
    assert task.attempts == 1
    assert "uv is not installed" in task.last_error


def test_a_package_that_was_given_up_or_taken_back_is_told(index: Index) -> None:
    index.json("old-kit", wheel("old_kit", "1.0"), status="deprecated")
    index.json("bad-kit", {**wheel("bad_kit", "1.1"), "yanked": "broken"}, wheel("bad_kit", "1.0"))
    pins = {"old-kit": "1.0", "Bad_Kit[extra]": "1.1"}
    options = ResearchOptions()
    first = look_up(pins, python="3.11", options=options, released={"old-kit": "2026-01-02"})
    assert first.warnings == [
        "bad-kit 1.1 was taken back by its authors; resolve the versions anew.",
        "old-kit is marked as archived or deprecated on the index.",
    ]
    assert [(f["name"], f["pinned"], f["current"], f["released"]) for f in first.facts] == [
        ("bad-kit", "1.1", "1.0", None), ("old-kit", "1.0", "1.0", "2026-01-02"),
    ]  # fmt: skip

    index.asked.clear()
    with CaptureQueriesContext(connection) as queries:
        again = look_up(pins, python="3.11", options=options, released={})
    assert (again.warnings, len(queries), index.asked) == (first.warnings, 1, [])


def test_no_question_is_put_after_the_time(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(technologies, "AT_MOST_S", -1.0)
    monkeypatch.setattr(technologies, "ResearchOptions", lambda **_: ResearchOptions())
    found = look_up({"fastapi": "0.1"}, python="3.11", options=ResearchOptions(), released={})
    assert index.asked == []
    assert [fact["source"] for fact in found.facts] == ["curated"]
    assert not Task.objects.exists()


@pytest.mark.feature("F3.2")
def test_a_blueprint_that_failed_is_left_out_and_named(
    researching: Pipeline, no_index: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = registry.get("probe")
    both = [
        Blueprint(probe.manifest.model_copy(update={"name": name, "hidden": False}), probe.folder, probe.package)
        for name in ("first-probe", "second-probe")
    ]
    monkeypatch.setattr(registry, "all_blueprints", lambda: both)
    Build.objects.update(options={})
    guided = Guidance(strategy="alternative_approach", approach={"name": "x", "without": ["first-probe"]})
    Task.objects.filter(key="research").update(params=with_guidance({}, guided))
    task = researching.step("research")
    assert task.result["blueprint"] == "second-probe"
    assert task.result["alternatives"] == [["first-probe", "failed in this build"]]
    assert task.result["recovery"]["approach"] == "x"


@pytest.mark.feature("F3.2")
def test_no_blueprint_left_is_a_failure_and_no_refusal_of_the_idea(researching: Pipeline) -> None:
    Build.objects.update(options={})
    guided = Guidance(approach={"without": ["probe"]})
    Task.objects.filter(key="research").update(params=with_guidance({}, guided))
    task = researching.step("research")
    assert task.error_kind == "no_alternative"
    assert task.last_error.startswith("No other blueprint serves it.")
