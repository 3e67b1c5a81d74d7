"""The doctor says what is missing and what to do about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from autodev.doctor import programs
from autodev.doctor.examine import variables
from autodev.doctor.finding import Verdict
from autodev.doctor.services import broker, database, keys

ROOT = Path(__file__).parents[2]


def doctor(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from autodev.cli import main; main()", "doctor", *arguments]
    return subprocess.run(
        command, env={**os.environ, **variables}, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(None, Verdict.FAILURE), ("git version 2.37.9", Verdict.FAILURE), ("git version 2.38.0", Verdict.OK)],
)
def test_git_must_be_able_to_merge_without_a_work_tree(answer: str | None, verdict: Verdict) -> None:
    found = programs.git(answer)
    assert found.verdict == verdict
    assert bool(found.remedy) == (verdict != Verdict.OK)


def test_an_old_node_is_no_failure_because_a_wheel_stands_in() -> None:
    assert programs.node("v12.22.9").verdict == Verdict.WARNING
    assert programs.node("v20.1.0").verdict == Verdict.OK


def test_without_bubblewrap_it_says_how_to_get_it() -> None:
    found = programs.bubblewrap(None)
    assert found.verdict == Verdict.FAILURE
    assert "install" in found.remedy


def test_a_variable_with_a_typing_error_is_noticed() -> None:
    found = variables({"AUTODEV_MDOE": "production", "AUTODEV_DATA": "/data"})
    assert found.verdict == Verdict.WARNING
    assert "AUTODEV_MODE" in found.remedy


def test_data_that_others_may_enter_is_noticed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert keys(tmp_path).verdict == Verdict.WARNING
    tmp_path.chmod(0o700)
    assert keys(tmp_path).verdict == Verdict.OK


@pytest.mark.django_db
def test_a_migrated_database_is_well() -> None:
    assert database().verdict == Verdict.OK


def test_a_redis_that_does_not_answer_is_a_failure(settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url
    assert broker().verdict == Verdict.OK
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert broker().verdict == Verdict.FAILURE


@pytest.mark.slow
def test_json_lists_every_part_and_the_exit_code_says_whether_all_is_well(tmp_path: Path) -> None:
    answer = doctor("--json", AUTODEV_DATA=str(tmp_path / "data"))
    findings = {found["part"]: found for found in json.loads(answer.stdout)}
    assert {"settings", "git", "node", "bubblewrap", "sandbox", "database", "redis", "keys", "disk"} <= set(findings)
    failed = [found for found in findings.values() if found["verdict"] == "failure"]
    assert answer.returncode == int(bool(failed))
    assert all(found["remedy"] for found in findings.values() if found["verdict"] != "ok")


def test_wrong_settings_are_a_finding_not_a_traceback(tmp_path: Path) -> None:
    answer = doctor("--json", AUTODEV_DATA=str(tmp_path), AUTODEV_MODE="holiday")
    assert answer.returncode == 1
    [found] = json.loads(answer.stdout)
    assert "AUTODEV_MODE" in found["detail"]


def test_without_a_browser_it_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "browser_program", lambda: None)
    found = programs.chromium()
    assert (found.part, found.verdict) == ("chromium", Verdict.WARNING)
    assert "scripts/install-system-packages" in found.remedy
    assert "apt-get install --yes chromium" in found.remedy


def test_the_browser_of_the_machine_is_named() -> None:
    found = programs.chromium()
    assert (found.verdict, Path(found.detail).is_file()) == (Verdict.OK, True)


@pytest.mark.django_db
@pytest.mark.feature("F4.8")
def test_models_with_and_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from autodev.doctor.providers import models
    from providers.config.defaults import ensure_defaults
    from providers.config.variables import PROVIDER_VARIABLES
    from providers.services.credentials import credential_add
    from providers.services.providers import provider_create
    from tests.factories.accounts import WorkspaceFactory

    for name in PROVIDER_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    shipped = models()
    assert (shipped.verdict, "claude (ANTHROPIC_API_KEY)" in shipped.detail) == (Verdict.WARNING, True)
    assert "autodev providers add --local" in shipped.remedy
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-000000000000")
    assert (models().verdict, "ready: claude;" in models().detail) == (Verdict.OK, True)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    place = WorkspaceFactory.create(slug="engines")
    ensure_defaults(place)
    assert models().verdict == Verdict.WARNING
    part = {"kind": "litellm", "model": "mistral/devstral", "keys": ["main"]}
    provider_create(workspace=place, actor=None, name="mistral", part=part)
    assert "mistral (main)" in models().detail
    credential_add(workspace=place, actor=None, name="main", secret="sk-live-4815162342")
    found = models()
    assert (found.verdict, found.detail.startswith("ready: mistral; without a key: claude")) == (Verdict.OK, True)
    other = WorkspaceFactory.create(slug="abroad")
    ensure_defaults(other)
    assert [line.split(":")[0] for line in models().detail.splitlines()] == ["abroad", "engines"]
