"""Ideas as people write them: what each becomes, what is told as not understood, and that its scenarios can fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from autodev.spec.dialects.compiler import compile_requirement
from autodev.spec.rules import analyse
from tests.spec.rules.mutants import mutants
from tests.spec.rules.product import failures
from tests.spec.rules.reading import families, read

TABLE: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "ideas_table.yaml").read_text(encoding="utf-8"))
OVER_HTTP = pytest.mark.parametrize("row", [row for row in TABLE if row["entities"]], ids=lambda row: row["name"])
IDEAS = pytest.mark.parametrize("row", TABLE, ids=[row["name"] for row in TABLE])


@IDEAS
def test_what_an_idea_becomes(row: dict[str, Any]) -> None:
    spec = read(row["idea"])
    assert [entity.name for entity in spec.entities] == row["entities"]
    assert sorted(families(spec)) == row["families"]
    told = [[r.sentence, r.text.removeprefix("Not understood: ")] for r in spec.requirements if not r.understood]
    assert told == row.get("not_understood", [])


@IDEAS
def test_what_is_told_is_in_the_users_words(row: dict[str, Any]) -> None:
    spec = analyse(row["idea"])
    assert all(requirement.sentence in row["idea"] for requirement in spec.requirements)


@OVER_HTTP
def test_every_scenario_compiles_in_both_http_dialects(row: dict[str, Any]) -> None:
    spec = analyse(row["idea"])
    for requirement in spec.requirements:
        for dialect in ("rest_json", "html_forms"):
            checks = compile_requirement(spec, requirement, dialect)
            assert bool(checks) == requirement.understood, requirement.id


@IDEAS
def test_what_is_understood_is_measured(row: dict[str, Any]) -> None:
    """Every rule, action, unique field and figure of an idea: a product without it fails a scenario.
    `unmeasured` is what is built but told as not understood, as it would take too much to show."""
    spec = analyse(row["idea"])
    alive = []
    for name, change in mutants(spec):
        mutant = spec.model_copy(deep=True)
        change(mutant)
        if not failures(mutant):
            alive.append(name)
    assert alive == row.get("unmeasured", [])
