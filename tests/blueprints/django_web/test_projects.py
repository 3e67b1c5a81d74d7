"""Each rendered site passes its own tests, types and lint, in an environment of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autodev.spec.schema import Spec
from tests.blueprints.conftest import Project, rendered, write
from tests.blueprints.django_web.specs import SPECS

TESTS = ("pytest", "-q", "-p", "no:cacheprovider", "--cov", "--cov-fail-under=90")


@pytest.mark.slow
@pytest.mark.feature("F1.4")
@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_project_is_green(spec: Callable[[], Spec], django_venv: Path, tmp_path: Path) -> None:
    project = Project(write(rendered(spec(), "django-web"), tmp_path), django_venv)
    for argv in (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy", "app"),
        ("bandit", "-q", "-r", "app", "-c", "pyproject.toml"),
        TESTS,
    ):
        ran = project.run(*argv)
        assert ran.returncode == 0, f"{argv}\n{ran.stdout}\n{ran.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("bound", ["ends_at__gt=booking.starts_at", "starts_at__lt=booking.ends_at"])
def test_a_broken_rule_turns_the_rendered_tests_red(bound: str, django_venv: Path, tmp_path: Path) -> None:
    files = rendered(SPECS["booking"](), "django-web")
    rules = files["app/core/rules/bookings.py"]
    assert bound in rules
    files["app/core/rules/bookings.py"] = rules.replace(bound, bound.replace("=", "e="))
    ran = Project(write(files, tmp_path), django_venv).run("pytest", "-q", "tests/test_requirements.py")
    assert ran.returncode == 1
    assert "back_to_back" in ran.stdout


@pytest.mark.slow
@pytest.mark.feature("F1.10")
@pytest.mark.parametrize(
    ("file", "good", "bad"),
    [
        ("app/core/rules/bookings.py", "starts_at__lt=booking.ends_at", "starts_at__lt=booking.starts_at"),
        ("app/static/app.css", "\n.error {", "\n.error { display: none;"),
        ("app/templates/core/booking_list.html", "<tbody>", "<tbody hidden>"),
    ],
)
def test_a_broken_screen_turns_the_rendered_browser_tests_red(
    file: str, good: str, bad: str, django_venv: Path, tmp_path: Path
) -> None:
    files = rendered(SPECS["booking"](), "django-web")
    assert good in files[file]
    files[file] = files[file].replace(good, bad)
    ran = Project(write(files, tmp_path), django_venv).run("pytest", "-q", "tests/browser/test_journeys.py")
    assert ran.returncode == 1, ran.stdout
    assert "test_bookings_overlap_in_browser" in ran.stdout


@pytest.mark.slow
@pytest.mark.feature("F1.10")
def test_without_a_browser_its_tests_are_skipped_and_say_so(
    django_venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.defpath", str(tmp_path / "bin"))
    project = Project(write(rendered(SPECS["booking"](), "django-web"), tmp_path / "site"), django_venv)
    ran = project.run("pytest", "-q", "tests/browser")
    assert (ran.returncode, "3 skipped" in ran.stdout) == (0, True), ran.stdout
    assert "no browser: run `playwright install chromium`" in ran.stdout


SLOW_INSERTS = """
import time

from django.db.backends.signals import connection_created


def late(execute, sql, params, many, context):
    if sql.startswith("INSERT"):
        time.sleep(0.1)
    return execute(sql, params, many, context)


def connected(connection, **_):
    connection.execute_wrappers.append(late)


connection_created.connect(connected, weak=False)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "ends"), [("IMMEDIATE", 0), ("DEFERRED", 1)])
def test_without_the_write_lock_two_at_once_slip_past_a_rule(
    mode: str, ends: int, django_venv: Path, tmp_path: Path
) -> None:
    """Each insert comes late, so that all have looked before one has written, unless a lock keeps them apart."""
    files = rendered(SPECS["booking"](), "django-web")
    settings = files["app/settings.py"]
    assert '"IMMEDIATE"' in settings
    files["app/settings.py"] = settings.replace('"IMMEDIATE"', f'"{mode}"')
    files["tests/conftest.py"] += SLOW_INSERTS
    ran = Project(write(files, tmp_path), django_venv).run("pytest", "-q", "tests/test_rules.py")
    assert ran.returncode == ends, ran.stdout
    assert ("at_the_same_time" in ran.stdout) == (ends == 1)
