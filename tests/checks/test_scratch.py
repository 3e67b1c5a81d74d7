"""Where checks work: below the data folder, named after their task, so that the janitor knows whose it is."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from autodev.sandbox import Owner, create_workspace
from autodev.sandbox.workspace import can_mount, mounts_below, remove_workspace
from projects.checks.scratch import scratch
from projects.engine.janitor import clean_up
from projects.engine.workspace import work_root
from projects.states import TaskState
from tests.factories.projects import TaskFactory

pytestmark = pytest.mark.django_db


def test_it_lies_beside_the_workspace_and_goes_with_its_mounts(data_dir: Path) -> None:
    owner = Owner(str(uuid.uuid4()), 3)
    with scratch(owner) as path:
        assert path.parent == work_root() == data_dir / "work"
        assert path.name.startswith(f"{owner.task_id}-3.")
        create_workspace(path / "a b", owner=owner)
        (path / "a b" / "file").write_text("x")
        assert bool(mounts_below(path)) == can_mount()
    assert not path.exists()
    assert mounts_below(path) == []


def test_without_an_owner_it_lies_among_temporary_files(data_dir: Path) -> None:
    with scratch(None) as path:
        assert not path.is_relative_to(data_dir)
    assert not path.exists()


def test_the_janitor_leaves_those_of_the_living_and_removes_the_others(data_dir: Path) -> None:
    task = TaskFactory.create(state=TaskState.RUNNING, epoch=2)
    alive, dead = scratch(Owner(str(task.pk), 2)), scratch(Owner(str(task.pk), 1))
    kept, left = alive.__enter__(), dead.__enter__()
    create_workspace(left / "ws", owner=Owner(str(task.pk), 1))
    assert clean_up() >= 1
    assert kept.exists()
    assert not left.exists()
    assert mounts_below(left) == []
    dead.__exit__(None, None, None)
    alive.__exit__(None, None, None)


def test_a_link_in_the_place_of_a_workspace_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    create_workspace(other)
    (other / "file").write_text("x")
    link = tmp_path / "ws"
    link.symlink_to(other)
    remove_workspace(link)
    assert not link.is_symlink()
    assert (other / "file").read_text() == "x"
    remove_workspace(other)
