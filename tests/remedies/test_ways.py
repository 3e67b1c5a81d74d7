"""Another way to the same goal: for models in words, for a stack the next blueprint that fits; what can stand in."""

from __future__ import annotations

import pytest

from autodev.blueprints import registry
from autodev.blueprints.blueprint import Blueprint
from projects.guidance import Guidance, with_guidance
from projects.models import Build, Step, Task
from projects.pipeline.stack import choose_stack
from projects.remedies import remedies_for
from recovery.guide import failed_way
from tests.remedies.conftest import Planned, spec

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F3.2")]


@pytest.mark.parametrize("kind", ["extend", "repair"])
def test_each_way_is_offered_once(planned: Planned, kind: str) -> None:
    task = planned.task(kind)
    seen: list[str] = []
    guided = Guidance()
    while ways := remedies_for(kind).approaches(task):
        way = ways[0]
        seen.append(way.name)
        forbidden = (*guided.forbidden, failed_way(guided, "It broke.\nMore."))
        guided = Guidance(approach={"name": way.name, "told": way.told}, forbidden=forbidden)
        task.params = with_guidance({}, guided)
    assert sorted(seen) == ["smallest_change", "tests_first", "whole_file"]


def test_the_pattern_fixes_know_one_way(planned: Planned) -> None:
    assert remedies_for("refine").approaches(planned.task("refine")) == ()


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> Blueprint:
    """Another blueprint for a REST API, behind the first."""
    first = registry.get("fastapi-service")
    manifest = first.manifest.model_copy(update={"name": "other-service", "framework": "Litestar", "title": "Litestar"})
    other = Blueprint(manifest, first.folder, first.package)
    known = [*registry.all_blueprints(), other]
    monkeypatch.setattr(registry, "all_blueprints", lambda: known)
    return other


def test_the_next_blueprint_that_fits(planned: Planned, second: Blueprint) -> None:
    planned.task("research", result={"blueprint": "fastapi-service"})
    for kind in ("plan", "implement"):
        (way,) = remedies_for(kind).approaches(planned.task(kind))
        assert (way.name, way.restart) == ("blueprint:other-service", "research")
        assert way.params == {"without": ["fastapi-service"]}
        assert way.told == "Make it with Litestar instead of FastAPI service."
    guided = Guidance(approach=dict(way.params))
    Task.objects.filter(key="research").update(params=with_guidance({}, guided), result={"blueprint": "other-service"})
    assert remedies_for("implement").approaches(Task.objects.get(key="implement")) == ()


def test_a_stack_that_cannot_be_resolved_is_another_s_turn(planned: Planned, second: Blueprint) -> None:
    (way,) = remedies_for("research").approaches(planned.task("research"))
    assert (way.name, way.restart, way.params) == ("blueprint:other-service", "", {"without": ["fastapi-service"]})


def test_what_the_user_named_is_not_replaced(planned: Planned, second: Blueprint) -> None:
    planned.task("research", result={"blueprint": "fastapi-service"})
    implement = planned.task("implement")
    Build.objects.update(options={"blueprint": "fastapi-service"})
    assert remedies_for("implement").approaches(Task.objects.get(pk=implement.pk)) == ()
    Build.objects.update(options={}, spec=spec().model_copy(update={"framework": "fastapi"}).model_dump(mode="json"))
    assert remedies_for("implement").approaches(Task.objects.get(pk=implement.pk)) == ()
    Build.objects.update(spec=None)
    assert remedies_for("implement").approaches(Task.objects.get(pk=implement.pk)) == ()


def test_without_another_blueprint_there_is_no_other_way(planned: Planned) -> None:
    planned.task("research", result={"blueprint": "fastapi-service"})
    assert remedies_for("implement").approaches(planned.task("implement")) == ()
    none = choose_stack(spec(), {}, without=["fastapi-service"])
    assert none.blueprint is None
    unfit = Planned()
    unfit.build.spec = {**(unfit.build.spec or {}), "language": "cobol"}
    assert remedies_for("research").approaches(unfit.task("research")) == ()


@pytest.mark.parametrize("kind", ["extend", "repair", "refine"])
def test_what_can_stand_in(planned: Planned, kind: str) -> None:
    task = planned.task(kind)
    assert list(remedies_for(kind).fallbacks(task)) == [60]
    Step.objects.create(task=task, key="rolled-back:1:snapshot:1:a", kind="snapshot", commit="a" * 40, epoch=1)
    assert list(remedies_for(kind).fallbacks(task)) == [80, 60]
    task.critical = True
    assert list(remedies_for(kind).fallbacks(task)) == []


def test_nothing_stands_in_for_what_a_build_cannot_do_without(planned: Planned) -> None:
    for kind in ("understand", "research", "plan", "implement", "validate", "deliver"):
        assert remedies_for(kind).fallbacks(planned.task(kind, critical=True)) == ()
