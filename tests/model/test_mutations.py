"""The engine with one guard taken away does what the guard is there to keep from happening: so these tests, and the
machine beside them, can see it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.models import QuerySet

from autodev.contracts.ports import Fenced
from autodev.lib import rows as statements
from autodev.lib.clock import shifted
from autodev.lib.rows import Statement
from projects.engine import context, decisions, finish, hooks, journal
from projects.engine.outcome import Succeeded
from projects.engine.sweep import sweep
from projects.models import Attempt, Task
from projects.states import TaskState
from tests.model.real import NOTE, Holder, effects, new_build, row_of, take

pytestmark = pytest.mark.django_db(transaction=True)
DONE = Succeeded(merge=False)


@pytest.fixture(autouse=True)
def _alone(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_hook", lambda failure: None)


def without_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every write of a worker is let through."""
    for module in (journal, context):
        monkeypatch.setattr(module, "fence", lambda task_id, epoch, **changes: None)


def without_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ends of an attempt compare the state alone."""
    right = statements.change

    def change(model: Any, held: dict[str, Any], changes: dict[str, Any]) -> Statement:
        return right(
            model, {name: value for name, value in held.items() if name != "epoch" or model is not Task}, changes
        )

    monkeypatch.setattr(statements, "change", change)


def without_swap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision is written wherever the task is."""

    def anywhere(task_id: uuid.UUID, epoch: int, actor: object) -> QuerySet[Task]:
        return Task.objects.filter(pk=task_id)

    monkeypatch.setattr(decisions, "undecided", anywhere)


def woken_beside_its_successor() -> tuple[Holder, Holder]:
    """A worker that slept through its lease, and the one that has its task now."""
    new_build()
    zombie = take("a")
    with shifted(31):
        assert sweep().lost == 1
        successor = take("b")
    assert zombie is not None
    assert successor is not None
    assert (successor.task_id, successor.epoch) == (zombie.task_id, zombie.epoch + 2)
    return zombie, successor


@pytest.mark.feature("F3.6")
def test_a_zombie_is_fenced() -> None:
    zombie, successor = woken_beside_its_successor()
    successor.note()
    for act in (zombie.note, zombie.step, lambda: finish.succeed(zombie.claimed, DONE)):
        with pytest.raises(Fenced):
            act()
    assert effects(zombie.task_id, NOTE) == 1
    finish.succeed(successor.claimed, DONE)
    assert row_of(zombie.task_id).merges == 1


@pytest.mark.feature("F3.6")
def test_without_the_fence_a_zombie_does_the_effect_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    without_fence(monkeypatch)
    zombie, successor = woken_beside_its_successor()
    successor.note()
    zombie.note()
    assert effects(zombie.task_id, NOTE) == 2


def test_without_the_epoch_a_zombie_ends_the_task_of_its_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    without_epoch(monkeypatch)
    zombie, successor = woken_beside_its_successor()
    finish.succeed(zombie.claimed, DONE)
    assert row_of(zombie.task_id).state == "succeeded"
    assert Attempt.objects.get(task=zombie.task_id, epoch=successor.epoch).outcome == "running"
    with pytest.raises(Fenced):
        finish.succeed(successor.claimed, DONE)


def failed_task() -> Task:
    new_build()
    holder = take("a")
    assert holder is not None
    finish.fail_attempt(holder.claimed, kind="work", message="m", fingerprint="f")
    return Task.objects.get(pk=holder.task_id)


def both_decide(task: Task) -> list[bool]:
    """Two deciders that read the same failure."""
    told: dict[str, Any] = {"task_id": task.pk, "epoch": task.epoch, "reason": "the test"}
    acts: list[Callable[[], bool]] = [lambda: decisions.give_up(**told), lambda: decisions.retry(**told)]
    read = decisions._read(task.pk, task.epoch)
    assert read is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decisions, "_read", lambda task_id, epoch: read)  # both had read it before the first one wrote
        return [act() for act in acts]


@pytest.mark.feature("F3.6")
def test_of_two_deciders_one_acts() -> None:
    task = failed_task()
    assert both_decide(task) == [True, False]
    assert row_of(task.pk).state == "failed"


@pytest.mark.feature("F3.6")
def test_without_compare_and_swap_two_deciders_both_act(monkeypatch: pytest.MonkeyPatch) -> None:
    without_swap(monkeypatch)
    task = failed_task()
    assert both_decide(task) == [True, True]
    assert Task.objects.get(pk=task.pk).state == TaskState.READY  # a task that had FAILED for good
