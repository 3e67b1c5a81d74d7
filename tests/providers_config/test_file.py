"""The installation's models.yaml: taken over when it changes, kept when it is wrong; and the flag it may say."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import Settings

from autodev.accounts.models import User, Workspace
from autodev.doctor.finding import Verdict
from autodev.doctor.providers import models_file
from autodev.events.models import Event
from autodev.lib.db import own_connections
from providers.config import file, flag, loading, standing, store
from providers.config.defaults import SHIPPED, ensure_defaults
from providers.config.flag import Fallback, resolve
from providers.live import versions
from providers.models import ConfigRevision
from providers.services.chains import chain_save
from providers.services.settings import fallback_chain_set, settings_change
from tests.factories.accounts import WorkspaceFactory
from tests.providers_config.conftest import WriteFile

pytestmark = pytest.mark.django_db
ONE = "providers: {one: {kind: litellm, model: openai/one}}\nchains: {default: {providers: [one]}}\n"
TWO = ONE.replace("one", "two")


def names(workspace: Workspace) -> list[str]:
    return list(store.read(workspace.pk).providers)


@pytest.mark.feature("F2.13")
def test_a_change_of_the_file_is_taken_over_by_every_workspace(workspace: Workspace, write_file: WriteFile) -> None:
    other = WorkspaceFactory.create()
    assert file.refresh() == 0
    write_file(ONE)
    before = versions.read().config
    assert file.refresh() == 2
    assert names(workspace) == names(other) == ["one"]
    assert versions.read().config > before
    assert file.refresh() == 0
    write_file(TWO)
    assert file.refresh() == 2
    assert names(workspace) == ["two"]
    write_file(ONE)
    assert file.refresh() == 2
    newest = ConfigRevision.objects.filter(workspace=workspace).first()
    assert newest is not None
    assert (newest.door, newest.created_by, len(newest.digest)) == ("file", None, 64)
    assert Event.objects.filter(type="config.imported", workspace_id=workspace.pk).count() == 3


def test_what_a_person_changes_afterwards_holds_until_the_file_changes_again(
    workspace: Workspace, user: User, write_file: WriteFile
) -> None:
    write_file(ONE)
    file.refresh()
    chain_save(workspace=workspace, actor=user, task_kind="plan", providers=["one"])
    file.forget()  # another process begins
    assert file.refresh() == 0
    assert "plan" in store.read(workspace.pk).chains
    write_file(ONE + "# a note\n")
    assert file.refresh() == 1
    assert "plan" not in store.read(workspace.pk).chains


def test_a_workspace_may_leave_the_file_alone(workspace: Workspace, user: User, write_file: WriteFile) -> None:
    settings_change(workspace=workspace, actor=user, changes={"follow_file": False})
    write_file(ONE)
    before = versions.read().config
    assert file.refresh() == 0
    assert "claude" in names(workspace)
    # The flag in the file may be another one now: whoever holds a view must look.
    assert versions.read().config == before + 1


def test_a_wrong_file_changes_nothing_and_says_where_it_is_wrong(
    workspace: Workspace, write_file: WriteFile, caplog: pytest.LogCaptureFixture
) -> None:
    write_file(ONE)
    file.refresh()
    with caplog.at_level(logging.ERROR):
        write_file(TWO.replace("kind", "kynd"))
        assert file.refresh() == 0
        assert file.refresh() == 0
    assert names(workspace) == ["one"]
    assert "models.yaml:1:19: providers.two.kynd: there is no such key" in file.status().error
    assert [record.message for record in caplog.records] == ["config.file_refused"]
    write_file(TWO)
    assert file.refresh() == 1
    assert file.status().error == ""
    file.path().write_bytes(b"\xff\xfe")
    os.utime(file.path(), (1, 1))
    assert "utf-8" in file.status().error
    assert names(workspace) == ["two"]


def test_one_that_a_workspace_cannot_take_is_passed_over_there(
    workspace: Workspace, user: User, write_file: WriteFile, caplog: pytest.LogCaptureFixture
) -> None:
    """A file of seeds 000 may name a framework that only other workspaces have."""
    empty = WorkspaceFactory.create()
    write_file(
        '{"frameworks": {"primary": {"name": "claude", "priority": 1}}, "task_routing": {"simple_tasks": "claude"}}'
    )
    assert file.refresh() == 2
    assert names(empty) == ["claude"]
    write_file('{"task_routing": {"simple_tasks": "gpt"}}')
    assert file.status().error.endswith("there is no framework 'gpt'")


def test_a_file_that_is_being_written_is_read_at_the_next_look(workspace: Workspace, write_file: WriteFile) -> None:
    path = write_file(ONE)
    os.utime(path)
    assert file.refresh() == 0
    later = path.stat().st_mtime + file.SETTLED_S
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file, "wall_clock", lambda: later)
        assert file.refresh() == 1


def test_a_file_that_goes_away_takes_nothing_with_it(workspace: Workspace, write_file: WriteFile) -> None:
    path = write_file(ONE + "lovable_patterns: {p2_fallback_chain: {enabled: false}}\n")
    file.refresh()
    assert file.said_by_file() is False
    path.unlink()
    before = versions.read().config
    assert file.refresh() == 0
    assert (file.said_by_file(), names(workspace)) == (None, ["one"])
    assert versions.read().config == before + 1


def test_a_folder_in_its_place_is_said(settings: Settings, tmp_path: Path) -> None:
    settings.AUTODEV_MODELS_FILE = tmp_path / "folder"
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "folder", (1, 1))
    assert "directory" in file.status().error


def test_one_look_takes_so_many_workspaces_and_the_next_one_goes_on(
    workspace: Workspace, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    WorkspaceFactory.create_batch(4)
    monkeypatch.setattr(file, "MOST_A_LOOK", 2)
    write_file(ONE)
    assert [file.refresh() for _ in range(4)] == [2, 2, 1, 0]


def test_a_new_workspace_begins_with_the_file(write_file: WriteFile) -> None:
    write_file(ONE)
    row = WorkspaceFactory.create()
    assert ensure_defaults(row)
    assert names(row) == ["one"]
    assert file.refresh() == 0


@pytest.mark.django_db(transaction=True)
def test_of_several_processes_one_imports(write_file: WriteFile) -> None:
    row = WorkspaceFactory.create()
    write_file(ONE)
    state = file.status()
    gate, made = threading.Barrier(4), []

    def look() -> None:
        with own_connections():
            gate.wait(30)
            made.append(file._import(row, state))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(made) == [0, 0, 0, 1]
    assert ConfigRevision.objects.filter(workspace=row).count() == 1
    connections.close_all()


@pytest.mark.parametrize(
    ("environment", "in_file", "in_workspace", "expected"),
    [
        (True, False, False, Fallback(on=True, said_by="environment")),
        (False, True, True, Fallback(on=False, said_by="environment")),
        (None, False, True, Fallback(on=False, said_by="file")),
        (None, True, False, Fallback(on=True, said_by="file")),
        (None, None, False, Fallback(on=False, said_by="workspace")),
        (None, None, True, Fallback(on=True, said_by="workspace")),
        (None, None, None, Fallback(on=True, said_by="default")),
    ],
)
@pytest.mark.feature("F2.8")
def test_the_environment_goes_before_the_file_before_the_workspace(
    environment: bool | None, in_file: bool | None, in_workspace: bool | None, expected: Fallback
) -> None:
    assert resolve(environment=environment, in_file=in_file, in_workspace=in_workspace) == expected


@pytest.mark.parametrize(
    ("environment", "in_file", "own", "words"),
    [
        (None, None, None, ()),
        (None, None, True, ()),
        (True, None, True, ()),
        (None, None, False, ("chain is off: this workspace", "A maintainer")),
        (False, None, None, ("chain is off: the installation's environment (LOVABLE_FALLBACK_CHAIN)", "operator")),
        (None, False, None, ("chain is off: the installation's models.yaml", "operator")),
        (True, None, False, ("says that the fallback chain is off; it is on", "environment", "operator")),
        (False, True, True, ("says that the fallback chain is on; it is off", "environment", "operator")),
        (None, True, False, ("says that the fallback chain is off; it is on", "installation's models.yaml")),
    ],
)
@pytest.mark.feature("F2.8", "F2.13")
def test_who_switched_the_chain_off_and_whose_word_does_not_count_is_told(
    environment: bool | None, in_file: bool | None, own: bool | None, words: tuple[str, ...],
    workspace: Workspace, user: User, write_file: WriteFile, settings: Settings,
) -> None:  # fmt: skip
    settings_change(workspace=workspace, actor=user, changes={"follow_file": False})
    fallback_chain_set(workspace=workspace, actor=user, enabled=own)
    if in_file is not None:
        write_file(f"lovable_patterns: {{p2_fallback_chain: {{enabled: {str(in_file).lower()}}}}}")
    settings.LOVABLE_FALLBACK_CHAIN = environment
    told = standing.notes(workspace.pk)
    assert len(told) == bool(words)
    assert all(word in told[0] for word in words)


@pytest.mark.feature("F2.13")
def test_a_file_that_is_refused_is_told_with_its_line(workspace: Workspace, write_file: WriteFile) -> None:
    assert (models_file().verdict, "none at" in models_file().detail) == (Verdict.OK, True)
    path = write_file("providers:\n  a: {kid: litellm}\n")
    (told,) = standing.notes(workspace.pk)
    assert "models.yaml:2:7: providers.a.kid" in told
    found = models_file()
    assert (found.verdict, "models.yaml:2:7" in found.detail) == (Verdict.WARNING, True)
    write_file(SHIPPED.read_text())
    assert standing.notes(workspace.pk) == ()
    assert models_file().detail == str(path)


def test_the_flag_as_a_loaded_workspace_has_it(
    workspace: Workspace, user: User, write_file: WriteFile, settings: Settings
) -> None:
    assert loading.load(workspace.pk).fallback
    settings_change(workspace=workspace, actor=user, changes={"fallback_system": {"enabled": False}})
    assert not loading.load(workspace.pk).fallback
    fallback_chain_set(workspace=workspace, actor=user, enabled=True)
    assert loading.load(workspace.pk).fallback
    fallback_chain_set(workspace=workspace, actor=user, enabled=None)
    assert not loading.load(workspace.pk).fallback
    settings_change(workspace=workspace, actor=user, changes={"follow_file": False})
    write_file("fallback_system: {enabled: true}")
    assert loading.load(workspace.pk).fallback
    settings.LOVABLE_FALLBACK_CHAIN = False
    assert not loading.load(workspace.pk).fallback
    assert flag.fallback(store.read(workspace.pk).settings, store.read(workspace.pk).lovable_patterns).said_by == (
        "environment"
    )
