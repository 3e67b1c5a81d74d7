"""What was said to a task that is divided afterwards is heard by each part, and by the whole if it comes back."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from autodev.contracts.transcript import StepKind
from autodev.lib import aio, clock
from projects.engine import decisions
from projects.engine.claim import claim
from projects.engine.context import TaskContext
from projects.engine.lease import Lease
from projects.engine.outcome import NewTask
from projects.engine.parts import put_together
from projects.models import Build, Message, Step, Task
from projects.pipeline.heard import messages_of
from projects.pipeline.steered import SteerOfTask
from projects.services.steering import message_send
from projects.states import Phase, TaskState
from providers.workers.handover import messages_of as handed_over
from tests.engine.graphs import done, graph

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("F1.3", "F2.11")]


def taken(key: str) -> TaskContext:
    """The ready task, which must be this one, as a worker has it."""
    found = claim("worker-a")
    assert found is not None
    assert found.task.key == key
    return TaskContext(found, Lease(task_id=found.task.pk, epoch=found.epoch, started_at=clock.monotonic()))


def hear(ctx: TaskContext) -> list[str]:
    return [one.text for one in aio.run(SteerOfTask(ctx).messages())]


def divide(key: str, *parts: str) -> None:
    """The running task failed and is replaced by these, in a row."""
    task = Task.objects.get(key=key)
    found = Task.objects.filter(pk=task.pk)
    found.update(state=TaskState.WAITING, wait_reason="recovery", lease_owner="", lease_expires_at=None)
    made = [
        NewTask(key=one, kind="noop", phase=Phase.IMPLEMENT, title=one, needs=[before] if before else [])
        for before, one in zip(["", *parts], parts, strict=False)
    ]
    assert decisions.supersede(task_id=task.pk, epoch=task.epoch, parts=made, reason="Too much at once")


@pytest.fixture
def whole(build: Build) -> Build:
    """`w` runs, has heard a message, told its model so, and is divided."""
    graph(build, {"w": [], "after": ["w"]})
    message_send(build=build, user=None, text="Use dollars.")
    ctx = taken("w")
    assert hear(ctx) == ["Use dollars."]
    ctx.journal.record("w:agent:turn:1", {"heard": [str(Message.objects.get().pk)]}, kind="turn")
    divide("w", "w.1", "w.2")
    return build


def test_each_part_hears_it_once(whole: Build) -> None:
    first = taken("w.1")
    assert hear(first) == ["Use dollars."]
    first.journal.record("w:agent:turn:1", {"heard": [str(Message.objects.get().pk)]}, kind="turn")
    assert hear(first) == []
    done(Task.objects.get(key="w.1"))
    second = taken("w.2")
    assert hear(second) == ["Use dollars."]
    steps = Step.objects.filter(kind=StepKind.MESSAGE).values_list("task__key", flat=True)
    assert sorted(steps) == ["w", "w.1", "w.2"]
    # It was taken once, by the whole: that is what the pages say.
    assert Message.objects.get().taken_by == Task.objects.get(key="w")


def test_whoever_takes_a_part_over_is_told_of_it(whole: Build) -> None:
    ctx = taken("w.1")
    hear(ctx)

    class JobOfPart:
        class ports:  # noqa: N801 - as a job has them
            journal = ctx.async_journal

    assert aio.run(handed_over(JobOfPart())) == ["A person: Use dollars."]  # type: ignore[arg-type] # its journal counts


def test_a_part_that_is_divided_hands_on_both_messages(whole: Build) -> None:
    first = taken("w.1")
    message_send(build=whole, user=None, text="And cents.")
    assert hear(first) == ["Use dollars.", "And cents."]
    divide("w.1", "w.1.1")
    assert hear(taken("w.1.1")) == ["Use dollars.", "And cents."]


def test_what_a_part_took_is_not_for_the_other_part_nor_for_other_work(whole: Build) -> None:
    first = taken("w.1")
    message_send(build=whole, user=None, text="And cents.")
    hear(first)
    done(Task.objects.get(key="w.1"))
    second = taken("w.2")
    assert hear(second) == ["Use dollars."]
    done(Task.objects.get(key="w.2"))
    assert hear(taken("after")) == []


def test_the_whole_hears_what_its_parts_were_told_when_it_is_put_together(whole: Build) -> None:
    first = taken("w.1")
    message_send(build=whole, user=None, text="And cents.")
    hear(first)
    task = Task.objects.get(key="w")
    assert put_together(whole.pk, [task.pk]) == [task.pk]
    Step.objects.filter(task=task).delete()
    Task.objects.filter(pk=task.pk).update(state=TaskState.READY, finished_at=None)
    assert hear(taken("w")) == ["Use dollars.", "And cents."]


def test_one_query_where_nothing_is_there(build: Build, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    graph(build, {"w": []})
    ctx = taken("w")
    with django_assert_num_queries(1):
        assert messages_of(ctx) == []
