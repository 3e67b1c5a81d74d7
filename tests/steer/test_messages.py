"""A message is taken by one task, once, whatever dies; or withdrawn before."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from autodev.accounts.models import User
from autodev.contracts.ports import Fenced, Told
from autodev.events.models import Event
from autodev.lib import aio, clock, db, failpoints
from projects.engine.again import undo_steps
from projects.engine.claim import Claimed, claim
from projects.engine.context import TaskContext
from projects.engine.lease import Lease
from projects.engine.outcome import Outcome, Succeeded
from projects.models import Build, Message, Step, Task
from projects.pipeline import heard
from projects.pipeline.steered import SteerOfTask
from projects.services.errors import EmptyMessage, WrongState
from projects.services.steering import message_send, message_withdraw
from projects.states import BuildState
from tests.engine.conftest import Handle
from tests.engine.processes import Worker, until
from tests.factories.projects import TaskFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("F1.3")]
Start = Callable[..., Worker]


def hear(ctx: TaskContext, steer: SteerOfTask | None = None) -> list[Told]:
    return list(aio.run((steer or SteerOfTask(ctx)).messages()))


def again(ctx: TaskContext) -> TaskContext:
    """The next attempt of the task, as another worker has it."""
    Task.objects.filter(pk=ctx.task.id).update(state="ready", epoch=ctx.task.epoch + 1)
    taken = claim("worker-b")
    assert taken is not None
    lease = Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic())
    return TaskContext(taken, lease)


def test_a_message_is_heard_once_and_says_by_whom(ctx: TaskContext, build: Build, user: User) -> None:
    row = message_send(build=build, user=user, text="  Use blue\0 buttons. ")
    steer = SteerOfTask(ctx)
    assert hear(ctx, steer) == [Told(id=str(row.pk), text="Use blue� buttons.", by=user.name)]
    assert hear(ctx, steer) == []
    row.refresh_from_db()
    assert row.taken_by_id == ctx.task.id
    assert row.taken_at is not None
    step = Step.objects.get(task_id=ctx.task.id)
    assert (step.key, step.kind) == (f"message:{row.pk}", "message")
    said = Event.objects.filter(type__startswith="build.message").order_by("version")
    types = list(said.values_list("type", "actor", "task_id"))
    assert types == [("build.message", user.pk, None), ("build.message_taken", None, ctx.task.id)]


def test_messages_come_in_their_order_and_each_only_once(ctx: TaskContext, build: Build) -> None:
    steer = SteerOfTask(ctx)
    for text in ("one", "two"):
        message_send(build=build, user=None, text=text)
    assert [one.text for one in hear(ctx, steer)] == ["one", "two"]
    message_send(build=build, user=None, text="three")
    assert [one.text for one in hear(ctx, steer)] == ["three"]


def test_of_two_tasks_one_hears(ctx: TaskContext, build: Build) -> None:
    TaskFactory.create(build=build, key="other")
    taken = claim("worker-a")
    assert taken is not None
    other = TaskContext(taken, Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic()))
    message_send(build=build, user=None, text="hello")
    assert len(hear(ctx)) + len(hear(other)) == 1


def test_another_builds_message_is_not_heard(ctx: TaskContext) -> None:
    message_send(build=TaskFactory.create().build, user=None, text="hello")
    assert hear(ctx) == []


def test_two_takers_at_once_take_it_once(ctx: TaskContext, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second looks before the first has taken, and takes after it."""
    row = message_send(build=build, user=None, text="hello")
    stale = Message.objects.get(pk=row.pk)
    hear(ctx)
    heard._take(ctx, stale)
    assert Step.objects.filter(kind="message").count() == 1
    assert Event.objects.filter(type="build.message_taken").count() == 1


def test_a_resumed_attempt_hears_what_no_step_says_was_told(ctx: TaskContext, build: Build) -> None:
    row = message_send(build=build, user=None, text="hello")
    assert len(hear(ctx)) == 1  # the worker dies before the model was asked
    second = again(ctx)
    assert [one.text for one in hear(second)] == ["hello"]
    second.journal.record("extend:agent:turn:1", {"text": "…", "heard": [str(row.pk)]}, kind="turn")
    assert hear(again(second)) == []  # its conversation is in the journal


def test_a_new_round_begins_with_all_that_was_said(ctx: TaskContext, build: Build) -> None:
    row = message_send(build=build, user=None, text="hello")
    hear(ctx)
    ctx.journal.record("begun:extend", {"from": ""})
    ctx.journal.record("extend:agent:turn:1", {"heard": [str(row.pk)]}, kind="turn")
    assert hear(ctx) == []
    ctx.journal.record("begun:extend:2", {"from": ""})
    assert [one.text for one in hear(again(ctx))] == ["hello"]


def test_a_task_that_was_set_back_hears_again(ctx: TaskContext, build: Build) -> None:
    row = message_send(build=build, user=None, text="hello")
    hear(ctx)
    ctx.journal.record("extend:agent:turn:1", {"heard": [str(row.pk)]}, kind="turn")
    undo_steps([ctx.task.id])
    second = again(ctx)
    assert [one.text for one in hear(second)] == ["hello"]
    assert Step.objects.filter(task_id=ctx.task.id, key=f"message:{row.pk}").count() == 1


