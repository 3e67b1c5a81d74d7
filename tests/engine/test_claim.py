"""The claim takes each task once, in a fair order, and leaves alone what must not run."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodev.events.models import Event
from autodev.lib.clock import shifted, utcnow
from autodev.lib.db import own_connections
from projects.engine import finish
from projects.engine.claim import Claimed, claim, claim_along, something_ready
from projects.engine.outcome import Succeeded
from projects.models import Attempt, Build, Task
from projects.states import BuildState, Phase, TaskState
from tests.factories.projects import BuildFactory, TaskFactory


def test_a_claim_moves_task_build_attempt_and_event_together(task: Task) -> None:
    taken = claim("worker-a")
    assert taken is not None
    task.refresh_from_db()
    assert (task.state, task.epoch, task.lease_owner) == (TaskState.RUNNING, 1, "worker-a")
    assert task.lease_expires_at is not None
    assert 25 < (task.lease_expires_at - utcnow()).total_seconds() <= 31
    build = Build.objects.get()
    assert (build.state, build.phase, build.version) == (BuildState.RUNNING, Phase.IMPLEMENT, 1)
    assert Attempt.objects.get().epoch == 1
    assert Event.objects.get().type == "task.claimed"


def test_nothing_ready_gives_nothing_and_writes_nothing(build: Build) -> None:
    assert claim("worker-a") is None
    assert not Event.objects.exists()
    assert not something_ready()


@pytest.mark.parametrize("state", [s for s in TaskState if s != TaskState.READY])
def test_only_ready_tasks_are_claimed(build: Build, state: TaskState) -> None:
    TaskFactory.create(build=build, state=state)
    assert claim("worker-a") is None


@pytest.mark.parametrize("state", [s for s in BuildState if s not in {BuildState.QUEUED, BuildState.RUNNING}])
def test_tasks_of_a_build_that_does_not_run_are_left_alone(workspace: object, state: BuildState) -> None:
    TaskFactory.create(build__state=state)
    assert not something_ready()
    assert claim("worker-a") is None


def test_a_task_that_is_not_due_waits_for_the_database_clock(build: Build) -> None:
    TaskFactory.create(build=build, next_run_at=utcnow() + dt.timedelta(seconds=60))
    assert not something_ready()
    assert claim("worker-a") is None
    with shifted(61):
        assert something_ready()
        assert claim("worker-a") is not None


def test_lower_priority_numbers_first_build_before_task(workspace: object) -> None:
    late = BuildFactory.create(project__workspace=workspace, priority=1)
    soon = BuildFactory.create(project__workspace=workspace, priority=0)
    TaskFactory.create(build=late, key="c", priority=-5)
    TaskFactory.create(build=soon, key="b", priority=7)
    TaskFactory.create(build=soon, key="a", priority=3)
    assert [taken.task.key for _ in range(3) if (taken := claim("w"))] == ["a", "b", "c"]


def test_one_workspaces_thousand_tasks_do_not_starve_anothers_one(db: None) -> None:
    many = BuildFactory.create()
    rows = [
        {"build": many, "key": f"t{n}", "kind": "noop", "phase": "implement", "state": "ready"} for n in range(1000)
    ]
    Task.objects.bulk_create([Task(**row) for row in rows])
    one = TaskFactory.create()
    taken = [claim("w"), claim("w")]
    assert one.pk in {x.task.pk for x in taken if x}
    again = claim("w")
    assert again is not None
    assert again.task.build_id == many.pk


def test_workspaces_take_turns(db: None) -> None:
    builds = [BuildFactory.create() for _ in range(3)]
    for build in builds:
        TaskFactory.create_batch(3, build=build)
    order = [taken.task.build_id for _ in range(9) if (taken := claim("w"))]
    for start in (0, 3, 6):
        assert len(set(order[start : start + 3])) == 3


def test_the_claim_reads_only_what_is_ready_however_many_tasks_have_ended(task: Task) -> None:
    """Small tables are read whole on PostgreSQL; what it would do with large ones is seen where it must not, with
    statistics of its own: those of tests before this one would choose any index."""
    ended = [
        Task(build=task.build, key=f"ended-{n}", kind="noop", phase=task.phase, title="t", state=TaskState.SUCCEEDED)
        for n in range(500)
    ]
    Task.objects.bulk_create(ended)
    explain = "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE projects_task")
            cursor.execute("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN"
        assert claim("w") is not None
        choice, take = (one["sql"] for one in queries.captured_queries if "ready" in one["sql"])
        for statement in (choice, take.removesuffix(";")):
            cursor.execute(f"{explain} {statement}")
            assert "projects_task_claim" in str(cursor.fetchall())


def test_with_a_build_only_its_tasks(db: None) -> None:
    TaskFactory.create()
    mine = TaskFactory.create()
    taken = claim("w", build_id=mine.build_id)
    assert taken is not None
    assert taken.task.pk == mine.pk
    assert claim("w", build_id=mine.build_id) is None
    assert something_ready()
    assert not something_ready(build_id=mine.build_id)


@pytest.mark.django_db(transaction=True)
def test_claims_and_ends_of_one_build_wait_for_each_other_and_never_deadlock(caplog: pytest.LogCaptureFixture) -> None:
    for build in (BuildFactory.create(), BuildFactory.create()):
        TaskFactory.create_batch(20, build=build)
    errors: list[Exception] = []
    done = Succeeded(merge=False)

    def work(name: str) -> None:
        with own_connections():
            try:
                along: list[Claimed | None] = []
                while (found := along.pop() if any(along) else claim(name)) is not None:
                    along.clear()
                    finish.succeed(found, done, then=lambda held: along.append(claim_along(name, held)))
            except Exception as error:  # noqa: BLE001 - shown below
                errors.append(error)

    threads = [threading.Thread(target=work, args=(f"worker-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert not [record for record in caplog.records if record.message == "database.write_repeated"]
    assert set(Task.objects.values_list("state", "epoch")) == {(TaskState.SUCCEEDED, 1)}
    assert Attempt.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_many_claimers_at_once_take_each_task_once() -> None:
    build = BuildFactory.create()
    TaskFactory.create_batch(24, build=build)
    taken: list[str] = []
    start = threading.Barrier(6)

    def work(name: str) -> None:
        with own_connections():
            start.wait()
            while (found := claim(name)) is not None:
                taken.append(found.task.key)

    threads = [threading.Thread(target=work, args=(f"worker-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(taken) == len(set(taken)) == 24
    assert Attempt.objects.count() == 24
    versions = list(Event.objects.order_by("version").values_list("version", flat=True))
    assert versions == list(range(1, 25))
