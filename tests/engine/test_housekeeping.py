"""What an engine does beside its work, without a broker: what crashes and deletions left is ended, refs are set, mail
goes out."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import threading
import uuid
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from autodev.events import channels
from autodev.events.models import Delivery
from autodev.events.services import deliver, record
from autodev.sandbox import config
from projects.engine import housekeeping
from projects.engine.agreement import check_recent
from projects.engine.claim import Claimed
from projects.engine.housekeeping import Chore, Housekeeping
from projects.engine.incarnation import host_name, run_folder
from projects.engine.janitor import clean_up, collect_layers
from projects.engine.reconcile import RECENT_S
from projects.engine.worker import Engine
from projects.engine.workspace import work_root
from projects.models import Build, Step, Task
from projects.repository.repository import repository_of
from projects.states import BuildState
from tests.engine.clock import HostClock
from tests.engine.processes import until

NEVER = threading.Event()


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "file").write_text("x")
    return path


@pytest.mark.django_db
def test_what_has_no_row_is_removed_and_what_lives_stays(claimed: Claimed, data_dir: Path) -> None:
    task, build = claimed.task, claimed.task.build
    stays = [
        folder(work_root() / f"{task.pk}-{claimed.epoch}"),
        folder(data_dir / "output" / str(task.pk)),
        folder(data_dir / "artifacts" / str(build.pk)),
        folder(data_dir / "artifacts" / "not-ours"),
    ]
    goes = [
        folder(work_root() / f"{task.pk}-{claimed.epoch - 1}"),
        folder(work_root() / "left-behind"),
        folder(data_dir / "output" / str(uuid.uuid4())),
        folder(data_dir / "artifacts" / str(uuid.uuid4())),
    ]
    assert clean_up() == len(goes)
    assert [path.exists() for path in [*stays, *goes]] == [True] * len(stays) + [False] * len(goes)
    Build.objects.all().delete()
    assert clean_up() == 3
    assert [path.exists() for path in stays] == [False, False, False, True]


@pytest.mark.django_db
def test_output_is_kept_for_so_many_days_after_the_build(task: Task, data_dir: Path, settings: Settings) -> None:
    output = folder(data_dir / "output" / str(task.pk))
    delivered = folder(data_dir / "artifacts" / str(task.build_id))
    Build.objects.update(state=BuildState.SUCCEEDED, finished_at=timezone.now() - dt.timedelta(days=31))
    settings.AUTODEV_OUTPUT_DAYS = 0
    assert clean_up() == 0
    settings.AUTODEV_OUTPUT_DAYS = 32
    assert clean_up() == 0
    settings.AUTODEV_OUTPUT_DAYS = 30
    assert clean_up() == 1
    assert (output.exists(), delivered.exists()) == (False, True)


@pytest.mark.django_db
def test_what_was_being_made_by_a_dead_process_goes(data_dir: Path) -> None:
    old, young = folder(data_dir / "repositories" / ".new-a"), folder(data_dir / "repositories" / ".new-b")
    os.utime(old, (0, 0))
    assert clean_up() == 1
    assert (old.exists(), young.exists()) == (False, True)


def test_layers_that_nobody_used_for_a_month_are_collected(data_dir: Path) -> None:
    assert collect_layers() == []
    layers = config.load().data_dir / "layers"
    old, recent = folder(layers / "old"), folder(layers / "recent")
    os.utime(old, (0, 0))
    assert collect_layers() == ["old"]
    assert recent.exists()


@pytest.mark.django_db
def test_only_builds_that_may_still_move_are_reconciled(task: Task) -> None:
    repository = repository_of(task.build.project_id)
    commit = repository.init()
    Step.objects.create(task=task, key="s", epoch=1, commit=commit)
    ended = timezone.now() - dt.timedelta(seconds=RECENT_S + 60)
    Build.objects.update(state=BuildState.SUCCEEDED, finished_at=ended)
    assert check_recent().refs == 0
    Build.objects.update(finished_at=timezone.now())
    assert check_recent().refs == 1
    assert repository.refs() == {f"task/{task.pk}/1": commit}
    repository.delete_ref(f"task/{task.pk}/1")
    Build.objects.update(state=BuildState.RUNNING, finished_at=None)
    assert check_recent().refs == 1


def test_a_chore_is_done_at_the_start_and_then_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    host, done = HostClock(monkeypatch), list[str]()
    house = Housekeeping((Chore("a", 5, lambda: done.append("a")), Chore("b", 300, lambda: done.append("b"))))
    house.round(NEVER)
    house.round(NEVER)
    assert done == ["a", "b"]
    host.now += 6
    house.round(NEVER)
    assert done == ["a", "b", "a"]


def test_an_error_of_one_chore_does_not_keep_the_others_from_their_turn() -> None:
    done: list[str] = []

    def fail() -> None:
        raise OSError("the disk is away")

    Housekeeping((Chore("a", 5, fail), Chore("b", 5, lambda: done.append("b")))).round(NEVER)
    assert done == ["b"]


def test_one_process_of_a_host_does_it_at_a_time() -> None:
    done: list[str] = []
    house = Housekeeping((Chore("a", 5, lambda: done.append("a")),))
    run_folder().mkdir(parents=True)
    with (run_folder() / f"housekeeping-{host_name()}.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        house.round(NEVER)
        assert done == []
    house.round(NEVER)
    assert done == ["a"]


def test_a_stop_ends_the_round() -> None:
    stopped, done = threading.Event(), list[str]()
    house = Housekeeping((Chore("a", 5, stopped.set), Chore("b", 5, lambda: done.append("b"))))
    house.run(stopped)
    assert done == []


@pytest.mark.django_db(transaction=True)
def test_an_engine_does_it_all_when_it_starts(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(channels, "_channels", {"wire": lambda delivery: sent.append(delivery.key)})
    deliver(event=record(type="test.happened"), channel="wire", target="t", key="k", payload={})
    left = [folder(work_root() / "left-behind"), folder(data_dir / "output" / str(uuid.uuid4()))]
    engine = Engine(slots=1)
    engine.start()
    try:
        until(lambda: sent and not any(path.exists() for path in left), "the engine does not keep its house")
    finally:
        engine.stop()
    assert Delivery.objects.get().state == "sent"


def test_with_a_broker_its_beat_sends(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "send_due", lambda: 7)
    assert housekeeping.send_without_broker() == 7
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert housekeeping.send_without_broker() == 0
