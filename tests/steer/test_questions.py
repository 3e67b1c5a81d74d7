"""A question is asked once for its key, whatever dies; a person answers in time, or it goes on with its assumption."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from autodev.accounts.models import User
from autodev.contracts.ports import Cancelled, Fenced
from autodev.events.models import Event
from autodev.lib import aio, clock, failpoints
from projects.engine import alone
from projects.engine.claim import claim
from projects.engine.context import TaskContext
from projects.engine.lease import Lease
from projects.engine.outcome import Outcome, Succeeded
from projects.models import Build, Message, Question, QuestionState, Step, Task
from projects.pipeline import asked, steered
from projects.pipeline.steered import SteerOfTask
from projects.services.errors import EmptyMessage, WrongState
from projects.services.steering import question_answer
from tests.engine.conftest import Handle
from tests.engine.processes import Worker, until
from tests.factories.projects import TaskFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("F1.3")]
Start = Callable[..., Worker]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(steered, "POLL_S", 0.02)
    settings.AGENT_QUESTION_WAIT_SECONDS = 300


def ask(ctx: TaskContext, key: str = "db", steer: SteerOfTask | None = None) -> str:
    port = steer or SteerOfTask(ctx)
    choices = ["SQLite", "PostgreSQL"]
    return aio.run(port.ask(key, "Which database?", assumption="SQLite", choices=choices), cancel=ctx.cancel)


def recorded() -> dict[str, Any]:
    """The question's step."""
    return dict(Step.objects.get(kind="question").output or {})


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], object]], None]]:
    """`meanwhile(fn)` runs `fn` in the slot's thread once the question was looked at and not answered."""
    real = asked.answer_of
    queue: list[Callable[[], object]] = []

    def look(ctx: TaskContext, row: Question) -> str | None:
        found = real(ctx, row)
        if found is None and queue:
            queue.pop(0)()
        return found

    monkeypatch.setattr(steered, "answer_of", look)
    yield queue.append
    assert not queue


def test_a_build_that_is_due_waits_for_half_of_its_time_at_most(
    ctx: TaskContext, meanwhile: Callable[..., None]
) -> None:
    """An answer that comes right at the deadline helps nobody."""
    Build.objects.update(deadline_at=clock.utcnow() + dt.timedelta(seconds=40))
    moved = clock.shifted(21)
    meanwhile(moved.__enter__)
    try:
        assert ask(ctx) == "SQLite"
    finally:
        moved.__exit__(None, None, None)
    assert Question.objects.get().until < clock.utcnow() + dt.timedelta(seconds=21)


def test_a_person_answers_in_time(ctx: TaskContext, user: User, meanwhile: Callable[..., None]) -> None:
    meanwhile(lambda: question_answer(question=Question.objects.get(), user=user, text=" PostgreSQL "))
    assert ask(ctx) == "PostgreSQL"
    row = Question.objects.get()
    assert (row.state, row.answered_by, row.choices) == ("answered", user, ["SQLite", "PostgreSQL"])
    told = recorded()
    assert (told["answer"], told["by"], told["assumed"]) == ("PostgreSQL", user.name, False)
    types = Event.objects.filter(type__startswith="build.question").order_by("version")
    assert list(types.values_list("type", "actor")) == [("build.question", None), ("build.question_answered", user.pk)]
    assert ask(ctx) == "PostgreSQL"
    assert Question.objects.count() == 1


def test_words_of_an_answer_end_nothing(ctx: TaskContext, user: User, meanwhile: Callable[..., None]) -> None:
    """Giving up is a button of recovery's, for which one must be a maintainer."""
    meanwhile(lambda: question_answer(question=Question.objects.get(), user=user, text="give up"))
    assert ask(ctx) == "give up"
    assert Task.objects.get(pk=ctx.task.id).state == "running"


def test_nobody_answers_by_the_databases_clock(ctx: TaskContext, meanwhile: Callable[..., None]) -> None:
    moved = clock.shifted(301)
    meanwhile(moved.__enter__)
    try:
        assert ask(ctx) == "SQLite"
    finally:
        moved.__exit__(None, None, None)
    assert Question.objects.get().state == QuestionState.ASSUMED
    assert recorded()["assumed"]
    assert Event.objects.filter(type="build.question_assumed", task_id=ctx.task.id).count() == 1


def test_a_late_answer_becomes_a_message(ctx: TaskContext, user: User, settings: Settings) -> None:
    settings.AGENT_QUESTION_WAIT_SECONDS = 0
    assert ask(ctx) == "SQLite"
    row = question_answer(question=Question.objects.get(), user=user, text="PostgreSQL")
    assert (row.state, row.answer, row.answered_by) == ("assumed", "PostgreSQL", user)
    message = Message.objects.get()
    assert "Which database?" in message.text
    assert message.text.endswith("The answer is: PostgreSQL")
    assert [one.id for one in aio.run(SteerOfTask(ctx).messages())] == [str(message.pk)]
    with pytest.raises(WrongState, match="answered already"):
        question_answer(question=row, user=user, text="MySQL")


def test_the_first_answer_holds(ctx: TaskContext, user: User, meanwhile: Callable[..., None]) -> None:
    def both() -> None:
        stale = Question.objects.get()
        question_answer(question=stale, user=user, text="first")
        with pytest.raises(WrongState):
            question_answer(question=stale, user=user, text="second")

    meanwhile(both)
    assert ask(ctx) == "first"


