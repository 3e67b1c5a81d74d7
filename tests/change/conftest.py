"""Builds and changes of them by the real engine, in this process, without a model unless a test sets one up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from autodev.accounts.models import User, Workspace
from autodev.lib import clock, failpoints
from autodev.sandbox import registries
from projects.engine.claim import claim
from projects.engine.execute import execute
from projects.engine.lease import Lease
from projects.models import Build
from tests.factories.accounts import UserFactory, WorkspaceFactory
from tests.kept import share_layers

TODO = "Create a REST API for a todo app with authentication"


class Engine:
    """Runs builds to their end, a task at a time, in the test's thread."""

    def run(self, build: Build, *, at_most: int = 40) -> Build:
        for _ in range(at_most):
            taken = claim("worker-a", build_id=build.pk)
            if taken is None:
                break
            # nobody renews it here, and a busy machine takes longer than a lease is trusted for
            execute(taken, Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic() + 900))
        return Build.objects.select_related("project", "parent").get(pk=build.pk)


@pytest.fixture
def user(transactional_db: None) -> User:
    return UserFactory.create(name="Ada")


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    return WorkspaceFactory.create()


@pytest.fixture(scope="session")
def change_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all changes of a worker."""
    folder = share_layers(tmp_path_factory.mktemp("change"))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def engine(change_data: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    settings.AUTODEV_DATA = change_data
    monkeypatch.setattr(failpoints, "_faults", {})
    registries.forget()
    yield Engine()
    registries.forget()
