"""Worker processes die, freeze and shut down at every boundary; the build ends right and nothing is done twice that
shows."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autodev.lib import db
from autodev.lib.clock import shifted
from autodev.sandbox.workspace import remove_workspace
from projects.engine.agreement import check_recent
from projects.engine.context import TaskContext
from projects.engine.janitor import clean_up
from projects.engine.outcome import Outcome, Succeeded
from projects.engine.reconcile import reconcile, wanted_refs
from projects.engine.sweep import sweep
from projects.engine.workspace import work_root
from projects.models import Attempt, AttemptOutcome, Build, Incarnation, Step, Task
from projects.repository.repository import repository_of
from projects.states import TaskState
from tests.engine.conftest import Handle
from tests.engine.processes import Worker, until
from tests.engine.product import PARTS, assert_whole, install, part

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[..., Worker]


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Start]:
    started: list[Worker] = []

    def start(**how: object) -> Worker:
        started.append(Worker(**how))  # type: ignore[arg-type] # Worker's own keywords
        return started[-1]

    yield start
    for one in started:
        one.kill()
    for left in work_root().glob("*"):
        remove_workspace(left)


def finished(build: Build) -> Callable[[], bool]:
    return lambda: Build.objects.get(pk=build.pk).is_final


# name@passage → how many calls of the outside world may be repeated: only what was called and not yet written.
BOUNDARIES = {
    "claim.after@1": 0,
    "claim.after@2": 0,
    "workspace.after_checkout@1": 0,
    "journal.before_call@1": 0,
    "journal.after_call@1": 1,
    "journal.after_call@4": 1,
    "journal.after_commit@2": 0,
    "snapshot.after_objects@1": 0,
    "snapshot.after_row@2": 0,
    "snapshot.after_ref@2": 0,
    "finish.before@2": 0,
    "finish.after@2": 0,
    "finish.after@4": 0,
    "write.before_commit@3": 0,
    "write.before_commit@9": 1,
    "write.after_commit@4": 0,
    "write.after_commit@12": 0,
}


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_kill_9_at_a_boundary_then_a_start_on_the_same_host(handle: Handle, worker: Start, boundary: str) -> None:
    build = install(handle)
    name, passage = boundary.split("@")
    assert worker(faults=f"{name}=kill9@{passage}").wait() == -signal.SIGKILL
    second = worker()
    until(finished(build), f"the build did not go on after {boundary}")
    assert second.end() == 0
    assert_whole(build, repeated=BOUNDARIES[boundary])
    assert Task.objects.filter(crashes__gt=1).count() == 0
    check_recent()
    refs = repository_of(build.project_id).refs()
    wanted = wanted_refs([build.pk])
    assert {name: refs.get(name) for name in wanted} == wanted
    clean_up()
    assert not list(work_root().glob("*"))


def test_kill_9_then_another_host_after_the_lease(handle: Handle, worker: Start) -> None:
    build = install(handle)
    worker(faults="journal.after_commit=kill9@3").wait()
    dead = Task.objects.values_list("lease_owner", flat=True).get(state=TaskState.RUNNING)
    early = worker(host="elsewhere")
    running = Task.objects.get(state=TaskState.RUNNING, epoch=1, lease_owner=dead)
    others = Task.objects.filter(state__in=[TaskState.READY, TaskState.RUNNING]).exclude(pk=running.pk)
    until(lambda: not others.exists(), "the early worker did not do the rest")
    assert early.end() == 0  # before the late one comes, to which a lease by the early one's clock has run out
    running.refresh_from_db()
    assert (running.state, running.lease_owner) == (TaskState.RUNNING, dead)
    late = worker(host="elsewhere", shift_s=31)
    until(finished(build), "another host did not take over")
    assert late.end() == 0
    assert_whole(build)
    assert list(Attempt.objects.filter(task=running).values_list("outcome", flat=True)) == ["lost", "succeeded"]


def test_a_frozen_worker_is_fenced_when_it_comes_back(handle: Handle, worker: Start, data_dir: Path) -> None:
    build = install(handle)
    frozen = data_dir / "frozen"

    def freezes(ctx: TaskContext) -> Outcome:
        if not frozen.exists():
            ctx.workspace.write("late.txt", b"late")
            with db._sqlite_writers:  # a process that freezes inside a write keeps SQLite's lock; here it has none
                frozen.touch()
                os.kill(os.getpid(), signal.SIGSTOP)
            ctx.workspace.snapshot("Late")
        return part(ctx)

    handle("part", freezes)
    zombie = worker()
    until(frozen.exists, "the worker did not freeze")
    victim = Task.objects.get(state=TaskState.RUNNING)
    with shifted(31):
        assert sweep().lost == 1
    second = worker(host="elsewhere")
    until(finished(build), "the build did not go on")
    before = (list(Step.objects.order_by("pk").values()), repository_of(build.project_id).refs())
    zombie.send(signal.SIGCONT)
    zombie.end()
    second.end()
    assert before == (list(Step.objects.order_by("pk").values()), repository_of(build.project_id).refs())
    assert_whole(build)
    assert Attempt.objects.get(task=victim, epoch=victim.epoch).outcome == AttemptOutcome.LOST


def test_a_task_that_kills_its_worker_is_quarantined_at_the_third_time(handle: Handle, worker: Start) -> None:
    build = install(handle)
    for _ in range(3):
        assert worker(faults="claim.after=kill9@1").wait() == -signal.SIGKILL
    last = worker()
    until(finished(build), "the poison task was not stopped")
    last.end()
    task = Task.objects.get(key="understand")
    assert (task.state, task.crashes, task.attempts) == (TaskState.QUARANTINED, 3, 0)
    build.refresh_from_db()
    assert build.state == "failed"
    assert "died 3 times" in build.errors[0]


def test_sigterm_gives_the_task_back_and_spends_nothing(handle: Handle, worker: Start, data_dir: Path) -> None:
    build = install(handle)
    started = data_dir / "started"

    def slow(ctx: TaskContext) -> Outcome:
        ctx.journal.once("paid", started.touch)
        if ctx.task.epoch == 1:
            ctx.cancel.wait(60)
            ctx.check_alive()
        return Succeeded(build_updates={"verdict": "succeeded"}, merge=False)

    handle("understand", slow)
    first = worker()
    until(started.exists, "the task did not start")
    assert first.end() == 0
    task = Task.objects.get()
    assert (task.state, task.attempts, task.crashes) == (TaskState.READY, 0, 0)
    assert Attempt.objects.get().outcome == AttemptOutcome.RELEASED
    assert Incarnation.objects.get().stopped_at is not None
    started.unlink()
    second = worker()
    until(finished(build), "the task did not go on")
    second.end()
    assert not started.exists()
    assert Task.objects.get().state == TaskState.SUCCEEDED


def test_a_handler_that_does_not_come_back_in_time_is_left_behind(
    handle: Handle, worker: Start, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(handle)
    started = data_dir / "started"

    def deaf(ctx: TaskContext) -> Outcome:
        started.touch()
        while True:
            signal.pthread_sigmask(signal.SIG_BLOCK, [])

    monkeypatch.setattr("projects.engine.worker.Engine.stop.__defaults__", (1.0,))
    handle("understand", deaf)
    first = worker()
    until(started.exists, "the task did not start")
    assert first.end() == 0
    task = Task.objects.get()
    assert (task.state, task.epoch, task.attempts, task.crashes) == (TaskState.READY, 2, 0, 0)


def test_two_workers_share_the_work_without_a_double_claim(handle: Handle, worker: Start) -> None:
    builds = [install(handle) for _ in range(3)]
    workers = [worker(slots=2), worker(slots=2)]
    until(lambda: all(Build.objects.get(pk=one.pk).is_final for one in builds), "the builds did not end")
    assert [one.end() for one in workers] == [0, 0]
    assert Attempt.objects.count() == Task.objects.count() == len(builds) * (2 + len(PARTS))
    assert {build.state for build in Build.objects.all()} == {"succeeded"}
    assert [reconcile(build.project_id, [build.pk]) for build in builds] == [0, 0, 0]
