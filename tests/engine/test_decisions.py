"""Decisions about a task that waits: once, with their event and the caller's rows, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from autodev.accounts.models import User
from autodev.events.models import Event
from autodev.lib.clock import shifted, utcnow
from projects.engine import decisions, front, sweep
from projects.engine.claim import claim
from projects.engine.hooks import Failure
from projects.engine.timing import UNDECIDED_S
from projects.models import Build, Step, Task
from projects.states import PERSON, RECOVERY, BuildState, TaskState
from tests.engine.graphs import done, failed, graph, states
from tests.factories.projects import BuildFactory, TaskFactory

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def waiting(task: Task) -> Task:
    return failed(task)


def test_a_retry_without_a_delay_is_ready_at_once_and_changed(waiting: Task) -> None:
    assert decisions.retry(task_id=waiting.pk, epoch=1, reason="Another provider.", params={"recovery": {"note": "n"}})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.next_run_at, waiting.wait_reason) == (TaskState.READY, None, "")
    assert waiting.params == {"recovery": {"note": "n"}}
    event = Event.objects.get(type="task.retry_planned")
    assert (event.payload["key"], event.payload["epoch"], event.payload["reason"]) == ("only", 1, "Another provider.")
    assert claim("worker-b") is not None


def test_a_retry_until_a_moment_wakes_then(waiting: Task) -> None:
    until = utcnow() + dt.timedelta(minutes=7)
    assert decisions.retry(task_id=waiting.pk, epoch=1, reason="Quota", until=until)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.next_run_at, waiting.wait_reason) == (TaskState.WAITING, until, "Quota")
    assert sweep.wake() == 0
    with shifted(421):
        assert sweep.wake() == 1
    waiting.refresh_from_db()
    assert waiting.state == TaskState.READY


@pytest.mark.parametrize("far", [{"delay_s": 3600.0}, {"until": utcnow() + 9 * HOUR}])
def test_no_wait_goes_beyond_the_deadline(waiting: Task, far: dict[str, object]) -> None:
    deadline = utcnow() + dt.timedelta(minutes=10)
    Build.objects.update(deadline_at=deadline)
    assert decisions.retry(task_id=waiting.pk, epoch=1, reason="Quota", **far)  # type: ignore[arg-type] # by name
    assert Task.objects.get().next_run_at == deadline


def test_a_person_and_a_postponement_do_not_wait_beyond_the_deadline(waiting: Task) -> None:
    deadline = utcnow() + dt.timedelta(minutes=10)
    Build.objects.update(deadline_at=deadline)
    assert decisions.postpone(task_id=waiting.pk, epoch=1, until=utcnow() + HOUR, reason="batch")
    assert Task.objects.get().next_run_at == deadline
    assert decisions.ask_person(task_id=waiting.pk, epoch=1, until=utcnow() + HOUR, reason="logic error")
    assert Task.objects.get().next_run_at == deadline


def decide(name: str, task: Task, epoch: int, along: Callable[[], None] | None = None) -> bool:
    """One of the decisions by its name."""
    soon = utcnow() + HOUR
    each: dict[str, Callable[[], bool]] = {
        "retry": lambda: decisions.retry(task_id=task.pk, epoch=epoch, reason="r", along=along),
        "fresh": lambda: decisions.retry(task_id=task.pk, epoch=epoch, reason="r", fresh=True, along=along),
        "ask_person": lambda: decisions.ask_person(
            task_id=task.pk, epoch=epoch, until=soon, reason="r", along=along
        ),
        "give_up": lambda: decisions.give_up(task_id=task.pk, epoch=epoch, reason="r", along=along),
        "restart": lambda: decisions.restart(
            task_id=task.pk, epoch=epoch, start=task.key, params={}, reason="r", along=along
        ),
        "postpone": lambda: decisions.postpone(task_id=task.pk, epoch=epoch, until=soon, reason="r"),
    }  # fmt: skip
    return each[name]()


ALL = ("retry", "fresh", "ask_person", "give_up", "restart", "postpone")


@pytest.mark.parametrize("name", ALL)
def test_a_decision_of_another_epoch_or_a_second_one_changes_nothing(waiting: Task, name: str) -> None:
    ran: list[str] = []
    assert not decide(name, waiting, 7, lambda: ran.append("along"))
    assert decisions.retry(task_id=waiting.pk, epoch=1, reason="first", delay_s=60)
    before = (Task.objects.values().get(), Build.objects.values().get())
    assert not decide(name, waiting, 1, lambda: ran.append("along"))
    assert (Task.objects.values().get(), Build.objects.values().get()) == before
    assert ran == []


@pytest.mark.parametrize("name", [name for name in ALL if name != "postpone"])
def test_what_goes_along_is_of_the_same_transaction(waiting: Task, name: str) -> None:
    def breaks() -> None:
        Task.objects.filter(pk=waiting.pk).update(title="along")
        raise RuntimeError("no row")

    before = (Task.objects.values().get(), Build.objects.values().get(), Event.objects.count())
    with pytest.raises(RuntimeError, match="no row"):
        decide(name, waiting, 1, breaks)
    assert (Task.objects.values().get(), Build.objects.values().get(), Event.objects.count()) == before

    def works() -> None:
        Task.objects.filter(pk=waiting.pk).update(title="along")

    assert decide(name, waiting, 1, works)
    assert Task.objects.get().title == "along"


def test_a_postponed_decision_is_asked_about_later(waiting: Task, no_recovery: list[Failure]) -> None:
    until = utcnow() + dt.timedelta(seconds=75)
    assert decisions.postpone(task_id=waiting.pk, epoch=1, until=until, reason="batch")
    with shifted(60):
        assert sweep.sweep().decided == 0
    with shifted(80):
        assert sweep.sweep().decided == 1
    assert no_recovery == [Failure(task_id=waiting.pk, epoch=1)]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.wait_reason) == (TaskState.WAITING, RECOVERY)


def test_a_person_is_asked_while_the_rest_goes_on(build: Build, no_recovery: list[Failure]) -> None:
    tasks = graph(build, {"asked": [], "beside": []})
    failed(tasks["asked"])
    assert decisions.ask_person(task_id=tasks["asked"].pk, epoch=1, until=utcnow() + HOUR, reason="A logic error")
    tasks["asked"].refresh_from_db()
    assert (tasks["asked"].state, tasks["asked"].wait_reason) == (TaskState.WAITING, PERSON)
    assert Event.objects.filter(type="task.person_asked", task_id=tasks["asked"].pk).count() == 1
    taken = claim("worker-b")
    assert taken is not None
    assert taken.task.key == "beside"
    with shifted(20):
        assert (sweep.decide_again(), sweep.wake()) == (0, 0)
    assert no_recovery == []


def test_without_an_answer_recovery_is_asked_again_and_may_give_up(waiting: Task, no_recovery: list[Failure]) -> None:
    decisions.ask_person(task_id=waiting.pk, epoch=1, until=utcnow() + HOUR, reason="A logic error")
    assert not decisions.give_up(task_id=waiting.pk, epoch=1, reason="too early")
    with shifted(3601):
        done_ = sweep.sweep()
        assert (done_.decided, done_.woken) == (1, 0)
    with shifted(3601 + UNDECIDED_S):
        assert decisions.give_up(task_id=waiting.pk, epoch=1, reason="Nobody answered.")
    assert no_recovery == [Failure(task_id=waiting.pk, epoch=1)]
    assert Build.objects.get().state == BuildState.FAILED


def test_an_answer_runs_the_task_again_before_other_work(waiting: Task, user: User, no_recovery: list[Failure]) -> None:
    TaskFactory.create(build=waiting.build, key="important", priority=-50)
    decisions.ask_person(task_id=waiting.pk, epoch=1, until=utcnow() + HOUR, reason="A logic error")
    ran: list[str] = []
    assert decisions.answer(
        task_id=waiting.pk, reason="Use sqlite", params={"a": 1}, actor=user, along=lambda: ran.append("row")
    )
    assert ran == ["row"]
    assert not decisions.answer(task_id=waiting.pk, reason="again")
    event = Event.objects.get(type="task.answered")
    assert event.actor == user
    taken = claim("worker-b")
    assert taken is not None
    assert (taken.task.key, taken.task.params, taken.task.attempts) == ("only", {"a": 1}, 0)


def test_a_member_decides_about_any_task_that_waits(waiting: Task, user: User) -> None:
    decisions.retry(task_id=waiting.pk, epoch=1, reason="later", delay_s=300)
    assert not decisions.give_up(task_id=waiting.pk, epoch=1, reason="no")
    assert decisions.give_up(task_id=waiting.pk, epoch=1, reason="No longer wanted.", actor=user)
    assert Event.objects.get(type="task.failed").actor == user


def test_the_front_of_a_workspace_is_before_the_better_priority_of_another_build(waiting: Task) -> None:
    urgent = BuildFactory.create(project__workspace=waiting.build.workspace, priority=-20)
    TaskFactory.create(build=urgent, key="urgent", priority=-100)
    assert decisions.retry(task_id=waiting.pk, epoch=1, reason="again", front=True)
    taken = claim("worker-b")
    assert taken is not None
    assert taken.task.key == "only"
    Task.objects.filter(pk=waiting.pk).update(priority=front.to_front())
    Task.objects.filter(pk=waiting.pk).update(priority=front.to_front())
    assert Task.objects.get(pk=waiting.pk).priority == -front.STEP
    Task.objects.filter(pk=waiting.pk).update(priority=front.back_in_line())
    assert Task.objects.get(pk=waiting.pk).priority == 0


def test_a_fresh_retry_begins_its_journal_and_files_anew(build: Build) -> None:
    tasks = graph(build, {"need": [], "own": ["need"]})
    done(tasks["need"])
    own = tasks["own"]
    failed(own)
    Task.objects.filter(pk=own.pk).update(base="a" * 40, head="b" * 40, result={"half": 1}, progress=50)
    Step.objects.create(task=own, key="ask", output=1, epoch=1)
    assert decisions.retry(task_id=own.pk, epoch=1, reason="Context", fresh=True, delay_s=30)
    own.refresh_from_db()
    assert (own.state, own.base, own.head, own.result, own.progress) == (TaskState.WAITING, "", "", {}, 0)
    assert (own.attempts, own.epoch, own.wait_reason) == (1, 1, "Context")
    step = Step.objects.get()
    assert step.undone
    assert step.output == 1
    assert states(build)["need"] == TaskState.SUCCEEDED
