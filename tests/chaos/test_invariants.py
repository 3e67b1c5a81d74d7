"""Each invariant, broken by hand, is reported by its name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from autodev.accounts.models import Workspace
from autodev.events.models import Delivery, Event
from autodev.lib.clock import utcnow
from bench.chaos.judges.findings import Broken
from bench.chaos.judges.invariants import INVARIANTS, invariants
from bench.chaos.judges.trial import judge
from projects.models import Attempt, Build, Step, Task
from tests.chaos.conftest import Ended

pytestmark = [pytest.mark.feature("F3.6", "F3.11"), pytest.mark.django_db(transaction=True)]


def broken() -> dict[str, str]:
    return {verdict.name: str(verdict.broken[0]) for verdict in invariants() if not verdict.kept}


def zombie_step(ended: Ended) -> None:
    Step.objects.create(task=ended.task("left"), key="late", epoch=9)


def late_step(ended: Ended) -> None:
    late = utcnow() + dt.timedelta(minutes=1)
    Step.objects.filter(task=ended.task("left"), key="left-2").update(created_at=late)


def lost_success(ended: Ended) -> None:
    Attempt.objects.filter(task=ended.task("left")).update(outcome="lost")


def leaseless(ended: Ended) -> None:
    Task.objects.filter(pk=ended.task("left").pk).update(state="running")


def timeless(ended: Ended) -> None:
    Task.objects.filter(pk=ended.task("left").pk).update(state="waiting")


def risen(ended: Ended) -> None:
    Build.objects.filter(pk=ended.build.pk).update(version=ended.build.version + 1)
    Event.objects.create(
        build_id=ended.build.pk, version=ended.build.version + 1, type="task.ready", task_id=ended.task("left").pk
    )


def gap(ended: Ended) -> None:
    Event.objects.filter(build_id=ended.build.pk, version=3).delete()


def silent_end(ended: Ended) -> None:
    Build.objects.filter(pk=ended.build.pk).update(state="failed")


def epoch_back(ended: Ended) -> None:
    claims = Event.objects.filter(type="task.claimed", task_id=ended.task("left").pk)
    claims.update(payload={"epoch": 0})


def over_budget(ended: Ended) -> None:
    Task.objects.filter(pk=ended.task("left").pk).update(crashes=4)


def unclaimed(ended: Ended) -> None:
    Attempt.objects.create(task=ended.task("left"), epoch=0, owner="x", outcome="lost")


def open_attempt(ended: Ended) -> None:
    Attempt.objects.filter(task=ended.task("left")).update(outcome="running")


def wrong_workspace(ended: Ended) -> None:
    Workspace.objects.update(state="degraded_mode")


def alive_in_ended(ended: Ended) -> None:
    Task.objects.filter(pk=ended.task("left").pk).update(state="ready")


def early(ended: Ended) -> None:
    Task.objects.filter(pk=ended.task("left").pk).update(state="failed")


def unsent(ended: Ended) -> None:
    event = Event.objects.filter(build_id=ended.build.pk).first()
    assert event is not None
    ago = utcnow() - dt.timedelta(minutes=5)
    Delivery.objects.create(event=event, key="k", channel="mail", target="a@example.org", next_at=ago)


PLANTED: list[tuple[str, Callable[[Ended], None], str]] = [
    ("I1", zombie_step, "never ran"),
    ("I1", late_step, "after its attempt had ended"),
    ("I1", lost_success, "its attempt 1 lost"),
    ("I2", leaseless, "running without an end"),
    ("I2", timeless, "waiting without an end"),
    ("I3", risen, "task.ready after its end"),
    ("I5", gap, "its events are"),
    ("I5", silent_end, "is failed without an event"),
    ("I6", epoch_back, "claimed at epoch 0"),
    ("I7", over_budget, "4 crashes"),
    ("I8", unclaimed, "1 claims and 2 attempts"),
    ("I10", open_attempt, "never ended"),
    ("I11", wrong_workspace, "its tasks say active"),
    ("I12", alive_in_ended, "left is ready in an ended build"),
    ("I12", early, "is done before what it needs"),
    ("I13", unsent, "is due and was not sent"),
]


def test_all_hold_where_nothing_went_wrong(ended: Ended) -> None:
    assert broken() == {}
    assert len({name for name, _, _ in INVARIANTS}) == len(INVARIANTS)


@pytest.mark.parametrize(("name", "plant", "word"), PLANTED, ids=[plant.__name__ for _, plant, _ in PLANTED])
def test_what_is_planted_is_reported(ended: Ended, name: str, plant: Callable[[Ended], None], word: str) -> None:
    plant(ended)
    found = broken()
    assert name in found
    assert word in found[name]


def test_what_the_watch_saw_counts(ended: Ended) -> None:
    seen = [Broken("I6", "a task", "its epoch fell from 3 to 2")]
    assert [verdict.name for verdict in invariants(seen) if not verdict.kept] == ["I6"]


def test_the_trial_holds_all_judges(ended: Ended) -> None:
    verdicts = judge(accepted=ended.accepted, effects=ended.effects, seen=[], data=ended.data, whole=False)
    names = {verdict.name for verdict in verdicts}
    assert names >= {"lost", "stuck", "twice", "success", "repositories", *(f"I{number}" for number in range(1, 15))}
    assert [verdict.name for verdict in verdicts if not verdict.kept] == []
    lost = judge(accepted={"k": ["0" * 32]}, effects=[], seen=[], data=ended.data, whole=False)
    assert {"lost", "I14"} <= {verdict.name for verdict in lost if not verdict.kept}
