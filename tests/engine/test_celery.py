"""A real Celery worker hosts the engine; Redis carries bells only, and may be away or empty."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from autodev import celery as app_module
from projects import tasks
from projects.engine import doorbell
from projects.models import Attempt, Build, Incarnation, Step, Task
from projects.services import cancel_build
from projects.states import BuildState, TaskState
from tests.engine.processes import until
from tests.factories.projects import TaskFactory

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[[str], subprocess.Popen[bytes]]
NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def worker(transactional_db: None, data_dir: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start(broker: str) -> subprocess.Popen[bytes]:
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.engine.celery_settings",
            "CHILD_DATABASE": str(connection.settings_dict["NAME"]),
            "CHILD_DATA": str(settings.AUTODEV_DATA),
            "CHILD_BROKER": broker,
            "TEST_DATABASE": "sqlite" if connection.vendor == "sqlite" else "postgresql",
        }
        command = [sys.executable, "-m", "celery", "-A", "tests.engine.celery_child", "worker", "--loglevel=INFO"]
        with (data_dir / "worker.log").open("ab") as log:
            child = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log)
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.wait()


def ended(build: Build) -> Callable[[], bool]:
    return lambda: Build.objects.get(pk=build.pk).is_final


def probe(**params: object) -> Build:
    return TaskFactory.create(kind="probe", params=params).build


@pytest.mark.feature("F3.7")
@pytest.mark.parametrize("broker", ["redis", "nowhere"])
def test_a_worker_runs_tasks_with_and_without_redis_and_stops_in_order(
    worker: Start, request: pytest.FixtureRequest, broker: str
) -> None:
    first = probe()
    child = worker(request.getfixturevalue("redis_url") if broker == "redis" else NOWHERE)
    until(ended(first), "the worker did not run the task")
    later = probe(blocks=True)
    until(lambda: Step.objects.filter(task__build=later).exists(), "the poll did not find the task")
    child.send_signal(signal.SIGTERM)
    assert child.wait(120) == 0
    task = Task.objects.get(build=later)
    assert (task.state, task.attempts, task.crashes) == (TaskState.READY, 0, 0)
    assert Attempt.objects.get(task=task).outcome == "released"
    assert Incarnation.objects.get().stopped_at is not None


def test_a_flushed_redis_and_a_killed_worker_change_only_latency(worker: Start, redis_url: str) -> None:
    import redis

    build = probe(blocks=True)
    child = worker(redis_url)
    until(lambda: Step.objects.filter(task__build=build).exists(), "the worker did not start the task")
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    child.kill()
    child.wait()
    client.flushdb()
    client.close()
    worker(redis_url)
    until(ended(build), "the task was lost")
    assert Build.objects.get(pk=build.pk).state == BuildState.SUCCEEDED
    assert list(Attempt.objects.order_by("epoch").values_list("outcome", flat=True)) == ["lost", "succeeded"]
    assert Step.objects.count() == 1


def test_a_cancelled_build_stops_in_the_other_process(worker: Start, redis_url: str) -> None:
    build = probe(blocks=True)
    child = worker(redis_url)
    until(lambda: Step.objects.filter(task__build=build).exists(), "the worker did not start the task")
    cancel_build(build=build, user=None)
    other = probe()
    until(ended(other), "the slot did not come free")
    child.terminate()
    child.wait(120)
    assert Task.objects.get(build=build).state == TaskState.CANCELLED


def test_the_bell_goes_through_the_broker_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(tasks.ring, "apply_async", lambda **how: sent.append(how))
    settings.REDIS_URL = None
    app_module.connect_doorbell()
    assert doorbell._publisher is None
    settings.REDIS_URL = NOWHERE
    app_module.connect_doorbell()
    doorbell.ring()
    until(lambda: sent, "the bell was not published")
    assert sent[0] == {"retry": False, "ignore_result": True, "expires": 30}


def test_what_comes_through_the_broker_does_its_part(task: Task) -> None:
    before = doorbell.here.rings
    tasks.ring.run()
    assert doorbell.here.rings == before + 1
    Task.objects.update(state=TaskState.PENDING)
    tasks.sweep_tick.run()
    assert Task.objects.get().state == TaskState.READY


@pytest.fixture
def _own_signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(app_module, "_engine", None)
    monkeypatch.setattr(app_module, "_stopper", None)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("_own_signals")
def test_the_signals_of_the_worker_start_and_stop_one_engine() -> None:
    app_module.begin_stop()
    app_module.start_engine()
    assert Incarnation.objects.get().stopped_at is None
    app_module.begin_stop()
    app_module.finish_stop()
    assert Incarnation.objects.get().stopped_at is not None


@pytest.mark.usefixtures("_own_signals")
def test_a_sigterm_before_celery_handles_it_stops_the_engine_in_order() -> None:
    app_module.start_engine()
    with pytest.raises(SystemExit) as ended_by:
        os.kill(os.getpid(), signal.SIGTERM)
    assert ended_by.value.code == 0
    app_module.finish_stop()
    assert Incarnation.objects.get().stopped_at is not None


def test_beat_names_tasks_that_are_there() -> None:
    app_module.app.loader.import_default_modules()
    named = {entry["task"] for entry in app_module.app.conf.beat_schedule.values()}
    assert named <= set(app_module.app.tasks)
    assert app_module.app.conf.worker_pool == "threads"
    assert app_module.app.conf.accept_content == ["json"]