def test_an_answer_for_a_task_that_has_ended_is_a_message(ctx: TaskContext, user: User) -> None:
    row = asked.ask_once(ctx, "k", "Which?", assumption="that", choices=(), wait_s=300)
    Task.objects.filter(pk=ctx.task.id).update(state="failed")
    assert question_answer(question=row, user=user, text="this").state == "assumed"
    assert Message.objects.count() == 1


def test_an_ended_build_and_an_empty_answer_are_refused(ctx: TaskContext, user: User, build: Build) -> None:
    row = asked.ask_once(ctx, "k", "Which?", assumption="that", choices=(), wait_s=300)
    with pytest.raises(EmptyMessage):
        question_answer(question=row, user=user, text="  ")
    Build.objects.filter(pk=build.pk).update(state="cancelled")
    with pytest.raises(WrongState, match="has ended"):
        question_answer(question=row, user=user, text="this")
    assert Question.objects.get().answer == ""


def test_waiting_is_progress_and_ends_with_the_lease(
    ctx: TaskContext, lease: Lease, meanwhile: Callable[..., None]
) -> None:
    seen: list[bool] = []
    meanwhile(lambda: None)
    meanwhile(lambda: seen.append(lease.take_progress()))
    meanwhile(lambda: lease.end("cancelled"))
    with pytest.raises(Cancelled):
        ask(ctx)
    assert seen == [True]
    assert Question.objects.get().state == QuestionState.OPEN


def test_a_released_task_asks_the_same_row_again(
    ctx: TaskContext, lease: Lease, user: User, meanwhile: Callable[..., None]
) -> None:
    meanwhile(lambda: lease.end("shutdown"))
    with pytest.raises(Cancelled) as stopped:
        ask(ctx)
    assert stopped.value.shutdown
    row = Question.objects.get()
    question_answer(question=row, user=user, text="PostgreSQL")
    Task.objects.filter(pk=ctx.task.id).update(state="ready", epoch=ctx.task.epoch + 1)
    taken = claim("worker-b")
    assert taken is not None
    second = TaskContext(taken, Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic()))
    assert ask(second) == "PostgreSQL"
    assert Question.objects.get().until == row.until


def test_a_fenced_worker_asks_and_assumes_nothing(ctx: TaskContext, meanwhile: Callable[..., None]) -> None:
    row = asked.ask_once(ctx, "k", "Which?", assumption="that", choices=(), wait_s=0)
    Task.objects.filter(pk=ctx.task.id).update(epoch=ctx.task.epoch + 1)
    with pytest.raises(Fenced):
        ask(ctx)
    with pytest.raises(Fenced):
        asked.answer_of(ctx, row)
    assert Question.objects.get().state == QuestionState.OPEN


def test_a_build_whose_caller_waits_goes_on_at_once(ctx: TaskContext) -> None:
    alone.begin(ctx.task.build_id)
    try:
        assert ask(ctx) == "SQLite"
    finally:
        alone.end(ctx.task.build_id)
    assert Question.objects.get().state == QuestionState.ASSUMED


def test_long_keys_and_texts_and_many_questions_are_bounded(ctx: TaskContext, settings: Settings) -> None:
    settings.AGENT_QUESTION_WAIT_SECONDS = 0
    long = "k" * 300
    assert ask(ctx, long) == ask(ctx, long) == "SQLite"
    assert asked.key_of(long) != asked.key_of(f"{long}2")
    settings.AGENT_QUESTION_WAIT_SECONDS = 300
    same = {"task_id": ctx.task.id, "build_id": ctx.task.build_id, "text": "?", "assumption": "!"}
    Question.objects.bulk_create(Question(key=str(n), until=clock.utcnow(), **same) for n in range(asked.MOST))
    assert ask(ctx, "one more") == "SQLite"


def wonder(ctx: TaskContext) -> Outcome:
    steer = SteerOfTask(ctx)

    async def work() -> str:
        answer = await steer.ask("db", "Which database?", assumption="SQLite")
        failpoints.failpoint("asked.answered")
        return answer

    return Succeeded(result={"answer": aio.run(work(), cancel=ctx.cancel)}, merge=False)


@pytest.mark.parametrize("boundary", [
    "write.before_commit@3", "write.after_commit@3", "journal.after_commit@1", "asked.answered@1",
])  # fmt: skip
def test_kill_9_asks_once(
    handle: Handle, worker: Start, build: Build, user: User, boundary: str, settings: Settings
) -> None:
    handle("wonder", wonder)
    task = TaskFactory.create(build=build, key="asks", kind="wonder")
    name, passage = boundary.split("@")
    first = worker(faults=f"{name}=kill9@{passage}")
    if boundary.startswith("write"):
        assert first.wait() == -signal.SIGKILL
        worker()
    until(Question.objects.exists, "nothing was asked")
    question_answer(question=Question.objects.get(), user=user, text="PostgreSQL")
    if not boundary.startswith("write"):
        assert first.wait() == -signal.SIGKILL
        worker()
    until(lambda: Build.objects.get(pk=build.pk).is_final, f"the build did not go on after {boundary}")
    task.refresh_from_db()
    assert task.result["answer"] == "PostgreSQL"
    assert Question.objects.count() == 1
    assert Step.objects.filter(task=task, kind="question").count() == 1
    assert Event.objects.filter(type="build.question").count() == 1
