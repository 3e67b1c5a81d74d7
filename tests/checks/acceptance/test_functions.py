"""Checks of a library's functions: the module passes, and each broken rule turns its check red."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.sandbox import SandboxBackend
from autodev.spec.checks import FunctionCall, FunctionCheck
from projects.checks.acceptance import CheckOutcome, Product, run_acceptance
from tests.checks.acceptance.cast import broken, frozen

CHECK = FunctionCheck(
    id="prices",
    title="prices",
    calls=(
        FunctionCall(target="pricing:total", args=(0.1, 3), returns=0.3),
        FunctionCall(target="pricing:total", args=(10, 10), kwargs={"discount": 0.2}, returns=80),
        FunctionCall(target="pricing:total", args=(1, 0), raises="ValueError"),
        FunctionCall(target="pricing:label", args=("tea",), returns={"name": "tea", "tags": ["new", 1, None]}),
    ),
)

MUTATIONS = [
    ("unit_price * quantity", "unit_price + quantity", "expected 0.3, got 3.1"),
    (">= 10", "> 10", "expected 80, got 100"),
    ("raise QuantityError(", "return str(", "expected ValueError, got 'the quantity"),
    ("(ValueError)", "(Exception)", "expected ValueError, got QuantityError"),
    ('"new", 1', '"new", True', "expected {'name': 'tea'"),
    ("def total", "def sum_up", "got AttributeError"),
]


def outcome(product: Product, backend: SandboxBackend) -> CheckOutcome:
    return run_acceptance(checks=frozen(CHECK), product=product, backend=backend)[0]


def test_working_module_passes(pricing: Product, backend: SandboxBackend) -> None:
    found = outcome(pricing, backend)
    assert (found.status, found.failure, len(found.steps)) == ("passed", "", 4)
    assert found.excerpt == "loading prices"


@pytest.mark.parametrize(("good", "bad", "expected"), MUTATIONS)
def test_broken_rule_turns_the_check_red(
    good: str, bad: str, expected: str, pricing: Product, backend: SandboxBackend, tmp_path: Path
) -> None:
    found = outcome(broken(pricing, tmp_path / "broken", "pricing.py", good, bad), backend)
    assert found.status == "failed"
    assert expected in found.failure


@pytest.mark.parametrize(
    "instead",
    ["raise SystemExit(0)", "import os; os._exit(0)", "print('[{\"returned\": 0.3}]', flush=True); raise SystemExit"],
)
def test_module_that_ends_the_interpreter_cannot_pass(
    instead: str, pricing: Product, backend: SandboxBackend, tmp_path: Path
) -> None:
    found = outcome(broken(pricing, tmp_path / "broken", "pricing.py", 'print("loading prices")', instead), backend)
    assert found.status == "failed"
    assert found.failure.startswith("the calls gave no answer")
