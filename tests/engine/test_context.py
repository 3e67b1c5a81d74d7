"""What a handler may do: progress, output, events, files."""

from __future__ import annotations

import pytest

from autodev.contracts.ports import Cancelled, Fenced
from autodev.events.models import Event
from autodev.lib import clock
from projects.engine import output
from projects.engine.claim import Claimed
from projects.engine.context import Every, TaskContext
from projects.engine.lease import Lease
from projects.engine.output import OutputFile, output_path
from projects.engine.progress import PhaseShare, build_percent, percent
from projects.engine.revoke import revoke_own
from projects.models import Build, Step, Task
from projects.repository.errors import NotFound, UnsafePath
from projects.states import Phase, TaskState
from tests.engine.clock import HostClock
from tests.factories.projects import TaskFactory


def test_the_snapshot_of_the_task_is_as_it_was_claimed(ctx: TaskContext, task: Task) -> None:
    assert (ctx.task.id, ctx.task.epoch, ctx.task.attempt, ctx.task.kind) == (task.pk, 1, 1, "noop")
    assert ctx.build.pk == ctx.task.build_id


def test_progress_moves_task_and_build_at_most_four_times_a_second(
    ctx: TaskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = HostClock(monkeypatch)
    seen = []
    for value in (10, 20, 30):
        ctx.progress(value, f"At {value}")
        seen.append(Task.objects.get().progress)
        host.now += 0.13
    assert seen == [10, 10, 30]
    ctx.progress(150, "Done\0")
    task, build = Task.objects.get(), Build.objects.get()
    assert (task.progress, build.current_task) == (100, "Done\ufffd")
    assert build.progress == 75  # the phases before count as done


def test_a_builds_progress_never_falls(ctx: TaskContext) -> None:
    Build.objects.update(progress=90)
    ctx.progress(100)
    assert Build.objects.get().progress == 90
    assert Build.objects.get().current_task == "Do only"


def test_progress_stops_where_the_lease_is_gone(ctx: TaskContext, lease: Lease) -> None:
    revoke_own(ctx.task.id, ctx.task.epoch)
    with pytest.raises(Fenced):
        ctx.progress(100, "Late")
    assert Build.objects.get().current_task != "Late"
    lease.end("shutdown")
    assert ctx.cancel_requested
    assert ctx.cancel.is_set()
    with pytest.raises(Cancelled):
        ctx.progress(100)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({}, 0),
        ({Phase.UNDERSTAND: PhaseShare(1, 50)}, 2),
        ({Phase.UNDERSTAND: PhaseShare(1, 100), Phase.RESEARCH: PhaseShare(1, 0)}, 5),
        ({Phase.UNDERSTAND: PhaseShare(1, 100), Phase.IMPLEMENT: PhaseShare(4, 200)}, 50),
        ({phase: PhaseShare(1, 100) for phase in Phase}, 99),
    ],
)
def test_phases_weigh(shares: dict[Phase, PhaseShare], expected: int) -> None:
    assert percent(shares) == expected


def test_an_ended_task_counts_whole(build: Build) -> None:
    TaskFactory.create(build=build, phase=Phase.UNDERSTAND, state=TaskState.FAILED, progress=10)
    TaskFactory.create(build=build, phase=Phase.RESEARCH, state=TaskState.RUNNING, progress=50)
    assert build_percent(build.pk) == 10


def test_output_is_a_bounded_file(ctx: TaskContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "LIMIT_BYTES", 10)
    for chunk in ("hello ", "wörld", "more"):
        ctx.output(chunk)
    text = output_path(ctx.task.id, ctx.task.epoch).read_bytes()
    assert text.startswith(b"hello w")
    assert text.endswith(output.TRUNCATED)
    assert OutputFile(ctx.task.id, ctx.task.epoch).append("x") == len(text)


def test_an_event_has_the_next_version(ctx: TaskContext) -> None:
    ctx.emit("check.ran", {"green": True})
    event = Event.objects.get(type="check.ran")
    assert (event.version, event.payload, event.task_id) == (2, {"green": True}, ctx.task.id)
    ctx.emit("check.ran")
    revoke_own(ctx.task.id, ctx.task.epoch)
    with pytest.raises(Fenced):
        ctx.emit("check.ran")
    assert Event.objects.filter(type="check.ran").count() == 2


def test_rows_of_a_task_are_written_behind_the_fence(ctx: TaskContext) -> None:
    assert ctx.write(lambda: Build.objects.update(warnings=["w"])) == 1
    revoke_own(ctx.task.id, ctx.task.epoch)
    with pytest.raises(Fenced):
        ctx.write(lambda: Build.objects.update(warnings=["late"]))
    assert Build.objects.get().warnings == ["w"]


def test_files_are_checked_out_written_and_stored(ctx: TaskContext) -> None:
    files = ctx.workspace
    assert ctx.opened_workspace is files
    assert files.paths() == []
    assert files.snapshot("Nothing") == files.base
    files.write("a/b.txt", b"1")
    files.write("c.txt", b"2")
    commit = files.snapshot("First")
    assert files.snapshot("Again") == commit
    step = Step.objects.get()
    assert (step.commit, step.title, step.kind) == (commit, "First", "snapshot")
    task = Task.objects.get()
    assert (task.head, task.base) == (commit, files.base)
    assert files.repository.refs() == {f"task/{task.pk}/1": commit}
    files.delete("c.txt")
    assert files.paths() == ["a/b.txt"]
    assert files.read("a/b.txt") == b"1"
    (files.root / "link").symlink_to("a/b.txt")
    with pytest.raises(UnsafePath):
        files.read("link")
    with pytest.raises(NotFound):
        files.read("c.txt")
    ctx.close()
    assert not files.root.exists()


def test_a_snapshot_of_a_zombie_leaves_no_row_and_no_ref(ctx: TaskContext) -> None:
    files = ctx.workspace
    files.write("a", b"1")
    revoke_own(ctx.task.id, ctx.task.epoch)
    with pytest.raises(Fenced):
        files.snapshot("Late")
    assert not Step.objects.exists()
    assert files.repository.refs() == {}
    assert Task.objects.get().head == ""


def test_the_next_attempt_begins_at_the_newest_snapshot(ctx: TaskContext) -> None:
    from projects.engine.claim import claim

    ctx.workspace.write("a", b"1")
    commit = ctx.workspace.snapshot("First")
    ctx.workspace.write("half", b"done")
    revoke_own(ctx.task.id, ctx.task.epoch)
    taken = claim("worker-b")
    assert taken is not None
    following = TaskContext(taken, Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic()))
    assert following.workspace.paths() == ["a"]
    assert following.workspace.head == commit
    assert following.workspace.root != ctx.workspace.root
    following.close()


def test_a_gate_opens_once_in_its_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    host = HostClock(monkeypatch)
    gate = Every(1.0)
    opened = []
    for _ in range(5):
        opened.append(gate.due())
        host.now += 0.5
    assert opened == [True, False, True, False, True]


def test_an_unused_context_leaves_nothing(claimed: Claimed, lease: Lease) -> None:
    unused = TaskContext(claimed, lease)
    assert unused.opened_workspace is None
    unused.close()
