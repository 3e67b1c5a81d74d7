"""A full disk: tasks wait and spend nothing, no slot takes work, one alert says so, and all of it goes on by itself."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest
from django.db import OperationalError
from pytest_django import Settings

from autodev.doctor import services
from autodev.events.models import Event
from autodev.lib import clock
from projects.engine import alerts, disk, finish
from projects.engine.claim import Claimed, claim
from projects.engine.context import TaskContext
from projects.engine.doorbell import Bell
from projects.engine.execute import execute
from projects.engine.lease import HeldLeases, Lease
from projects.engine.outcome import Outcome, Succeeded, WorkFailed
from projects.engine.record import Held
from projects.engine.slots import Slot
from projects.engine.sweep import sweep
from projects.models import Attempt, Build, Task
from projects.repository import git
from projects.repository.errors import RepositoryError
from projects.repository.repository import Repository
from projects.states import TaskState
from tests.engine.clock import HostClock
from tests.engine.conftest import Handle
from tests.factories.projects import TaskFactory

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
HUGE = 1 << 60


@pytest.fixture(autouse=True)
def _nothing_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_seen_at", None)
    monkeypatch.setattr(alerts, "_told", None)


def wrapped(error: Exception, by: Exception) -> Exception:
    try:
        raise by from error
    except type(by) as raised:
        return raised


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (FULL, True),
        (OSError(errno.EDQUOT, "quota"), True),
        (OperationalError("database or disk is full"), True),
        (OperationalError('could not extend file "x": No space left on device'), True),
        (RepositoryError("git hash-object ended with 128: fatal: write error: No space left on device"), True),
        (wrapped(FULL, RuntimeError("could not pack")), True),
        (WorkFailed("pip said: No space left on device"), False),
        (OSError(errno.EACCES, "No"), False),
        (OperationalError("database is locked"), False),
        (RuntimeError("No space left on device"), False),
    ],
)
def test_what_a_full_disk_looks_like(error: Exception, full: bool) -> None:
    assert disk.is_full(error) is full


@pytest.mark.parametrize(
    "error",
    [FULL, OperationalError("database or disk is full"), RepositoryError("git: No space left on device")],
)
def test_the_task_waits_and_spends_no_attempt(
    handle: Handle, claimed: Claimed, lease: Lease, task: Task, error: Exception
) -> None:
    def writes(ctx: TaskContext) -> Outcome:
        raise error

    handle("noop", writes)
    execute(claimed, lease)
    task.refresh_from_db()
    assert (task.state, task.wait_reason) == (TaskState.WAITING, disk.REASON)
    assert (task.attempts, task.waits, task.crashes) == (0, 1, 0)
    assert Attempt.objects.get().outcome == "waiting"
    assert disk.seen_full()


def test_git_says_it_in_words_that_are_known(data_dir: Path) -> None:
    repository = Repository(data_dir / "r.git")
    root = repository.init()
    with pytest.raises(RepositoryError) as raised:
        git.call(repository.git_dir, ["archive", "--format=tar", "--output=/dev/full", root])
    assert disk.is_full(raised.value)


def test_a_workspace_that_reached_its_own_limit_is_a_failure_of_the_work(
    handle: Handle,
    claimed: Claimed,
    lease: Lease,
    task: Task,
    monkeypatch: pytest.MonkeyPatch,
    no_recovery: list[object],
) -> None:
    monkeypatch.setattr(disk, "is_own_limit", lambda root: root is not None)

    def fills(ctx: TaskContext) -> Outcome:
        ctx.workspace.write("a.txt", b"a")
        raise FULL

    handle("noop", fills)
    execute(claimed, lease)
    task.refresh_from_db()
    assert (task.wait_reason, task.attempts, task.waits) == ("recovery", 1, 0)


def test_only_a_file_system_of_its_own_has_its_own_limit(tmp_path: Path) -> None:
    assert not disk.is_own_limit(None)
    assert not disk.is_own_limit(tmp_path)


def test_output_without_room_stops_the_task_at_its_next_look(
    handle: Handle, claimed: Claimed, lease: Lease, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(self: object, data: bytes) -> int:
        raise FULL

    monkeypatch.setattr("projects.engine.output.OutputFile._append", no_room)

    def talks(ctx: TaskContext) -> Outcome:
        ctx.output("x")
        ctx.check_alive()
        return Succeeded(merge=False)

    handle("noop", talks)
    execute(claimed, lease)
    task.refresh_from_db()
    assert (task.state, task.wait_reason) == (TaskState.WAITING, disk.REASON)


def test_output_that_fails_otherwise_is_raised(ctx: TaskContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: object, data: bytes) -> int:
        raise PermissionError("no")

    monkeypatch.setattr("projects.engine.output.OutputFile._append", refused)
    with pytest.raises(PermissionError):
        ctx.output("x")


@pytest.fixture
def slot() -> Slot:
    return Slot(number=0, leases=HeldLeases("w"), bell=Bell(), stopping=threading.Event(), build_id=None)


def test_a_task_whose_end_found_no_room_waits_when_it_can_be_written(
    task: Task, handle: Handle, slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite on a full disk writes nothing at all, the wait neither."""
    handle("noop", lambda ctx: Succeeded(merge=False))

    def no_room(*_: object, **__: object) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as full:
        full.setattr(finish, "succeed", no_room)
        full.setattr(finish, "wait", no_room)
        with pytest.raises(OperationalError):
            slot.work_one()
    slot._give_back()
    task.refresh_from_db()
    assert (task.state, task.wait_reason, task.epoch) == (TaskState.WAITING, disk.REASON, 2)
    assert (task.attempts, task.waits, task.crashes) == (0, 1, 0)
    assert task.next_run_at is not None
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.error) == ("waiting", disk.REASON)
    assert attempt.get_outcome_display() == "Waits for room on the disk"
    assert disk.seen_full()
    assert Build.objects.get().current_task == disk.REASON
    slot._give_back()
    with clock.shifted(31):
        sweep()
        assert slot.work_one()
    task.refresh_from_db()
    assert task.state == TaskState.SUCCEEDED


