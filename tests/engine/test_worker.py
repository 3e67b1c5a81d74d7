"""The engine of a process: slots, heartbeat, poll, watchdog, and the end of all of them."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import OperationalError

from autodev.events.models import Event
from autodev.lib.db import own_connections
from projects.engine import doorbell, inprocess, timing, worker
from projects.engine.claim import claim
from projects.engine.context import TaskContext
from projects.engine.incarnation import Life
from projects.engine.inprocess import run_build_in_process
from projects.engine.lease import Lease
from projects.engine.outcome import InvalidInput, Outcome, Succeeded
from projects.engine.sweep import sweep
from projects.engine.worker import EXIT_STUCK, Engine, exit_process
from projects.models import Attempt, Build, Incarnation, Task
from projects.services import cancel_build
from projects.states import BuildState, TaskState
from tests.engine.clock import HostClock
from tests.engine.conftest import Handle
from tests.engine.processes import until
from tests.engine.product import assert_whole, install
from tests.factories.projects import TaskFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds that come soon."""
    monkeypatch.setattr(timing, "BEAT_S", 0.05)
    monkeypatch.setattr(timing, "SWEEP_S", 0.05)
    monkeypatch.setattr(worker, "WATCH_S", 0.02)


@pytest.mark.feature("F3.7")
def test_a_build_runs_in_this_process_without_a_broker(handle: Handle) -> None:
    build = install(handle)
    events: list[Event] = []
    looks: list[int] = []
    done = run_build_in_process(build.pk, on_event=events.append, on_progress=lambda b: looks.append(b.progress))
    assert done.state == BuildState.SUCCEEDED
    assert_whole(build)
    assert [event.version for event in events] == list(range(1, done.version + 1))
    assert (events[0].type, events[-1].type) == ("build.created", "build.succeeded")
    assert looks == sorted(looks)
    assert looks[-1] == 100
    row = Incarnation.objects.get()
    assert row.stopped_at is not None