def test_a_fenced_worker_takes_nothing(ctx: TaskContext, build: Build) -> None:
    row = message_send(build=build, user=None, text="hello")
    Task.objects.filter(pk=ctx.task.id).update(epoch=ctx.task.epoch + 1)
    with pytest.raises(Fenced):
        hear(ctx)
    row.refresh_from_db()
    assert row.taken_at is None
    assert not Event.objects.filter(type="build.message_taken").exists()


@pytest.mark.parametrize(
    "fault",
    ["steer.taken=raise@1", "steer.journalled=raise@1", "write.before_commit=raise@1", "write.after_commit=raise@1"],
)
def test_a_broken_connection_at_any_point_neither_loses_nor_doubles(
    ctx: TaskContext, build: Build, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_pause", lambda _: None)
    message_send(build=build, user=None, text="hello")
    failpoints.set_faults(fault)
    steer = SteerOfTask(ctx)
    assert [one.text for one in hear(ctx, steer)] == ["hello"]
    assert hear(ctx, steer) == []
    assert Step.objects.filter(kind="message").count() == 1
    assert Event.objects.filter(type="build.message_taken").count() == 1


TOLD = "told"


def listen(ctx: TaskContext) -> Outcome:
    """A worker that asks a model with what it hears: the turn's step holds what the model was told."""
    steer = SteerOfTask(ctx)

    async def work() -> None:
        told = await steer.messages()
        failpoints.failpoint("model.asked")

        async def turn() -> list[str]:
            return [one.id for one in told]

        await ctx.async_journal.once(f"{TOLD}:{ctx.task.epoch}", turn, kind="turn")

    aio.run(work(), cancel=ctx.cancel)
    return Succeeded(merge=False)


@pytest.mark.parametrize("boundary", [
    "steer.taken@1", "steer.journalled@1", "write.before_commit@3", "write.after_commit@3", "model.asked@1",
    "journal.after_call@1", "journal.after_commit@1", "journal.after_commit@2",
])  # fmt: skip
def test_kill_9_between_taking_and_telling(handle: Handle, worker: Start, build: Build, boundary: str) -> None:
    """Whatever the worker dies at, some turn of the task was told the message, and exactly one."""
    handle("listen", listen)
    task = TaskFactory.create(build=build, key="ears", kind="listen")
    row = message_send(build=build, user=None, text="hello")
    name, passage = boundary.split("@")
    assert worker(faults=f"{name}=kill9@{passage}").wait() == -signal.SIGKILL
    worker()
    until(lambda: Build.objects.get(pk=build.pk).is_final, f"the build did not go on after {boundary}")
    told = [one for step in Step.objects.filter(task=task, key__startswith=TOLD) for one in step.output or []]
    assert told == [str(row.pk)]
    row.refresh_from_db()
    assert row.taken_by_id == task.pk
    assert Step.objects.filter(task=task, kind="message").count() == 1
    assert Event.objects.filter(type="build.message_taken").count() == 1


def test_a_message_is_withdrawn_before_it_is_taken(ctx: TaskContext, build: Build, user: User) -> None:
    row = message_send(build=build, user=user, text="hello")
    assert message_withdraw(message=row, user=user).withdrawn_at is not None
    message_withdraw(message=row, user=user)
    assert hear(ctx) == []
    assert Event.objects.filter(type="build.message_withdrawn").count() == 1


def test_a_message_withdrawn_while_it_is_taken_is_not_heard(ctx: TaskContext, build: Build) -> None:
    row = message_send(build=build, user=None, text="hello")
    stale = Message.objects.get(pk=row.pk)
    message_withdraw(message=row, user=None)
    heard._take(ctx, stale)
    row.refresh_from_db()
    assert row.taken_at is None
    assert not Step.objects.exists()


def test_a_message_that_was_heard_stays(ctx: TaskContext, build: Build) -> None:
    row = message_send(build=build, user=None, text="hello")
    hear(ctx)
    with pytest.raises(WrongState, match="heard it already"):
        message_withdraw(message=row, user=None)
    row.refresh_from_db()
    assert row.withdrawn_at is None


def test_an_empty_message_and_an_ended_build_are_refused(build: Build, claimed: Claimed) -> None:
    with pytest.raises(EmptyMessage):
        message_send(build=build, user=None, text=" \n ")
    Build.objects.filter(pk=build.pk).update(state=BuildState.SUCCEEDED)
    with pytest.raises(WrongState, match="has ended"):
        message_send(build=build, user=None, text="hello")
    assert not Message.objects.exists()


def test_a_secret_does_not_reach_the_event(build: Build) -> None:
    message_send(build=build, user=None, text="The key is sk-live-0123456789abcdef")
    event = Event.objects.get(type="build.message")
    assert "0123456789abcdef" not in event.payload["text"]
    assert Message.objects.get().text.endswith("0123456789abcdef")
