"""Rows and repositories agree, or somebody is told once and the task that needs it waits for a decision."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autodev.events.models import Event
from autodev.lib.clock import utcnow
from projects.engine import agreement
from projects.engine.agreement import check_everything, check_recent
from projects.engine.claim import Claimed, claim
from projects.engine.context import TaskContext
from projects.engine.execute import execute
from projects.engine.hooks import Failure
from projects.engine.lease import Lease
from projects.engine.outcome import Outcome, Succeeded
from projects.engine.reach import beginning, gone
from projects.models import Attempt, Build, Incarnation, Task
from projects.repository import git, leftovers
from projects.repository.errors import CommitMissing, RepositoryError
from projects.repository.repository import Repository, repository_of
from projects.states import BuildState, TaskState
from tests.engine.conftest import Handle
from tests.engine.graphs import commit_of
from tests.factories.projects import TaskFactory

GONE = "d" * 40
HOUR_S = 3600


@pytest.fixture
def repository(build: Build) -> Repository:
    made = repository_of(build.project_id)
    made.init()
    return made


def lock(repository: Repository, name: str = "refs/autodev/build/x.lock", *, age_s: float = HOUR_S) -> Path:
    path = repository.git_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    then = time.time() - age_s
    os.utime(path, (then, then))
    return path


def test_whole_data_agrees(build: Build, repository: Repository) -> None:
    head = commit_of(repository, {"a": "1"}, parent=repository.root())
    Build.objects.update(head=head, last_green=head)
    TaskFactory.create(build=build, base=repository.root(), head=head)
    report = check_everything()
    assert (report.agrees, report.builds, report.refs, report.missing) == (True, 1, 1, [])
    assert check_recent().refs == 0
    assert repository.refs()[f"build/{build.pk}"] == head


def test_a_lock_whose_writer_is_gone_is_taken_away_and_the_ref_set(build: Build, repository: Repository) -> None:
    head = commit_of(repository, {"a": "1"}, parent=repository.root())
    Build.objects.update(head=head)
    left = lock(repository, f"refs/autodev/build/{build.pk}.lock")
    with pytest.raises(RepositoryError, match="lock"):
        repository.set_ref(f"build/{build.pk}", head)
    report = check_recent()
    assert not left.exists()
    assert report.locks == [f"{build.project_id}: refs/autodev/build/{build.pk}.lock"]
    assert repository.refs()[f"build/{build.pk}"] == head


def test_a_young_lock_and_one_whose_writer_lives_stay(repository: Repository) -> None:
    young = lock(repository, "HEAD.lock", age_s=5)
    assert leftovers.remove_stale_locks(repository.git_dir) == []
    old = lock(repository, "packed-refs.lock")
    says_up = "print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", says_up, str(repository.git_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()  # before, its command line may still be that of this process
        assert leftovers.remove_stale_locks(repository.git_dir) == []
        writer.communicate(b"\n")
    assert leftovers.remove_stale_locks(repository.git_dir) == ["packed-refs.lock"]
    assert (young.exists(), old.exists()) == (True, False)


def test_where_other_hosts_write_a_lock_must_be_older_than_any_git_may_run(
    build: Build, repository: Repository
) -> None:
    left = lock(repository, "packed-refs.lock", age_s=200)
    Incarnation.objects.create(name="far", host="elsewhere", pid=1, slots=1, last_seen_at=build.created_at)
    assert check_recent().locks == []
    Incarnation.objects.all().delete()
    assert len(check_recent().locks) == 1
    assert not left.exists()


def test_a_lock_that_another_took_away_is_no_error(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lock(repository, "HEAD.lock")
    monkeypatch.setattr(leftovers, "is_used", lambda git_dir: path.unlink())
    assert leftovers.remove_stale_locks(repository.git_dir) == []
    assert leftovers._age_s(path) == 0


def test_a_lock_left_behind_does_not_stop_a_snapshot(
    handle: Handle, claimed: Claimed, lease: Lease, task: Task
) -> None:
    def makes(ctx: TaskContext) -> Outcome:
        ctx.workspace.write("a.txt", b"a")
        lock(ctx.workspace.repository, f"refs/autodev/task/{ctx.task.id}/1.lock", age_s=1)
        lock(ctx.workspace.repository, f"refs/autodev/build/{ctx.task.build_id}.lock", age_s=1)
        return Succeeded()

    handle("noop", makes)
    execute(claimed, lease)
    task.refresh_from_db()
    build = Build.objects.get()
    assert task.state == TaskState.SUCCEEDED
    assert repository_of(build.project_id).files(build.head) == ["a.txt"]


def test_what_was_half_written_a_day_ago_goes(build: Build, repository: Repository) -> None:
    old = lock(repository, "objects/ab/tmp_obj_x", age_s=2 * 86400)
    young = lock(repository, "objects/pack/tmp_pack_y")
    assert (check_recent().half_written, check_everything().half_written) == (0, 1)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_head_that_is_gone_is_told_once_and_no_worker_tries(
    build: Build, repository: Repository, no_recovery: list[Failure]
) -> None:
    Build.objects.update(head=GONE)
    task = TaskFactory.create(build=build, key="t", epoch=4)
    pending = TaskFactory.create(build=build, key="p", state=TaskState.PENDING)
    report = check_recent()
    assert (report.agrees, report.tasks) == (False, [task.pk])
    assert [(one.what, one.commit) for one in report.missing] == [("head", GONE)]
    task.refresh_from_db()
    assert (task.state, task.wait_reason, task.error_kind) == (TaskState.WAITING, "recovery", "data_corruption")
    assert (task.epoch, task.attempts) == (5, 1)
    assert no_recovery == [Failure(task_id=task.pk, epoch=5)]
    pending.refresh_from_db()
    assert pending.state == TaskState.PENDING
    check_recent()
    event = Event.objects.get(type=agreement.CORRUPTED)
    assert (event.build_id, event.payload) == (build.pk, {"what": "head", "commit": GONE})


def test_only_the_task_whose_snapshot_is_gone_waits(
    build: Build, repository: Repository, no_recovery: list[Failure]
) -> None:
    hurt = TaskFactory.create(build=build, key="hurt", base=repository.root(), head=GONE)
    TaskFactory.create(build=build, key="well")
    assert check_recent().tasks == [hurt.pk]
    assert no_recovery == [Failure(task_id=hurt.pk, epoch=1)]
    taken = claim("w")
    assert taken is not None
    assert taken.task.key == "well"
    assert Event.objects.get(type=agreement.CORRUPTED).task_id == hurt.pk


def lose(repository: Repository, name: str) -> None:
    """Takes the object of this name away, as a disk that broke does; `name` as git reads it."""
    found = git.text(repository.git_dir, ["rev-parse", name])
    git.call(repository.git_dir, ["repack", "-adq"])
    packs = list((repository.git_dir / "objects" / "pack").glob("*.pack"))
    for pack in packs:
        data = pack.read_bytes()
        pack.with_suffix(".idx").unlink()
        pack.unlink()
        git.call(repository.git_dir, ["unpack-objects", "-q"], stdin=data)
    (repository.git_dir / "objects" / found[:2] / found[2:]).unlink()


@pytest.mark.parametrize("what", ["{head}:src/b.txt", "{head}:src"])
def test_a_commit_that_lacks_a_file_or_a_folder_is_told(
    build: Build, repository: Repository, no_recovery: list[Failure], tmp_path: Path, what: str
) -> None:
    good = commit_of(repository, {"a.txt": "1"}, parent=repository.root())
    (tmp_path / "files" / "src").mkdir(parents=True)
    (tmp_path / "files" / "src" / "b.txt").write_text("2")
    head = repository.snapshot(tmp_path / "files", parent=good, message="More\n", date=utcnow())
    Build.objects.update(head=head, last_green=good)
    task = TaskFactory.create(build=build, key="t")
    repository.set_ref("build/x", head)
    assert check_recent().agrees
    lose(repository, what.format(head=head))
    assert repository.missing([good, head]) == set()
    assert repository.damaged([good, head, GONE]) == {head}
    assert (repository.whole(good), repository.whole(head), repository.whole(GONE)) == (True, False, False)
    report = check_recent()
    assert [(one.what, one.commit) for one in report.missing] == [("head", head)]
    assert report.tasks == [task.pk]
    task.refresh_from_db()
    assert (task.state, task.error_kind) == (TaskState.WAITING, "data_corruption")
    assert gone(Build.objects.get(), []) == []  # nothing done made anything: all is made anew from nothing
    assert beginning(Build.objects.get(), [task.pk])[0] == ""


def test_a_task_that_checks_out_a_damaged_commit_fails_as_corrupted(
    handle: Handle, claimed: Claimed, lease: Lease, task: Task, no_recovery: list[Failure]
) -> None:
    repository = repository_of(task.build.project_id)
    repository.init()
    head = commit_of(repository, {"a.txt": "1"}, parent=repository.root())
    repository.set_ref("build/x", head)
    Build.objects.update(head=head)
    lose(repository, f"{head}:a.txt")

    def opens(ctx: TaskContext) -> Outcome:
        ctx.workspace.write("b.txt", b"b")
        return Succeeded()

    handle("noop", opens)
    execute(claimed, lease)
    task.refresh_from_db()
    assert (task.error_kind, "lacks files" in task.last_error) == ("data_corruption", True)


def test_a_green_commit_that_is_gone_is_forgotten(build: Build, repository: Repository) -> None:
    Build.objects.update(last_green=GONE)
    report = check_recent()
    assert (report.repaired, report.tasks) == (1, [])
    build.refresh_from_db()
    assert build.last_green == ""
    assert Event.objects.get(type=agreement.REPAIRED).payload["commit"] == GONE
    assert check_recent().agrees


def test_an_ended_build_is_looked_at_each_hour(build: Build) -> None:
    Build.objects.update(state=BuildState.SUCCEEDED, head=GONE, finished_at="2026-01-01T00:00:00Z")
    assert check_recent().builds == 0
    report = check_everything()
    assert [one.commit for one in report.missing] == [GONE]
    assert Event.objects.filter(type=agreement.CORRUPTED, build_id=build.pk).count() == 1


def test_a_repository_that_git_cannot_read_does_not_hide_the_others(build: Build, repository: Repository) -> None:
    shutil.rmtree(repository.git_dir / "objects")
    report = check_recent()
    assert list(report.unread) == [str(build.project_id)]
    assert not report.agrees


def test_missing_are_those_whose_tree_is_gone_too(repository: Repository) -> None:
    head = commit_of(repository, {"a": "1"}, parent=repository.root())
    assert repository.missing([head, GONE, "not a commit"]) == {GONE}
    assert repository.missing([]) == set()
    assert Repository(repository.git_dir / "no").missing([head]) == {head}
    with pytest.raises(CommitMissing):
        repository.merge(head, GONE, message="m", date=utcnow())


def test_a_task_that_meets_a_missing_commit_fails_as_corrupted(
    handle: Handle, claimed: Claimed, lease: Lease, task: Task, no_recovery: list[Failure]
) -> None:
    Build.objects.update(head=GONE)

    def opens(ctx: TaskContext) -> Outcome:
        ctx.workspace.write("a.txt", b"a")
        return Succeeded()

    handle("noop", opens)
    execute(claimed, lease)
    task.refresh_from_db()
    assert (task.error_kind, Attempt.objects.get().error_kind) == ("data_corruption", "data_corruption")
