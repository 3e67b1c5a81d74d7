"""Checks of JSON over HTTP: the small service passes all, and each broken rule turns exactly its check red."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.sandbox import SandboxBackend
from autodev.spec.dialects.compiler import compile_scenario
from projects.checks.acceptance import CheckOutcome, Product, run_acceptance
from tests.checks.acceptance.cast import broken, frozen
from tests.spec.dialects.specs import LIBRARY, LIBRARY_SCENARIOS, TODO, TODO_SCENARIOS

CHECKS = frozen(
    *(compile_scenario(TODO, scenario, dialect="rest_json") for scenario in TODO_SCENARIOS),
    *(compile_scenario(LIBRARY, scenario, dialect="rest_json") for scenario in LIBRARY_SCENARIOS),
)

MUTATIONS = {
    "accounts": ("(account.email, hashed(account.password))", "(account.email, u['password'])", "status 401"),
    "life_of_a_todo": ('user), "completed": True}', 'user), "completed": False}', "completed eq True"),
    "private": ('row["id"] == row_id and row["owner"] == user', 'row["id"] == row_id', "status 404"),
    "no_title": ("    title: str\n    notes", "    title: str = ''\n    notes", "status 400 or 409 or 422"),
    "due_and_fine": ("FINE_A_DAY = 0.20", "FINE_A_DAY = 0.25", "fine decimal_eq '0.60'"),
    "only_librarians": ('{"field": "isbn", ', '{"which": "isbn", ', "the body names_field 'isbn'"),
}


def outcomes(product: Product, backend: SandboxBackend, *ids: str) -> dict[str, CheckOutcome]:
    chosen = [check for check in CHECKS if not ids or check.check.id in ids]
    return {o.check_id: o for o in run_acceptance(checks=chosen, product=product, backend=backend)}


def test_working_service_passes_every_check(todo_service: Product, backend: SandboxBackend) -> None:
    found = outcomes(todo_service, backend)
    assert {name: outcome.failure for name, outcome in found.items()} == dict.fromkeys(MUTATIONS, "")
    assert all(outcome.status == "passed" and outcome.level >= 1 for outcome in found.values())


@pytest.mark.parametrize("check", MUTATIONS)
def test_broken_rule_turns_its_check_red(
    check: str, todo_service: Product, backend: SandboxBackend, tmp_path: Path
) -> None:
    good, bad, expected = MUTATIONS[check]
    product = broken(todo_service, tmp_path / "broken", "main.py", good, bad)
    outcome = outcomes(product, backend, check)[check]
    assert outcome.status == "failed"
    assert f"expected {expected}, got" in outcome.failure
