"""One attempt from claim to end: whatever the handler does, the row says what it was."""

from __future__ import annotations

import asyncio
import threading

import pytest
from django.db import OperationalError

from autodev.lib import aio
from projects.engine import execute as execute_module
from projects.engine import finish
from projects.engine.claim import claim
from projects.engine.context import TaskContext
from projects.engine.execute import execute
from projects.engine.failure import fingerprint_of, redact
from projects.engine.handlers import forget_handler, handler_for, register_handler
from projects.engine.hooks import Failure, decide, set_failure_hook
from projects.engine.lease import Lease
from projects.engine.outcome import InvalidInput, NewTask, Outcome, Succeeded, Waits, WorkFailed
from projects.engine.revoke import revoke_own
from projects.engine.slots import Slot
from projects.engine.worker import Engine
from projects.models import Attempt, Build, Task
from projects.repository.repository import repository_of
from projects.states import BuildState, Phase, TaskState
from tests.engine.conftest import Handle
from tests.factories.projects import TaskFactory


def run_one() -> Lease:
    """Claims a task and runs it in this thread."""
    taken = claim("worker-a")
    assert taken is not None
    lease = Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=execute_module_clock())
    execute(taken, lease)
    return lease


def execute_module_clock() -> float:
    from autodev.lib import clock

    return clock.monotonic()


def fails(error: BaseException):  # type: ignore[no-untyped-def] # a handler
    def handler(ctx: TaskContext) -> Outcome:
        raise error

    return handler


def test_a_failure_of_the_work_is_told_to_recovery(task: Task, handle: Handle, no_recovery: list[Failure]) -> None:
    handle("noop", fails(WorkFailed("2 tests failed", kind="tests")))
    run_one()
    task.refresh_from_db()
    assert (task.state, task.error_kind, task.last_error) == (TaskState.WAITING, "tests", "2 tests failed")
    assert task.fingerprint == fingerprint_of("tests", "2 tests failed") == fingerprint_of("tests", "17 tests failed")
    assert no_recovery == [Failure(task_id=task.pk, epoch=1)]


def test_a_given_fingerprint_is_kept(task: Task, handle: Handle, no_recovery: list[Failure]) -> None:
    handle("noop", fails(WorkFailed("x", fingerprint="mine")))
    run_one()
    assert Attempt.objects.get().fingerprint == "mine"


