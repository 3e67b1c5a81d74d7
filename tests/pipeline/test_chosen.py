"""A model's word on the blueprint: another candidate that the constraints allow, or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from autodev.blueprints import registry
from autodev.blueprints.blueprint import Blueprint
from autodev.contracts.job import Job, JobResult
from autodev.spec.dialects.compiler import compile_requirement
from autodev.spec.rules import analyse
from autodev.spec.rules.kinds import NAMES, open_kinds
from autodev.spec.rules.turning import as_kind
from autodev.spec.schema import Spec
from projects.models import Build
from projects.pipeline import chosen
from projects.pipeline.chosen import Chosen, with_model
from projects.pipeline.stack import choose_stack, fitting
from projects.states import Phase, TaskState
from providers.kinds.agent.jobs.reading import together
from tests.pipeline.conftest import pipeline
from tests.pipeline.scripted import Step, Waiting, breaks, waiting
from tests.research.conftest import no_index

__all__ = ["no_index", "pipeline", "waiting"]
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
    return with_model(waiting.context(), spec, rules, rules.blueprint, options={}, without=())


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


OPEN = "Track books and loans. A book has a title and an author. A loan has a due date."
BOTH = ["django-web", "fastapi-service"]


def test_the_shipped_blueprints_are_candidates_where_the_idea_leaves_the_kind_of_product_open() -> None:
    assert sorted(one.name for one in fitting(analyse(OPEN), {})) == BOTH
    assert choose_stack(analyse(OPEN), {}).blueprint == registry.get("fastapi-service")
    said = [f"{OPEN} It is a web app.", f"{OPEN} Make a REST API.", f"{OPEN} Use FastAPI.", f"{OPEN} Use Django."]
    assert [len(fitting(analyse(one), {})) for one in said] == [1, 1, 1, 1]
    assert len(fitting(analyse(OPEN, constraints={"project_type": "rest_api"}), {})) == 1
    several = analyse("A web app for notes with a REST API. A note has a title.")
    assert sorted(one.name for one in fitting(several, {})) == BOTH


def test_what_a_person_has_approved_is_open_no_more() -> None:
    assert [one.name for one in fitting(analyse(OPEN), {"review_spec": True})] == ["fastapi-service"]


def test_where_the_first_kind_cannot_be_made_the_other_one_is() -> None:
    found = choose_stack(analyse(OPEN), {}, without=["fastapi-service"])
    assert found.blueprint == registry.get("django-web")
    assert found.reason.startswith("Django web application: makes a web application")


@pytest.mark.parametrize("idea", [OPEN, "A web app for notes with a REST API. A note has a title."])
def test_a_spec_is_turned_into_the_other_kind_and_back(idea: str) -> None:
    spec = analyse(idea)
    first, second = open_kinds(spec)
    other = as_kind(spec, second)
    assert open_kinds(other) == (second, first)
    assert bool(other.screens) == (second == "web_app")
    assert bool(other.endpoints) == (second == "rest_api")
    assert [one for one in other.assumptions if NAMES[second] in one.rpartition(" is made")[0]]
    assert as_kind(other, first) == spec
    assert as_kind(spec, first) is spec


def test_what_is_made_of_it_is_what_would_be_made_had_it_been_said() -> None:
    said = analyse(OPEN, constraints={"project_type": "web_app"})
    turned = as_kind(analyse(OPEN), "web_app")
    assert (turned.requirements, turned.screens, turned.entities) == (said.requirements, said.screens, said.entities)
    blueprint = registry.get("django-web")
    assert set(blueprint.render(turned, pins={}, lock=None)) == set(blueprint.render(said, pins={}, lock=None))


def test_what_a_model_made_of_a_sentence_stays_in_the_other_kind() -> None:
    spec = analyse(OPEN)
    spec.requirements[0].text = "As a model read it."
    assert as_kind(spec, "web_app").requirements[0].text == "As a model read it."


def test_a_model_is_asked_among_the_shipped_blueprints_and_the_product_becomes_that_kind(
    waiting: Waiting, no_index: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the task itself: the choice, the Spec that follows from it, and what is made and proved from that."""
    monkeypatch.setattr(chosen, "models_there", lambda workspace_id: True)
    waiting.task("research", Phase.RESEARCH)
    Build.objects.filter(pk=waiting.build.pk).update(spec=analyse(OPEN).model_dump(mode="json"))
    waiting.models.will(names("django-web", "People use it in a browser."))
    task = waiting.step("research")
    assert task.state == TaskState.SUCCEEDED, task.last_error
    assert (task.result["blueprint"], task.result["chosen_by"]) == ("django-web", "p")
    (job,) = waiting.models.jobs
    assert {one.name: (tuple(one.makes), one.chosen) for one in job.context.candidates} == {
        "django-web": (("a web application",), False), "fastapi-service": (("a REST API",), True),
    }  # fmt: skip
    spec = Spec.model_validate(Build.objects.get(pk=waiting.build.pk).spec)
    assert (spec.project_type, spec.endpoints) == ("web_app", [])
    assert "No kind of product was named: a web application is made." in spec.assumptions
    blueprint = registry.get("django-web")
    assert "app/settings.py" in blueprint.render(spec, pins={}, lock=None)
    checks = [one for r in spec.requirements for one in compile_requirement(spec, r, "html_forms")]
    assert len(checks) >= 5


def test_a_model_s_word_on_a_kind_that_is_open_contradicts_nothing() -> None:
    rules = analyse(OPEN)
    by_model = rules.model_copy(deep=True, update={"project_type": "web_app"})
    spec, contradictions = together(by_model, rules)
    assert (spec.project_type, contradictions) == ("rest_api", ())
    plain = analyse(f"{OPEN} Make a REST API.")
    _, told = together(plain.model_copy(deep=True, update={"project_type": "web_app"}), plain)
    assert len(told) == 1


def test_what_failed_in_this_build_is_no_candidate(two: Sequence[Blueprint]) -> None:
    assert [one.name for one in fitting(analyse(IDEA), {}, without=["fastapi-service"])] == ["other"]
