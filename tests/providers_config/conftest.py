"""A workspace with the configuration that ships, and a file of the installation that a test may write."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from autodev.accounts.models import User, Workspace
from providers.config import file
from providers.config.defaults import ensure_defaults
from tests.factories.accounts import UserFactory, WorkspaceFactory

WriteFile = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _no_file(tmp_path: Path, settings: Settings) -> Iterator[None]:
    """Each test has a path of its own, where nothing is, and a process that has seen no file."""
    settings.AUTODEV_MODELS_FILE = tmp_path / "models.yaml"
    settings.AUTODEV_DATA = tmp_path
    settings.LOVABLE_FALLBACK_CHAIN = None
    file.forget()
    yield
    file.forget()


@pytest.fixture
def write_file(settings: Settings) -> WriteFile:
    """Writes the installation's models.yaml, some seconds ago, each time a later one."""
    ages = iter(range(3600, 0, -1))

    def write(text: str) -> Path:
        path = Path(settings.AUTODEV_MODELS_FILE)
        path.write_text(text)
        moment = file.wall_clock() - next(ages)
        os.utime(path, (moment, moment))
        return path

    return write


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def workspace(db: None) -> Workspace:
    row = WorkspaceFactory.create()
    ensure_defaults(row)
    return row