def test_below_the_mark_no_slot_takes_work(task: Task, handle: Handle, slot: Slot, settings: Settings) -> None:
    settings.AUTODEV_MIN_FREE_BYTES = HUGE
    assert not slot.work_one()
    task.refresh_from_db()
    assert task.state == TaskState.READY
    settings.AUTODEV_MIN_FREE_BYTES = 0
    assert slot.work_one()


def test_the_end_of_a_task_claims_no_other_below_the_mark(
    task: Task, handle: Handle, slot: Slot, settings: Settings
) -> None:
    TaskFactory.create(build=task.build, key="next")
    handle("noop", lambda ctx: _fill_up(settings))
    assert slot.work_one()
    assert Task.objects.filter(state=TaskState.READY).count() == 1
    taken = claim("w")
    assert taken is not None
    held = Held(task.build)
    slot._claim_along(held)
    assert slot._claimed == []


def _fill_up(settings: Settings) -> Outcome:
    settings.AUTODEV_MIN_FREE_BYTES = HUGE
    return Succeeded(merge=False)


def test_one_alert_when_it_begins_and_one_when_it_is_over(
    claimed: Claimed, task: Task, handle: Handle, lease: Lease, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alerts.watch_disk() == ""
    settings.AUTODEV_MIN_FREE_BYTES = HUGE
    handle("noop", _raise_full)
    execute(claimed, lease)
    assert (alerts.watch_disk(), alerts.watch_disk()) == ("alert.disk_full", "")
    monkeypatch.setattr(alerts, "_told", None)  # another process of this host
    assert alerts.watch_disk() == ""
    settings.AUTODEV_MIN_FREE_BYTES = 0
    assert alerts.watch_disk() == ""  # a write found no room a moment ago
    monkeypatch.setattr(disk, "_seen_at", None)
    assert (alerts.watch_disk(), alerts.watch_disk()) == ("alert.disk_ok", "")
    task.refresh_from_db()
    assert task.state == TaskState.READY
    told = Event.objects.filter(type__startswith="alert.").order_by("created_at")
    assert [event.type for event in told] == ["alert.disk_full", "alert.disk_ok"]


def _raise_full(ctx: TaskContext) -> Outcome:
    raise FULL


def test_an_alert_does_not_flutter_at_the_mark(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "free_bytes", lambda path: 100)
    settings.AUTODEV_MIN_FREE_BYTES = 101
    assert alerts.watch_disk() == "alert.disk_full"
    settings.AUTODEV_MIN_FREE_BYTES = 90
    assert alerts.watch_disk() == ""
    settings.AUTODEV_MIN_FREE_BYTES = 80
    assert alerts.watch_disk() == "alert.disk_ok"


def test_another_hosts_disk_says_nothing_about_this_one(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AUTODEV_MIN_FREE_BYTES = HUGE
    assert alerts.watch_disk() == "alert.disk_full"
    monkeypatch.setattr(alerts, "_told", None)
    monkeypatch.setattr(alerts, "host_name", lambda: "elsewhere")
    assert alerts.watch_disk() == "alert.disk_full"


def test_what_was_seen_is_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    host = HostClock(monkeypatch)
    disk.saw_full()
    assert disk.seen_full()
    host.now = clock.monotonic() + disk.REMEMBERED_S + 1
    assert not disk.seen_full()


def test_room_is_that_of_the_nearest_folder_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert disk.free_bytes(tmp_path / "not" / "yet") > 0
    found = os.statvfs(tmp_path)
    none_left = os.statvfs_result((*found[:6], found.f_ffree, 0, *found[8:]))
    monkeypatch.setattr(os, "statvfs", lambda path: none_left)
    assert disk.free_bytes(tmp_path) == 0


def test_the_doctor_says_that_no_worker_takes_work(tmp_path: Path, settings: Settings) -> None:
    settings.AUTODEV_MIN_FREE_BYTES = HUGE
    finding = services.disk(tmp_path)
    assert (finding.verdict, "no worker takes work" in finding.detail) == ("failure", True)
