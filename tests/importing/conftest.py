"""Repositories to import, and the engine that runs builds in the test's thread."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.change.conftest import Engine, change_data, engine, user, workspace

__all__ = ["Engine", "change_data", "engine", "user", "workspace"]
Repo = Callable[..., Path]


def git(folder: Path, *arguments: str) -> str:
    """Runs git in a folder and gives what it printed."""
    command = ["git", "-C", str(folder), "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Makes a repository with these files in one commit, then others on top."""

    def make(files: dict[str, str], *more: dict[str, str], name: str = "app") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")
        for number, one in enumerate((files, *more)):
            for path, text in one.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
            git(folder, "add", "-A", "-f")
            git(folder, "commit", "-q", "-m", f"Commit {number}")
        return folder

    return make
