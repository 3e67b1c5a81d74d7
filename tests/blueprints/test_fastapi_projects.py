"""Each rendered service passes its own tests, types and lint, in an environment of its own."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from autodev.spec.expr import Expr, IsNull, Logic, Not
from autodev.spec.schema import Spec
from tests.blueprints.conftest import Project, rendered, write
from tests.blueprints.fastapi_specs import SPECS
from tests.blueprints.fastapi_specs.words import compare, money, own


@pytest.mark.slow
@pytest.mark.feature("F1.4")
@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_project_is_green(spec: Callable[[], Spec], fastapi_venv: Path, tmp_path: Path) -> None:
    project = Project(write(rendered(spec()), tmp_path), fastapi_venv)
    for argv in (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy", "app"),
        ("bandit", "-q", "-r", "app", "-c", "pyproject.toml"),
        ("pytest", "-q", "-p", "no:cacheprovider", "--cov", "--cov-fail-under=90"),
    ):
        ran = project.run(*argv)
        assert ran.returncode == 0, f"{argv}\n{ran.stdout}\n{ran.stderr}"


@pytest.mark.slow
def test_a_broken_rule_turns_the_rendered_tests_red(fastapi_venv: Path, tmp_path: Path) -> None:
    files = rendered(SPECS["library"]())
    service = files["app/services/loans.py"]
    assert "loan_count > 5" in service
    files["app/services/loans.py"] = service.replace("loan_count > 5", "loan_count > 6")
    ran = Project(write(files, tmp_path), fastapi_venv).run("pytest", "-q", "tests/test_rules.py")
    assert ran.returncode == 1
    assert "test_loan_at_most_five" in ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("bound", ["Booking.ends_at > booking.starts_at", "Booking.starts_at < booking.ends_at"])
def test_bookings_back_to_back_are_seen_on_both_sides(bound: str, fastapi_venv: Path, tmp_path: Path) -> None:
    files = rendered(SPECS["booking"]())
    service = files["app/services/bookings.py"]
    assert bound in service
    files["app/services/bookings.py"] = service.replace(bound, bound.replace("> ", ">= ").replace("< ", "<= "))
    ran = Project(write(files, tmp_path), fastapi_venv).run("pytest", "-q", "tests/test_requirements.py")
    assert ran.returncode == 1
    assert "test_overlap_is_refused" in ran.stdout


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_the_same_spec_gives_the_same_files(spec: Callable[[], Spec]) -> None:
    assert rendered(spec()) == rendered(spec())


def test_without_accounts_nothing_speaks_of_users() -> None:
    files = rendered(SPECS["orders"]())
    assert "app/security.py" not in files
    assert not [path for path, text in files.items() if "caller" in text.lower() or "jwt" in text.lower()]


def test_only_what_the_spec_has_is_written() -> None:
    files = rendered(SPECS["todo"]())
    assert "ExactDecimal" not in files["app/database.py"]
    assert "is_admin" not in "".join(files.values())
    assert "psycopg" not in files["pyproject.toml"]
    assert {"README.md", "docs/api.md", "docs/architecture.md", "Dockerfile", "compose.yaml"} <= files.keys()
    assert ".github/workflows/ci.yml" in files


def test_pins_and_lock_are_carried() -> None:
    from autodev.blueprints.registry import get

    files = get("fastapi-service").render(
        SPECS["library"](), pins={"fastapi": "0.165.0", "psycopg[binary]": "3.3.9"}, lock="fastapi==0.165.0\n"
    )
    assert '"fastapi==0.165.0"' in files["pyproject.toml"]
    assert '"psycopg[binary]==3.3.9"' in files["pyproject.toml"]
    assert files["requirements.lock"] == "fastapi==0.165.0\n"
    assert "requirements.lock" in files["Dockerfile"]


def test_a_service_without_entities_parses() -> None:
    files = rendered(Spec(name="empty", title="Empty", idea="An API", project_type="rest_api"))
    for path, text in files.items():
        if path.endswith(".py"):
            ast.parse(text, path)
    assert "app/main.py" in files


@pytest.mark.parametrize(
    ("way_out", "recognised"),
    [
        (Not(of=IsNull(of=own("returned_at"))), True),
        (compare(own("fine"), "eq", money("1")), False),
        (IsNull(of=own("returned_at")), False),
    ],
)
def test_a_way_out_of_a_limit_is_seen_through(way_out: Expr, recognised: bool) -> None:
    spec = SPECS["library"]()
    rule = spec.entity("Loan").rules[0]
    rule.require = Logic(op="or", items=(way_out, rule.require))
    assert ("def test_loan_at_most_five(" in rendered(spec)["tests/test_rules.py"]) is recognised
