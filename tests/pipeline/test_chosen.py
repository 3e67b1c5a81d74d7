"""A model's word on the blueprint: another candidate that the constraints allow, or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from autodev.blueprints import registry
from autodev.blueprints.blueprint import Blueprint
from autodev.contracts.job import Job, JobResult
from autodev.spec.rules import analyse
from autodev.spec.schema import Spec
from projects.pipeline import chosen
from projects.pipeline.chosen import Chosen, with_model
from projects.pipeline.stack import choose_stack, fitting
from projects.states import Phase
from tests.pipeline.scripted import Step, Waiting, breaks, waiting

__all__ = ["waiting"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.3")]
IDEA = "A REST API for notes. A note has a title."


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Sequence[Blueprint]:
    """The service, another one beside it, and what fits no service."""
    own = registry.get("fastapi-service")
    other = dataclasses.replace(own, manifest=own.manifest.model_copy(update={"name": "other", "framework": "Other"}))
    found = [own, other, registry.get("django-web")]
    monkeypatch.setattr(registry, "all_blueprints", lambda: found)
    monkeypatch.setattr(chosen, "models_there", lambda workspace_id: True)
    return found


def names(blueprint: object, *reasons: str) -> Step:
    async def step(job: Job) -> JobResult:
        return JobResult(answer={"blueprint": blueprint, "reasons": list(reasons) or ["Because."]}, provider="p")

    return step


def choose(waiting: Waiting, *steps: Step, spec: Spec | None = None) -> Chosen:
    waiting.task("research", Phase.RESEARCH)
    waiting.models.will(*steps)
    spec = spec or analyse(IDEA)
    rules = choose_stack(spec, {})
    assert rules.blueprint is not None
    return with_model(waiting.context(), spec, rules, rules.blueprint, without=())


def test_it_may_name_another_candidate_with_reasons(waiting: Waiting, two: Sequence[Blueprint]) -> None:
    found = choose(waiting, names("other", "It is smaller."))
    assert (found.blueprint.name, found.by, found.reasons) == ("other", "p", ("It is smaller.",))
    assert "It is smaller." in found.reason
    assert found.alternatives[0][0] == "fastapi-service"
    (job,) = waiting.models.jobs
    assert [(one.name, one.chosen) for one in job.context.candidates] == [("fastapi-service", True), ("other", False)]


def test_it_may_agree(waiting: Waiting, two: Sequence[Blueprint]) -> None:
    found = choose(waiting, names("fastapi-service", "It fits."))
    assert (found.blueprint.name, found.by, found.reasons) == ("fastapi-service", "p", ("It fits.",))
    assert found.reason == choose_stack(analyse(IDEA), {}).reason


@pytest.mark.parametrize("step", [names("django-web"), names("nothing"), names(7), breaks("quota", outside=True)])
def test_what_is_no_candidate_or_no_answer_changes_nothing(
    waiting: Waiting, two: Sequence[Blueprint], step: Step
) -> None:
    found = choose(waiting, step)
    assert (found.blueprint.name, found.by, found.reasons) == ("fastapi-service", "", ())


def test_what_the_user_demands_is_no_matter_for_a_model(waiting: Waiting, two: Sequence[Blueprint]) -> None:
    spec = analyse(IDEA, constraints={"framework": "fastapi"})
    assert [one.name for one in fitting(spec, {})] == ["fastapi-service"]
    assert [one.name for one in fitting(spec, {"blueprint": "other"})] == ["other"]
    assert choose(waiting, spec=spec).by == ""
    assert waiting.models.jobs == []


def test_what_failed_in_this_build_is_no_candidate(two: Sequence[Blueprint]) -> None:
    assert [one.name for one in fitting(analyse(IDEA), {}, without=["fastapi-service"])] == ["other"]
