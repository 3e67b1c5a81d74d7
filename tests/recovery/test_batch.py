"""The batch: several workspaces, a model's opinion where it counts, one sweeper at a time, and errors that stay where
they are."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from autodev.events.models import Event
from autodev.lib import failpoints
from autodev.lib.clock import shifted, utcnow
from autodev.lib.db import own_connections
from projects.engine import housekeeping
from projects.engine.outcome import NewTask
from projects.models import Task
from projects.states import RECOVERY, Phase, TaskState
from recovery import autonomous, batch, lease, scheduler
from recovery.autonomous import AutonomousTaskRecovery, Recovered
from recovery.batch import recover_all
from recovery.models import HumanRequest, RecoveryAttempt, SweepLease
from recovery.opinion.asking import Asked
from recovery.situation import Opinion
from recovery.states import RecoveryState, Source, Strategy
from recovery.tasks import recovery_tick
from tests.factories.projects import BuildFactory, TaskFactory
from tests.recovery.conftest import KIND, Offered

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F3.1")]


def nobody(asked: Sequence[Asked]) -> list[Opinion | None]:
    return [None for _ in asked]


def failed_task(number: int = 0, *, build: object = None, **more: object) -> Task:
    """A failure of its own that waits for a decision."""
    given = {
        "build": build or BuildFactory.create(state="running"), "key": f"t{number}", "kind": KIND, "epoch": 1,
        "state": TaskState.WAITING, "wait_reason": RECOVERY, "attempts": 1, "error_kind": "timeout",
        "last_error": f"No answer {number}", "fingerprint": f"f{number}",
        "next_run_at": utcnow() + dt.timedelta(seconds=60 + number), **more,
    }  # fmt: skip
    return TaskFactory.create(**given)


@pytest.mark.feature("F3.3")
def test_each_workspace_has_its_batch_the_oldest_first(settings: Settings) -> None:
    settings.RECOVERY_BATCH_SIZE = 3
    many = BuildFactory.create(state="running")
    tasks = [failed_task(number, build=many) for number in range(5)]
    other = failed_task(9)
    cancelled = failed_task(10, build=BuildFactory.create(state="cancelled"))
    swept = recover_all()
    assert (swept.held, swept.decided, swept.broken) == (True, 4, 0)
    decided = set(RecoveryAttempt.objects.values_list("task_id", flat=True))
    assert decided == {*(task.pk for task in tasks[:3]), other.pk}
    assert swept.workspaces[many.workspace_id].left == 2
    assert swept.workspaces[many.workspace_id].state == "auto_recovering"
    cancelled.refresh_from_db()
    assert cancelled.wait_reason == RECOVERY
    assert recover_all().decided == 2
    assert recover_all().workspaces == {}


def test_the_names_of_seeds_004() -> None:
    task = failed_task()
    answer = AutonomousTaskRecovery(ask=nobody).recover(task.build.workspace_id).as_dict()
    assert answer["success"] is True
    assert (answer["total_failed_tasks"], answer["recovered_tasks"], answer["failed_tasks"]) == (1, 1, 0)
    assert answer["strategies"] == {"retry_with_delay": 1}
    assert answer["workspace_status"] == "auto_recovering"


@pytest.mark.django_db(transaction=True)
async def test_the_coroutine_of_seeds_004() -> None:
    answer = await AutonomousTaskRecovery(ask=nobody).auto_recover_failed_tasks(str(uuid.uuid4()))
    assert (answer["total_failed_tasks"], answer["workspace_status"]) == (0, "")


@pytest.mark.feature("F3.2")
def test_a_model_is_asked_where_its_word_counts(offered: Offered, monkeypatch: pytest.MonkeyPatch) -> None:
    from recovery.askable import Askable

    monkeypatch.setattr(Askable, "now", lambda self, workspace_id, kind: ("claude", "gpt"))
    offered.parts_ = [NewTask(key=key, kind=KIND, phase=Phase.IMPLEMENT, title=key) for key in "ab"]
    sure = failed_task(1)
    unsure = failed_task(2, kind="implement", error_kind="unknown", build=sure.build)
    from recovery.gather import situation_of
    from recovery.numbers import chooser_for

    asked: list[Asked] = []

    def model(questions: Sequence[Asked]) -> list[Opinion | None]:
        asked.extend(questions)
        return [
            Opinion(strategy=Strategy.CONTEXT_RECONSTRUCTION, confidence=0.9, reasons=("It lost its way.",),
                    provider="claude")
            for _ in questions
        ]  # fmt: skip

    wanted = chooser_for(sure.build).wants_opinion(situation_of(unsure))
    AutonomousTaskRecovery(ask=model).recover(sure.build.workspace_id)
    row = RecoveryAttempt.objects.get(task=unsure)
    assert wanted
    assert [one.situation.task_id for one in asked] == [unsure.pk]
    assert asked[0].project_id == sure.build.project_id
    assert (row.source, row.strategy, row.confidence) == (Source.MODEL, Strategy.CONTEXT_RECONSTRUCTION, 0.9)
    assert "It lost its way." in row.reasons


def test_switched_off_no_model_is_asked_and_a_member_is(settings: Settings) -> None:
    settings.ENABLE_AUTO_TASK_RECOVERY = False
    task = failed_task(error_kind="work")
    done = AutonomousTaskRecovery(ask=lambda asked: pytest.fail("asked")).recover(task.build.workspace_id)
    assert (done.asked, HumanRequest.objects.count()) == (1, 1)


def test_a_task_that_breaks_its_decision_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = failed_task(1), None
    second = failed_task(2, build=first.build)
    from recovery.deciding import decide as whole

    def broken(task: Task, *rest: Any, **more: Any) -> Any:
        if task.pk == first.pk:
            raise RuntimeError("a row that nobody understands")
        return whole(task, *rest, **more)

    monkeypatch.setattr(autonomous, "decide", broken)
    done = AutonomousTaskRecovery(ask=nobody).recover(first.build.workspace_id)
    assert (done.broken, done.goes_on, done.left) == (1, 1, 1)
    assert RecoveryAttempt.objects.get().task_id == second.pk


def test_failures_that_nobody_can_decide_about_do_not_fill_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = failed_task(1)
    good = failed_task(2, build=bad.build)
    Task.objects.filter(pk=bad.pk).update(next_run_at=bad.created_at)
    from recovery.deciding import decide as whole

    def broken(task: Task, *rest: Any, **more: Any) -> Any:
        if task.pk == bad.pk:
            raise RuntimeError("a row that nobody understands")
        return whole(task, *rest, **more)

    monkeypatch.setattr(autonomous, "decide", broken)
    engine = AutonomousTaskRecovery(ask=nobody, batch_size=1)
    first, second = (engine.recover(bad.build.workspace_id) for _ in range(2))
    assert (first.broken, second.goes_on) == (1, 1)
    assert RecoveryAttempt.objects.get().task_id == good.pk


def test_a_task_that_cannot_be_read_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = failed_task(1)
    good = failed_task(2, build=bad.build)
    from recovery.gather import each as whole

    def read(tasks: Iterable[Task]) -> Any:
        some = list(tasks)
        if bad.pk in [task.pk for task in some]:
            raise RuntimeError("a row that nobody understands")
        return whole(some)

    monkeypatch.setattr(autonomous, "each", read)
    done = AutonomousTaskRecovery(ask=nobody).recover(bad.build.workspace_id)
    assert (done.found, done.broken, done.goes_on) == (2, 1, 1)
    assert RecoveryAttempt.objects.get().task_id == good.pk


def test_what_others_decided_meanwhile_is_counted_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    task = failed_task()
    monkeypatch.setattr(autonomous, "decide", lambda *given, **more: None)
    assert AutonomousTaskRecovery(ask=nobody).recover(task.build.workspace_id).overtaken == 1


def test_a_workspace_that_breaks_does_not_keep_the_others() -> None:
    bad, good = failed_task(1), failed_task(2)

    def recover(workspace_id: uuid.UUID) -> Recovered:
        if workspace_id == bad.build.workspace_id:
            raise RuntimeError("gone")
        return Recovered(found=1, goes_on=1)

    swept = recover_all(recover=recover)
    assert (swept.broken, list(swept.workspaces)) == (1, [good.build.workspace_id])


@pytest.mark.django_db(transaction=True)
def test_workspaces_go_beside_each_other_where_the_database_can() -> None:
    tasks = [failed_task(number) for number in range(3)]
    seen: set[str] = set()

    def recover(workspace_id: uuid.UUID) -> Recovered:
        seen.add(threading.current_thread().name)
        return AutonomousTaskRecovery(ask=nobody).recover(workspace_id)

    assert recover_all(recover=recover).decided == len(tasks)
    apart = connection.vendor != "sqlite"
    assert any(name.startswith("recovery") for name in seen) == apart
    assert set(Task.objects.values_list("wait_reason", flat=True)).isdisjoint({RECOVERY})


def test_one_sweeper_at_a_time() -> None:
    failed_task()
    with lease.held() as held:
        assert held is not None
        assert not recover_all().held
        assert not RecoveryAttempt.objects.exists()
    assert recover_all().decided == 1
    assert SweepLease.objects.get().term == 2


@pytest.mark.django_db(transaction=True)
def test_two_batches_of_one_workspace_at_once_decide_each_failure_once(monkeypatch: pytest.MonkeyPatch) -> None:
    build = BuildFactory.create(state="running")
    for number in range(4):
        failed_task(number, build=build)
    both = threading.Barrier(2, timeout=60)
    from recovery.gather import each as whole

    def read_together(tasks: list[Task]) -> list[Any]:
        found = list(whole(tasks))
        both.wait()
        return found

    monkeypatch.setattr(autonomous, "each", read_together)
    done: list[Recovered] = []

    def sweeper() -> None:
        with own_connections():
            done.append(AutonomousTaskRecovery(ask=nobody).recover(build.workspace_id))

    threads = [threading.Thread(target=sweeper) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sum(one.goes_on for one in done) == sum(one.overtaken for one in done) == 4
    assert [one.broken for one in done] == [0, 0]
    assert RecoveryAttempt.objects.filter(state=RecoveryState.APPLIED).count() == 4
    assert Event.objects.filter(type="recovery.decided").count() == 4
    build.workspace.refresh_from_db()
    assert build.workspace.state == "auto_recovering"


def test_an_engine_without_a_broker_does_it(settings: Settings) -> None:
    assert settings.REDIS_URL is None
    failed_task()
    [chore] = [one for one in housekeeping._registered if one.name == "recovery"]
    housekeeping.Housekeeping((chore,)).round(threading.Event())
    assert RecoveryAttempt.objects.count() == 1


def test_a_holder_that_lost_its_lease_stops() -> None:
    failed_task(1)
    failed_task(2)
    done: list[uuid.UUID] = []

    def slow(workspace_id: uuid.UUID) -> Recovered:
        done.append(workspace_id)
        with shifted(lease.LEASE_S + 1):
            assert lease.take() is not None
        return Recovered()

    swept = recover_all(recover=slow)
    assert (swept.lost, len(done)) == (True, 1)


def test_a_lease_is_taken_over_at_a_new_term_and_given_back_once() -> None:
    first = lease.take()
    assert first is not None
    assert lease.take() is None
    assert first.renew()
    with shifted(lease.LEASE_S + 1):
        second = lease.take()
        assert second is not None
        assert (first.term, second.term) == (1, 2)
        assert not first.renew()
        first.release()
        assert lease.take() is None
        second.release()
        assert lease.take() is not None


@pytest.mark.django_db(transaction=True)
def test_a_lease_whose_commit_answer_was_lost_is_held() -> None:
    failpoints.set_faults("write.after_commit=raise@1")
    assert lease.take() is not None


def test_beat_engine_and_scheduler_all_do_it(settings: Settings) -> None:
    from autodev.celery import app

    entry = app.conf.beat_schedule["recovery"]
    assert (entry["task"], entry["schedule"]) == ("recovery.tasks.recovery_tick", 60.0)
    assert any(chore.name == "recovery" and chore.do is recover_all for chore in housekeeping._registered)


@pytest.mark.django_db(transaction=True)
def test_a_tick_through_the_broker_decides() -> None:
    failed_task()
    recovery_tick.run()
    assert RecoveryAttempt.objects.count() == 1


async def test_the_scheduler_outlives_a_round_that_breaks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RECOVERY_CHECK_INTERVAL_SECONDS = 0
    rounds: list[int] = []

    def round_() -> batch.Swept:
        rounds.append(1)
        if len(rounds) == 1:
            raise RuntimeError("away")
        return batch.Swept()

    monkeypatch.setattr(scheduler, "recover_all", round_)
    await asyncio.wait_for(scheduler.start_autonomous_recovery_scheduler(rounds=3), 120)
    assert len(rounds) == 3
    assert "recovery.scheduler_failed" in caplog.text