def test_what_a_callback_raises_stops_the_engine_in_order(handle: Handle) -> None:
    build = install(handle)

    def interrupt(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_build_in_process(build.pk, on_event=interrupt)
    assert Incarnation.objects.get().stopped_at is not None
    assert not Task.objects.filter(state=TaskState.RUNNING).exists()


def test_only_the_builds_own_tasks_are_run(handle: Handle) -> None:
    other = TaskFactory.create()
    build = install(handle)
    run_build_in_process(build.pk)
    other.refresh_from_db()
    assert other.state == TaskState.READY


def test_a_bell_that_never_rings_costs_a_poll(handle: Handle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "ring", lambda: None)
    build = install(handle)
    engine = Engine(slots=2, poll_s=0.05)
    engine.start()
    try:
        assert engine.run_until(build.pk, timeout_s=60).state == BuildState.SUCCEEDED
    finally:
        engine.stop()
        engine.stop()


def test_a_dead_neighbour_is_noticed_by_the_poll(handle: Handle, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "sweep", lambda: None)
    dead = Life(slots=1)
    dead.begin()
    assert claim(dead.name)
    engine = Engine(slots=1, poll_s=0.05)
    engine.start()
    try:
        assert dead._lock is not None
        os.close(dead._lock)  # as the kernel does at its death
        until(lambda: Task.objects.filter(pk=task.pk, crashes=1).exists(), "the poll finds the dead neighbour")
    finally:
        engine.stop()


def test_a_bell_that_rings_a_thousand_times_does_nothing_twice(handle: Handle) -> None:
    build = install(handle)
    engine = Engine(slots=3)
    engine.start()
    for _ in range(1000):
        engine.ring()
    engine.run_until(build.pk, timeout_s=60)
    engine.stop()
    assert_whole(build)


def blocked(started: threading.Event, seen: list[bool]) -> Callable[[TaskContext], Outcome]:
    """A handler that works until it is told to stop."""

    def handler(ctx: TaskContext) -> Outcome:
        started.set()
        seen.append(ctx.cancel.wait(60))
        ctx.check_alive()
        return Succeeded()

    return handler


def test_a_cancelled_build_stops_its_handler_at_once(handle: Handle, task: Task) -> None:
    started, seen = threading.Event(), list[bool]()
    handle("noop", blocked(started, seen))
    engine = Engine(slots=1, poll_s=30)
    engine.start()
    assert started.wait(30)
    cancel_build(build=task.build, user=None)
    until(lambda: not engine.leases.all(), "the handler did not stop")
    engine.stop()
    assert seen == [True]
    assert Task.objects.get().state == TaskState.CANCELLED
    assert Attempt.objects.get().outcome == "cancelled"


def test_the_heartbeat_keeps_a_long_task(handle: Handle, task: Task, quick: None) -> None:
    first: list[object] = []

    def long(ctx: TaskContext) -> Outcome:
        first.append(Task.objects.get().lease_expires_at)
        until(lambda: Task.objects.get().lease_expires_at != first[0], "no heartbeat came")
        return Succeeded(build_updates={"verdict": "succeeded"}, merge=False)

    handle("noop", long)
    engine = Engine(slots=1)
    engine.start()
    assert engine.run_until(task.build_id, timeout_s=60).state == BuildState.SUCCEEDED
    engine.stop()


def test_a_thread_that_is_not_back_ends_the_process(task: Task, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    host = HostClock(monkeypatch)
    stuck = threading.Event()
    engine = Engine(slots=0, on_stuck=stuck.set)
    lease = Lease(task_id=uuid.uuid4(), epoch=1, started_at=host.now)
    engine.leases.add(lease)
    engine._threads[2].start()
    host.now += timing.TRUST_S + 1
    until(lambda: lease.reason == "lost", "the watchdog did not see that trust ran out")
    assert not stuck.is_set()
    host.now += timing.STUCK_S + 1
    assert stuck.wait(30)
    engine._stopped.set()


def test_the_process_ends_with_a_code_that_asks_for_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr("os._exit", codes.append)
    exit_process()
    assert codes == [EXIT_STUCK]
    assert EXIT_STUCK != 0


def test_an_error_of_one_round_does_not_end_the_threads(
    handle: Handle, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = install(handle)
    failures: list[str] = []

    def flaky(name: str, fn: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            if failures.count(name) < 2:
                failures.append(name)
                raise OperationalError("server closed the connection unexpectedly")
            return fn(*arguments, **named)

        return call

    monkeypatch.setattr(worker, "sweep", flaky("sweep", sweep))
    monkeypatch.setattr("projects.engine.slots.claim", flaky("claim", claim))
    monkeypatch.setattr("projects.engine.slots.AFTER_ERROR_S", 0.01)
    engine = Engine(slots=1, poll_s=0.05)
    engine.start()
    engine.run_until(build.pk, timeout_s=60)
    engine.stop()
    assert_whole(build)
    assert failures.count("sweep") == failures.count("claim") == 2


def test_a_stop_without_a_database_lets_the_leases_run_out(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    engine = Engine(slots=0)
    engine.start()

    def away() -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(engine.life, "end", away)
    engine.stop(timeout_s=1)
    assert engine.life._lock is None
    assert Incarnation.objects.get().stopped_at is None


def test_a_stop_that_comes_between_claim_and_start_releases(handle: Handle, task: Task) -> None:
    engine = Engine(slots=1)
    engine._stopping.set()
    assert engine._slots[0].work_one()
    task.refresh_from_db()
    assert (task.state, task.attempts) == (TaskState.READY, 0)


def test_an_ended_build_is_followed_to_its_last_event(handle: Handle) -> None:
    def refuse(ctx: TaskContext) -> Outcome:
        raise InvalidInput("This cannot be built.", code="refused")

    build = install(handle)
    handle("understand", refuse)
    seen: list[str] = []
    done = run_build_in_process(build.pk, on_event=lambda event: seen.append(event.type))
    assert (done.state, done.errors) == (BuildState.FAILED, ["Understand the idea: This cannot be built."])
    assert seen[-1] == "build.failed"
    assert inprocess._follow(build.pk, None, None).state == BuildState.FAILED


def test_a_wait_for_a_build_can_end_early(build: Build) -> None:
    engine = Engine(slots=0, poll_s=0.01)
    assert engine.run_until(build.pk, timeout_s=0.02).state == BuildState.QUEUED


@pytest.mark.parametrize("round_", range(5))
def test_a_cancel_that_races_the_end_leaves_exactly_one_state(handle: Handle, task: Task, round_: int) -> None:
    """The two meet at a barrier; whoever is second changes nothing."""
    from projects.engine import finish
    from projects.services.errors import WrongState

    taken = claim("worker-a")
    assert taken is not None
    barrier, won = threading.Barrier(2), list[str]()

    def cancel() -> None:
        with own_connections():
            barrier.wait()
            try:
                cancel_build(build=task.build, user=None)
                won.append("cancel")
            except WrongState:
                pass

    def end() -> None:
        from autodev.contracts.ports import Fenced

        with own_connections():
            barrier.wait()
            try:
                finish.succeed(taken, Succeeded(build_updates={"verdict": "succeeded"}, merge=False))
                won.append("end")
            except Fenced:
                pass

    threads = [threading.Thread(target=body) for body in (cancel, end)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    build = Build.objects.get()
    assert [build.state] == [{"cancel": BuildState.CANCELLED, "end": BuildState.SUCCEEDED}[one] for one in won]
    finals = Event.objects.filter(type__in=["build.cancelled", "build.succeeded"])
    assert finals.count() == 1
    assert build.version == Event.objects.count()
