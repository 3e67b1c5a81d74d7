"""A repository and a folder to take snapshots of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from projects.repository import Repository
from projects.repository.limits import Limits
from projects.repository.repository import EPOCH

Snap = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "project.git")
    made.init()
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "workspace"
    made.mkdir()
    return made


@pytest.fixture
def snap(repository: Repository, folder: Path) -> Snap:
    """`snap(parent="", message=…)` takes a snapshot of the folder at a fixed date."""

    def take(*, parent: str = "", message: str = "Change\n", limits: Limits | None = None) -> str:
        parent = parent or repository.root()
        return repository.snapshot(folder, parent=parent, message=message, date=EPOCH, limits=limits)

    return take


def put(folder: Path, files: dict[str, str | bytes]) -> None:
    """Writes files by path."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
