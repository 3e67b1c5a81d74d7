"""The Claude Agent SDK is found with the program it bundles, in a version that goes with AutoDev."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from autodev.programs import claude
from autodev.programs.types import Installed, InstallFailed, ProgramMissing

ROOT = Path(__file__).parents[2]


def absent(name: str) -> object:
    raise PackageNotFoundError(name)


def uv(tmp_path: Path, body: str) -> list[str]:
    script = tmp_path / "uv"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return [str(script)]


def test_the_real_one_is_found_with_its_program(claude_program: Installed) -> None:
    assert claude_program == claude.find()
    assert claude_program.program.is_file()
    assert claude.install() == claude_program


def test_the_version_is_that_of_the_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["optional-dependencies"]["claude"] == [claude.WANTED]


def test_one_that_is_missing_says_how_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claude, "distribution", absent)
    with pytest.raises(ProgramMissing, match="not installed") as missing:
        claude.find()
    assert "autodev agents install claude" in missing.value.hint


@pytest.mark.usefixtures("claude_program")
def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claude, "WANTED", "claude-agent-sdk>=9")
    with pytest.raises(ProgramMissing, match=">=9 is wanted"):
        claude.find()


@pytest.mark.usefixtures("claude_program")
def test_a_wheel_without_the_program_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = distribution("claude-agent-sdk")
    monkeypatch.setattr(type(real), "locate_file", lambda self, path: tmp_path / path)
    with pytest.raises(ProgramMissing, match="no bundled program"):
        claude.find()


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("echo 'error: failed to create file: Permission denied (os error 13)' >&2; exit 2", "build it with the extra"),
        ("echo 'error: Request failed after 3 retries: dns error' >&2; exit 2", "Check the network"),
    ],
)
def test_uv_that_fails_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, hint: str) -> None:
    monkeypatch.setattr(claude, "distribution", absent)
    said: list[str] = []
    with pytest.raises(InstallFailed, match="uv could not install") as failed:
        claude.install(said.append, command=uv(tmp_path, body))
    assert hint in failed.value.hint
    assert said[0] == "The Claude Agent SDK is not installed."


def test_uv_is_asked_for_this_environment_and_believed_only_on_sight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claude, "distribution", absent)
    with pytest.raises(InstallFailed, match="and yet"):
        claude.install(command=uv(tmp_path, f'echo "$@" > {tmp_path}/asked'))
    assert (tmp_path / "asked").read_text().split()[-1] == claude.WANTED


def test_no_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claude, "distribution", absent)
    with pytest.raises(InstallFailed, match="uv cannot be run"):
        claude.install(command=["/no/such/uv"])
