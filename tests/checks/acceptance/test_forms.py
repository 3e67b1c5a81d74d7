"""Checks of server-rendered pages: the small site passes all, and each broken rule turns its check red."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.sandbox import SandboxBackend
from autodev.spec.dialects.compiler import compile_scenario
from autodev.spec.scenario import Create, LogIn, Scenario
from projects.checks.acceptance import CheckOutcome, Product, run_acceptance
from tests.checks.acceptance.cast import broken, frozen
from tests.spec.dialects.specs import BOOKING, BOOKING_SCENARIOS

SCENARIOS = [
    *BOOKING_SCENARIOS,
    Scenario(
        id="name_needed",
        title="a room without a name is refused",
        steps=(Create(entity="Room", omit=("name",), expect="refused", field="name"),),
    ),
    Scenario(
        id="password", title="wrong password refused", steps=(LogIn(wrong_password=True, expect="unauthenticated"),)
    ),
]
CHECKS = frozen(*(compile_scenario(BOOKING, scenario, dialect="html_forms") for scenario in SCENARIOS))

MUTATIONS = [
    ("overlap", 'moment(other["starts_at"]) < end', "False", "error room"),
    ("overlap", 'row["status"] = "cancelled"', 'row["status"] = "gone"', "eq status cancelled"),
    ("late_cancel", "dt.timedelta(hours=1)", "dt.timedelta(minutes=1)", "error"),
    ("late_cancel", "if request.user is None:", "if False:", "to end on /accounts/login/"),
    ("name_needed", 'required.", "name")', 'required.", "colour")', "error name"),
    ("password", '!= request.form["password"]', "is None", "to end on /accounts/login/"),
]


def outcomes(product: Product, backend: SandboxBackend, *ids: str) -> dict[str, CheckOutcome]:
    chosen = [check for check in CHECKS if not ids or check.check.id in ids]
    return {o.check_id: o for o in run_acceptance(checks=chosen, product=product, backend=backend)}


def test_working_site_passes_every_check(room_pages: Product, backend: SandboxBackend) -> None:
    found = outcomes(room_pages, backend)
    assert {name: outcome.failure for name, outcome in found.items()} == {scenario.id: "" for scenario in SCENARIOS}


@pytest.mark.parametrize(("check", "good", "bad", "expected"), MUTATIONS)
def test_broken_rule_turns_its_check_red(
    check: str, good: str, bad: str, expected: str, room_pages: Product, backend: SandboxBackend, tmp_path: Path
) -> None:
    product = broken(room_pages, tmp_path / "broken", "main.py", good, bad)
    outcome = outcomes(product, backend, check)[check]
    assert outcome.status == "failed"
    assert f"expected {expected}" in outcome.failure
