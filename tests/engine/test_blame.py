"""A task is set apart for the deaths that it caused, and not for those of a worker that ran others too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autodev.lib.clock import shifted
from projects.engine import incarnation, sweep, timing
from projects.engine.blame import APART, Death
from projects.engine.claim import claim
from projects.engine.incarnation import Life, boot_id, host_restarted, lock_path
from projects.models import Attempt, Build, Incarnation, Task
from projects.states import TaskState
from recovery.models import RecoveryAttempt
from tests.factories.projects import TaskFactory


def dies(*, after_s: float = 0.0) -> list[str]:
    """A worker takes all that is ready and dies; gives the keys in the order in which it took them."""
    with shifted(after_s):
        life = Life(slots=4)
        life.begin()
        sweep.wake()
        taken = []
        while claimed := claim(life.name):
            taken.append(claimed.task.key)
        assert life._lock is not None
        os.close(life._lock)  # as the kernel does at its death
        sweep.revoke_dead()
    return taken


def crashes() -> dict[str, int]:
    return dict(Task.objects.values_list("key", "crashes"))


@pytest.mark.feature("F3.6")
def test_a_long_task_outlives_three_deaths_of_a_worker_that_ran_others_too(task: Task) -> None:
    for number in range(timing.MAX_CRASHES):
        TaskFactory.create(build=task.build, key=f"beside-{number}")
        taken = dies(after_s=1000.0 * number)
        assert {task.key, f"beside-{number}"} <= set(taken)
    task.refresh_from_db()
    assert (task.state, task.crashes) != (TaskState.QUARANTINED, timing.MAX_CRASHES)
    assert set(crashes().values()) == {0}
    lost = Attempt.objects.filter(task=task).first()
    assert lost is not None
    assert lost.details == {"beside": 1, "rebooted": False, "unclear": True, "counts": False}


def test_who_is_alone_on_the_worker_is_to_blame(task: Task) -> None:
    for _ in range(timing.MAX_CRASHES):
        assert dies() == [task.key]
    task.refresh_from_db()
    assert (task.state, task.crashes) == (TaskState.QUARANTINED, 3)
    assert [one.details["counts"] for one in task.attempt_rows.all()] == [True, True, True]


@pytest.mark.feature("F3.6")
def test_what_takes_its_worker_down_is_found_among_the_innocent(task: Task) -> None:
    """The poison is begun last and is tried alone while the other is held back; the other is never counted."""
    TaskFactory.create(build=task.build, key="poison", priority=5)
    assert dies() == [task.key, "poison"]
    assert dies() == [task.key, "poison"]
    task.refresh_from_db()
    assert (task.state, task.wait_reason) == (TaskState.WAITING, APART)
    for _ in range(timing.MAX_CRASHES):
        assert dies() == ["poison"]
    assert crashes() == {"only": 0, "poison": 3}
    assert Task.objects.get(key="poison").state == TaskState.QUARANTINED
    reasons = [row.reasons for row in RecoveryAttempt.objects.filter(task=task).order_by("number")]
    assert [len(one) for one in reasons] == [2, 2]
    assert "apart" in reasons[1][1]


def test_the_wait_apart_is_over_by_its_timer_and_not_past_the_deadline(task: Task) -> None:
    TaskFactory.create(build=task.build, key="newer", priority=5)
    dies()
    Build.objects.update(deadline_at=None)
    dies()
    assert sweep.sweep().woken == 0
    with shifted(timing.APART_LADDER_S[0] + 1):
        assert sweep.sweep().woken == 1
    task.refresh_from_db()
    assert (task.state, task.wait_reason) == (TaskState.READY, "")


def test_a_death_that_blames_nobody_is_still_bounded(task: Task) -> None:
    """What never runs alone is stopped too: of four deaths in a row one counts."""
    for number in range(timing.UNCLEAR_DEATHS * timing.MAX_CRASHES):
        assert Task.objects.get(pk=task.pk).state != TaskState.QUARANTINED
        TaskFactory.create(build=task.build, key=f"beside-{number}", critical=False)
        Task.objects.filter(pk=task.pk, state=TaskState.WAITING).update(state=TaskState.READY, next_run_at=None)
        assert task.key in dies()
    task.refresh_from_db()
    assert (task.state, task.crashes) == (TaskState.QUARANTINED, 3)


def test_a_neighbour_that_was_revoked_a_moment_ago_still_counts_as_one(task: Task) -> None:
    """Leases of one worker do not run out at the same moment, and two sweepers may share them."""
    TaskFactory.create(build=task.build, key="other", priority=5)
    assert claim("elsewhere")
    with shifted(8):
        assert claim("elsewhere")
    with shifted(timing.LEASE_S + 1):
        assert sweep.sweep().lost == 1
    with shifted(timing.LEASE_S + 9):
        assert sweep.sweep().lost == 1
    assert crashes() == {"only": 0, "other": 0}


def test_a_host_that_went_down_blames_nobody(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tmp_path / "boot_id"
    before.write_text("an-earlier-start\n")
    now = incarnation.BOOT_ID
    monkeypatch.setattr(incarnation, "BOOT_ID", before)
    life = Life(slots=1)
    life.begin()
    assert claim(life.name)
    assert life._lock is not None
    os.close(life._lock)
    assert not host_restarted(life.name)
    monkeypatch.setattr(incarnation, "BOOT_ID", now)
    assert host_restarted(life.name)
    assert sweep.sweep().lost == 1
    task.refresh_from_db()
    assert (task.state, task.crashes) == (TaskState.READY, 0)
    assert Attempt.objects.get().details["rebooted"]
    assert Incarnation.objects.get().stopped_at is not None


def test_a_kernel_that_does_not_say_when_it_began_excuses_nobody(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incarnation, "BOOT_ID", tmp_path / "nothing")
    assert boot_id() == ""
    life = Life(slots=1)
    life.begin()
    assert not host_restarted(life.name)
    life.give_up_lock()
    assert not lock_path(life.name).exists()
    assert not host_restarted(life.name)


@pytest.mark.parametrize(
    ("death", "counts", "apart_s"),
    [
        (Death(), True, 0.0),
        (Death(unclear_before=2), True, 0.0),
        (Death(beside=1), False, 0.0),
        (Death(beside=1, newest=False), False, 0.0),
        (Death(beside=1, newest=False, unclear_before=1), False, 5.0),
        (Death(beside=1, newest=False, unclear_before=2), False, 10.0),
        (Death(beside=3, newest=True, unclear_before=2), False, 0.0),
        (Death(beside=1, newest=False, unclear_before=3), True, 20.0),
        (Death(beside=1, newest=False, unclear_before=9), False, 30.0),
        (Death(rebooted=True), False, 0.0),
        (Death(rebooted=True, newest=False, unclear_before=3), True, 0.0),
    ],
)
def test_what_a_death_says(death: Death, counts: bool, apart_s: float) -> None:
    assert (death.counts, death.apart_s) == (counts, apart_s)
