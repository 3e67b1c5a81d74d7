"""A build runs again from any task or step."""

from __future__ import annotations

import pytest

from autodev.events.models import Event
from projects.models import Attempt, Build, Check, Step, Task
from projects.repository.repository import repository_of
from projects.services import cancel_build, replay_build
from projects.services.errors import NoSuchStep, WrongState
from projects.states import BuildState
from tests.steering.conftest import Run

pytestmark = pytest.mark.feature("F3.7")
EVERY = ("understand", "research", "plan", "implement", "validate", "refine", "deliver")


@pytest.fixture
def ended(quick: Run) -> Run:
    quick.steps(*EVERY)
    assert quick.build.is_final
    return quick


@pytest.mark.parametrize("start", ["", "understand"])
def test_from_the_beginning_everything_runs_again_and_nothing_is_deleted(ended: Run, start: str) -> None:
    head, steps, attempts = ended.build.head, Step.objects.count(), Attempt.objects.count()
    build = replay_build(build=ended.build, user=ended.user, start=start)
    assert (build.state, build.head, build.phase, build.progress) == (BuildState.RUNNING, "", "understand", 0)
    assert (build.metrics, build.last_green, build.sandbox_level) == ({}, "", "")
    assert not Check.objects.exists()
    assert ended.states() == {"understand": "ready", **dict.fromkeys(EVERY[1:], "pending")}
    ended.steps(*EVERY)
    assert ended.build.is_final
    repository = repository_of(ended.build.project_id)
    assert repository.has(head)
    assert repository.files(ended.build.head) == repository.files(head)
    assert Step.objects.count() > steps
    assert Attempt.objects.count() == attempts + len(EVERY)


def test_from_a_task_what_was_before_it_stays(ended: Run) -> None:
    digests = dict(Check.objects.values_list("key", "digest"))
    first = Task.objects.get(key="implement")
    build = replay_build(build=ended.build, user=ended.user, start=str(first.pk))
    assert build.head == ""
    assert [key for key, state in ended.states().items() if state == "succeeded"] == ["understand", "research", "plan"]
    assert dict(Check.objects.values_list("key", "digest")) == digests
    event = Event.objects.get(type="build.replayed")
    assert (event.actor, event.payload["task"], event.payload["tasks"]) == (ended.user, "implement", 4)
    ended.steps(*EVERY[3:])
    assert ended.build.is_final


def test_from_the_delivery_no_figure_is_measured_again(ended: Run) -> None:
    before = ended.build
    build = replay_build(build=ended.build, user=None, start="deliver")
    assert (build.head, build.last_green) == (before.head, before.last_green)
    assert build.metrics["ladder_ms"] == before.metrics["ladder_ms"]
    assert ended.states()["validate"] == "succeeded"
    ended.steps("deliver")
    assert ended.build.state == before.state


def test_from_a_step_the_journal_before_it_stays_done(ended: Run) -> None:
    research = Task.objects.get(key="research")
    resolve, looked_up = research.steps.order_by("created_at")
    replay_build(build=ended.build, user=None, start=str(looked_up.pk))
    keys = set(research.steps.values_list("key", flat=True))
    assert "resolve" in keys
    assert "technologies" not in keys
    ended.steps("research")
    assert research.steps.get(key="resolve").pk == resolve.pk  # not asked twice
    assert research.steps.filter(key="technologies").exists()
    with pytest.raises(NoSuchStep, match="undone"):
        replay_build(build=ended.build, user=None, start=str(looked_up.pk))


def test_from_a_step_after_a_checkpoint_the_files_are_those_of_the_checkpoint(ended: Run) -> None:
    implement = Task.objects.get(key="implement")
    last = implement.steps.exclude(commit="").latest("created_at")
    later = Step.objects.create(task=implement, key="later", epoch=implement.epoch)
    build = replay_build(build=ended.build, user=None, start=str(later.pk))
    implement.refresh_from_db()
    assert (build.head, implement.head) == (last.commit, last.commit)
    assert implement.steps.filter(key=last.key).exists()


def test_what_cannot_be_run_again_is_told(run: Run, ended: Run) -> None:
    for start in ("nothing", "0198c7a0-0000-7000-8000-000000000000"):
        with pytest.raises(NoSuchStep):
            replay_build(build=ended.build, user=None, start=start)
    cancel = Run(ended.build.workspace, ended.user, blueprint="probe")
    with pytest.raises(WrongState, match="not run yet"):
        replay_build(build=cancel.build, user=None)
    cancel.steps("understand")
    with pytest.raises(WrongState, match="not run yet"):
        replay_build(build=cancel.build, user=None, start="plan")
    cancel_build(build=cancel.build, user=None)
    with pytest.raises(WrongState, match="cancelled"):
        replay_build(build=cancel.build, user=None)
    Task.objects.filter(build=cancel.build).delete()
    with pytest.raises(NoSuchStep):
        replay_build(build=Build.objects.get(pk=cancel.build.pk), user=None)
