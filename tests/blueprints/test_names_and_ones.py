"""Entities whose names the service's code has itself, and entities of which each person has one."""

from __future__ import annotations

import ast

import pytest

from autodev.blueprints.python.one_each import one_each
from autodev.spec.rules import analyse
from tests.blueprints.conftest import rendered


@pytest.mark.parametrize("name", ["column", "table", "account", "page", "query"])
def test_an_entity_may_have_a_name_of_the_code(name: str) -> None:
    spec = analyse(f"A REST API. Users manage their own {name}s. A {name} has a title.".replace("querys", "queries"))
    entity = spec.entities[0]
    assert entity.name == name.capitalize()
    files = rendered(spec)
    model = ast.parse(files[f"app/models/{name}_record.py"])
    assert [node.name for node in model.body if isinstance(node, ast.ClassDef)] == [f"{name.capitalize()}Record"]
    assert f'prefix="/{entity.plural}"' in files[f"app/routes/{entity.plural}.py"]
    assert f'"/{entity.plural}"' in files["tests/test_requirements.py"]


ONE = "A REST API. A subscription has a plan and lasts 30 days. A user can have only one active subscription."
TWO = ONE.replace("only one active", "at most two")
VOTES = "A REST API. Users vote for songs. A user can vote for a song only once."


@pytest.mark.parametrize(("idea", "one"), [(ONE, True), (TWO, False), (VOTES, False)])
@pytest.mark.parametrize("blueprint", ["fastapi-service", "django-web"])
def test_no_second_record_is_made_where_a_person_has_one(idea: str, one: bool, blueprint: str) -> None:
    spec = analyse(idea)
    entity = next(e for e in spec.entities if e.owned)
    assert one_each(entity) is one
    module = entity.name.lower()
    tests = rendered(spec, blueprint)[f"tests/test_{module}.py"]
    assert (f"first, second = make_{module}" in tests) is not one
