"""`autodev agents` and the doctor's lines say what is there, and what to do about what is not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from pytest_django import Settings
from typer.testing import CliRunner

from autodev.cli import app
from autodev.doctor import agents
from autodev.doctor.finding import Finding, Verdict
from autodev.programs import opencode
from autodev.programs.known import AGENTS, find, install
from autodev.programs.types import Installed, InstallFailed
from providers.models import Provider
from tests.cast import Cast

pytestmark = pytest.mark.feature("F2.2")


@pytest.fixture
def empty(tmp_path: Path, settings: Settings) -> Path:
    settings.AUTODEV_PROGRAMS = tmp_path
    return tmp_path


def told(name: str) -> Finding:
    (line,) = [look() for title, look in agents.parts() if title == AGENTS[name].title]
    return line


def test_the_list_has_both(claude_program: Installed, opencode_program: Installed) -> None:
    done = CliRunner().invoke(app, ["agents", "list", "--json"])
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["claude"]["version"] == claude_program.version
    assert rows["opencode"]["path"] == str(opencode_program.program)
    assert "providers of the kind claude_agent" in CliRunner().invoke(app, ["agents", "list"]).stdout


@pytest.mark.usefixtures("empty")
def test_the_list_says_how_a_missing_one_comes() -> None:
    done = CliRunner().invoke(app, ["agents", "list"])
    assert done.exit_code == 0
    assert "autodev agents install opencode" in done.stdout


def test_install_gives_the_one_that_is_there(opencode_program: Installed) -> None:
    done = CliRunner().invoke(app, ["agents", "install", "opencode"])
    assert done.exit_code == 0
    assert str(opencode_program.program) in done.stdout.replace("\n", "")


def test_a_name_that_is_none_is_wrong_usage() -> None:
    done = CliRunner().invoke(app, ["agents", "install", "codex"])
    assert done.exit_code == 2
    assert "claude, opencode" in done.output


@pytest.mark.usefixtures("empty")
def test_a_failed_install_ends_with_1_and_the_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", os.devnull + "-none")
    done = CliRunner().invoke(app, ["agents", "install", "opencode"])
    assert done.exit_code == 1
    assert "npm could not get opencode-linux" in done.output
    with pytest.raises(InstallFailed):
        install("opencode")


@pytest.mark.django_db
def test_the_doctor_has_a_line_for_each(claude_program: Installed, opencode_program: Installed) -> None:
    assert told("opencode") == Finding("OpenCode", Verdict.OK, f"{opencode.version()}, {opencode_program.program}")
    assert told("claude").detail == f"{claude_program.version}, {claude_program.program}"


@pytest.mark.usefixtures("empty")
def test_one_that_is_missing_matters_where_a_provider_wants_it(cast: Cast) -> None:
    assert told("opencode").verdict == Verdict.OK
    Provider.objects.create(workspace=cast.workspace, name="oc", kind="opencode")
    found = told("opencode")
    assert found.verdict == Verdict.WARNING
    assert "autodev agents install opencode" in found.remedy


@pytest.mark.django_db
def test_one_that_does_not_start_is_a_failure(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = empty / "opencode" / opencode.version()
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "opencode"
    program.write_text("#!/bin/sh\necho Illegal instruction >&2; exit 132\n")
    program.chmod(0o755)
    receipt = {"version": opencode.version(), "size": program.stat().st_size}
    (folder / opencode.RECEIPT).write_text(json.dumps(receipt))
    assert find("opencode").program == program
    found = told("opencode")
    assert found.verdict == Verdict.FAILURE
    assert "Illegal instruction" in found.detail
    assert "autodev agents install opencode" in found.remedy