def test_an_unforeseen_error_is_a_failure_of_the_code_with_its_place(
    task: Task, handle: Handle, no_recovery: list[Failure]
) -> None:
    handle("noop", fails(KeyError("token=abcdef123456")))
    run_one()
    task.refresh_from_db()
    assert task.error_kind == "code"
    assert "KeyError" in task.last_error
    assert "test_execute.py" in task.last_error
    assert "abcdef123456" not in task.last_error + Attempt.objects.get().error


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("api_key='abcd-efgh-1234'", "abcd-efgh-1234"),
        ("used sk-live-abcdefghijklmnop", "abcdefghijklmnop"),
        ("postgres://user:hunter22@host/db", "hunter22"),
    ],
)
def test_secrets_do_not_reach_a_record(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert "[redacted]" in redact(text)
    assert redact("3 tests failed in app/models.py") == "3 tests failed in app/models.py"


def test_invalid_input_is_final(task: Task, handle: Handle, no_recovery: list[Failure]) -> None:
    handle("noop", fails(InvalidInput("No idea.", code="unclear")))
    run_one()
    task.refresh_from_db()
    assert (task.state, task.error_kind) == (TaskState.FAILED, "unclear")
    assert Build.objects.get().state == BuildState.FAILED
    assert no_recovery == []


def test_a_wait_spends_no_attempt(task: Task, handle: Handle) -> None:
    handle("noop", lambda ctx: Waits(reason="provider:x"))
    run_one()
    task.refresh_from_db()
    assert (task.state, task.wait_reason, task.attempts, task.waits) == (TaskState.WAITING, "provider:x", 0, 1)


def test_a_kind_without_a_handler_and_a_handler_without_an_outcome_fail(
    build: Build, handle: Handle, no_recovery: list[Failure]
) -> None:
    TaskFactory.create(build=build, kind="unknown")
    run_one()
    assert Task.objects.get().error_kind == "no_handler"
    Task.objects.update(state=TaskState.READY, kind="odd", next_run_at=None)
    handle("odd", lambda ctx: None)  # type: ignore[arg-type, return-value] # what a careless handler does
    run_one()
    assert "not an outcome" in Task.objects.get().last_error


@pytest.mark.parametrize("raised", [RuntimeError("on its way out"), asyncio.CancelledError(), None])
def test_a_shutdown_releases_whatever_the_handler_raises(
    task: Task, handle: Handle, raised: BaseException | None
) -> None:
    def handler(ctx: TaskContext) -> Outcome:
        ctx._lease.end("shutdown")
        if raised is not None:
            raise raised
        ctx.check_alive()
        return Succeeded()

    handle("noop", handler)
    run_one()
    task.refresh_from_db()
    assert (task.state, task.attempts) == (TaskState.READY, 0)


def test_a_lost_lease_writes_nothing(task: Task, handle: Handle, no_recovery: list[Failure]) -> None:
    def handler(ctx: TaskContext) -> Outcome:
        revoke_own(ctx.task.id, ctx.task.epoch)
        ctx._lease.end("lost")
        raise RuntimeError("the sandbox was killed")

    handle("noop", handler)
    run_one()
    task.refresh_from_db()
    assert (task.state, task.epoch, task.last_error) == (TaskState.READY, 2, "")
    assert no_recovery == []


@pytest.mark.django_db(transaction=True)
def test_a_coroutine_is_cancelled_with_its_lease(task: Task, handle: Handle) -> None:
    ended = threading.Event()

    def handler(ctx: TaskContext) -> Outcome:
        async def think() -> None:
            ctx._lease.end("shutdown")
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        aio.run(think(), cancel=ctx.cancel)
        return Succeeded()

    handle("noop", handler)
    run_one()
    assert ended.wait(60)
    task.refresh_from_db()
    assert task.state == TaskState.READY


def writes(path: str, content: bytes):  # type: ignore[no-untyped-def] # a handler
    def handler(ctx: TaskContext) -> Outcome:
        ctx.workspace.write(path, content)
        return Succeeded()

    return handler


def test_files_that_nobody_stored_are_stored_at_the_end_and_merged(build: Build, handle: Handle) -> None:
    handle("left", writes("left.txt", b"l"))
    handle("right", writes("right.txt", b"r"))
    first = TaskFactory.create(build=build, kind="left")
    second = TaskFactory.create(build=build, kind="right")
    taken = [claim("a"), claim("b")]  # both start from the same head
    for one in taken:
        assert one is not None
        ctx = TaskContext(one, Lease(task_id=one.task.pk, epoch=one.epoch, started_at=execute_module_clock()))
        ctx.workspace  # noqa: B018 - the checkout is the point
    for one in taken:
        assert one is not None
        execute(one, Lease(task_id=one.task.pk, epoch=one.epoch, started_at=execute_module_clock()))
    build.refresh_from_db()
    repository = repository_of(build.project_id)
    assert repository.files(build.head) == ["left.txt", "right.txt"]
    for task in (first, second):
        task.refresh_from_db()
        assert repository.has_ancestor(build.head, task.head)
    assert repository.refs()[f"build/{build.pk}"] == build.head


def test_what_was_taken_back_at_the_end_is_not_merged(build: Build, handle: Handle) -> None:
    """The row still has the newest snapshot then: nothing was written since the files were put back."""

    def writes(ctx: TaskContext) -> Outcome:
        ctx.workspace.write("a.py", b"good\n")
        good = ctx.workspace.snapshot("Good")
        ctx.workspace.write("a.py", b"bad\n")
        ctx.workspace.snapshot("Bad")
        ctx.workspace.restore(good)
        return Succeeded(result={"commit": good})

    handle("noop", writes)
    task = TaskFactory.create(build=build, key="a", kind="noop")
    run_one()
    task.refresh_from_db()
    build.refresh_from_db()
    assert repository_of(build.project_id).read(build.head, "a.py") == b"good\n"
    assert (task.state, task.head) == (TaskState.SUCCEEDED, task.result["commit"])


def test_a_head_that_moves_is_merged_again(
    build: Build, task: Task, handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle("noop", writes("mine.txt", b"m"))
    merge = execute_module._merge
    moved: list[int] = []

    def race(ctx: TaskContext) -> finish.Merge | None:
        merged = merge(ctx)
        if not moved:
            moved.append(1)
            repository = ctx.workspace.repository
            Build.objects.update(head=repository.root())
        return merged

    monkeypatch.setattr(execute_module, "_merge", race)
    run_one()
    task.refresh_from_db()
    assert task.state == TaskState.SUCCEEDED
    monkeypatch.setattr(finish, "succeed", lambda *_, **__: (_ for _ in ()).throw(finish.HeadMoved))
    Task.objects.update(state=TaskState.READY)
    Build.objects.update(state=BuildState.RUNNING)
    run_one()
    assert Task.objects.get().error_kind == "merge_contention"


def test_a_conflict_is_a_failure_that_names_the_files(build: Build, handle: Handle, no_recovery: list[Failure]) -> None:
    handle("one", writes("same.txt", b"1\n"))
    handle("two", writes("same.txt", b"2\n"))
    TaskFactory.create(build=build, kind="one", key="one")
    TaskFactory.create(build=build, kind="two", key="two")
    TaskFactory.create(build=build, key="rest", state=TaskState.PENDING)
    head = repository_of(build.project_id).init()
    Task.objects.update(base=head)
    run_one()
    Task.objects.filter(key="two").update(base=head)
    repository = repository_of(build.project_id)

    def stale(ctx: TaskContext) -> Outcome:
        ctx.workspace.base = head
        ctx.workspace.repository.checkout(head, ctx.workspace.root)
        (ctx.workspace.root / "same.txt").write_bytes(b"2\n")
        return Succeeded()

    handle("two", stale)
    run_one()
    two = Task.objects.get(key="two")
    assert (two.state, two.error_kind) == (TaskState.WAITING, "merge_conflict")
    assert "same.txt" in two.last_error
    assert repository.read(Build.objects.get().head, "same.txt") == b"1\n"


def test_a_task_without_files_merges_nothing(task: Task, handle: Handle) -> None:
    handle("noop", lambda ctx: Succeeded(build_updates={"verdict": "degraded", "degraded": ["No search."]}))
    run_one()
    build = Build.objects.get()
    assert (build.state, build.degraded, build.head, build.success) == (BuildState.DEGRADED, ["No search."], "", False)


def test_a_handler_is_named_once(monkeypatch: pytest.MonkeyPatch, handle: Handle) -> None:
    one = fails(RuntimeError())
    register_handler("mine", one)
    register_handler("mine", one)
    assert handler_for("mine") is one
    with pytest.raises(ValueError, match="mine"):
        register_handler("mine", fails(RuntimeError()))
    forget_handler("mine")
    assert handler_for("mine") is None


def test_without_recovery_a_failed_task_is_final(task: Task, handle: Handle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projects.engine.hooks._hook", None)
    handle("noop", fails(WorkFailed("x")))
    run_one()
    task.refresh_from_db()
    assert task.state == TaskState.FAILED
    assert Build.objects.get().errors == ["Do only: x No recovery is installed."]


def test_a_hook_that_fails_leaves_the_task_to_the_sweep(
    task: Task, handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projects.engine.hooks._hook", None)

    def broken(failure: Failure) -> None:
        raise RuntimeError("recovery is broken")

    set_failure_hook(broken)
    handle("noop", fails(WorkFailed("x")))
    run_one()
    task.refresh_from_db()
    assert (task.state, task.wait_reason) == (TaskState.WAITING, "recovery")
    set_failure_hook(None)
    decide(Failure(task_id=task.pk, epoch=task.epoch))
    task.refresh_from_db()
    assert task.state == TaskState.FAILED


def test_new_tasks_of_a_phase_run_after_it(build: Build, handle: Handle) -> None:
    more = NewTask(key="b", kind="noop", phase=Phase.PLAN, title="B", needs=["a"])
    handle("first", lambda ctx: Succeeded(add_tasks=[more], merge=False))
    TaskFactory.create(build=build, key="a", kind="first", phase=Phase.UNDERSTAND)
    run_one()
    run_one()
    assert set(Task.objects.values_list("key", "state")) == {("a", "succeeded"), ("b", "succeeded")}


def test_a_task_whose_end_could_not_be_written_is_given_back(
    task: Task, handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("the database is away")

    handle("noop", lambda ctx: Succeeded(merge=False))
    engine = Engine(slots=1)
    slot: Slot = engine._slots[0]
    with monkeypatch.context() as broken:
        broken.setattr(finish, "succeed", away)
        with pytest.raises(OperationalError):
            slot.work_one()
    task.refresh_from_db()
    assert task.state == TaskState.RUNNING
    slot._give_back()
    task.refresh_from_db()
    assert (task.state, task.crashes, task.attempts) == (TaskState.READY, 0, 0)
    assert slot.work_one()
    assert not slot.work_one()
