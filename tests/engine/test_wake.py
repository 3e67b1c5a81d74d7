"""Waits that lost their reason: a few wake at once, the rest soon, nobody in a herd; and who goes first then."""

from __future__ import annotations

import datetime as dt

import pytest

from autodev.accounts.models import Workspace, WorkspaceState
from autodev.events.models import Event
from autodev.lib.clock import shifted, utcnow
from projects.engine import front, sweep
from projects.engine.claim import claim
from projects.engine.policy import HANDICAP_S
from projects.engine.wake import SPREAD_S, wake_waiting
from projects.models import Build, Task, Turn
from projects.states import PERSON, RECOVERY, BuildState, TaskState
from tests.factories.projects import BuildFactory, TaskFactory

HOUR = dt.timedelta(hours=1)


def waits(build: Build, key: str, *, since: int = 0, reason: str = "provider:alpha is away") -> Task:
    """Waits for another hour, since so many minutes."""
    return TaskFactory.create(
        build=build, key=key, state=TaskState.WAITING, wait_reason=reason, next_run_at=utcnow() + HOUR,
        progress_at=utcnow() - dt.timedelta(minutes=since),
    )  # fmt: skip


def ready() -> set[str]:
    return set(Task.objects.filter(state=TaskState.READY).values_list("key", flat=True))


def test_those_that_waited_longest_wake_and_go_first(build: Build) -> None:
    for key, since in [("young", 1), ("old", 30), ("older", 60)]:
        waits(build, key, since=since)
    TaskFactory.create(build=build, key="new", priority=-50)
    assert wake_waiting(build.workspace_id, reason_prefix="provider:alpha", most=2) == 2
    assert ready() == {"old", "older", "new"}
    taken = [claim("w"), claim("w"), claim("w")]
    assert [one.task.key for one in taken if one] == ["old", "older", "new"]
    assert Event.objects.filter(type="task.ready").count() == 2


def test_the_others_follow_spread_and_none_later_than_before(build: Build) -> None:
    for number in range(5):
        waits(build, f"t{number}", since=10 - number)
    soon = waits(build, "soon", since=0)
    Task.objects.filter(pk=soon.pk).update(next_run_at=utcnow() + dt.timedelta(seconds=3))
    assert wake_waiting(build.workspace_id, reason_prefix="provider:", most=2) == 2
    assert sweep.wake() == 0
    with shifted(SPREAD_S + 0.5):
        sweep.wake()
    assert ready() == {"t0", "t1", "t2", "t3", "soon"}
    with shifted(2 * SPREAD_S + 0.5):
        sweep.wake()
    assert ready() == {"t0", "t1", "t2", "t3", "t4", "soon"}
    assert Task.objects.get(key="t4").priority <= front.LIMIT


def test_other_reasons_workspaces_and_ended_builds_are_left_alone(build: Build) -> None:
    waits(build, "other", reason="provider:beta")
    waits(build, "undecided", reason=RECOVERY)
    waits(build, "person", reason=PERSON)
    elsewhere = BuildFactory.create()
    waits(elsewhere, "elsewhere")
    waits(BuildFactory.create(project=build.project, state=BuildState.FAILED), "ended")
    assert wake_waiting(build.workspace_id, reason_prefix="provider:alpha", most=9) == 0
    assert wake_waiting(build.workspace_id, reason_prefix="", most=9) == 1
    assert wake_waiting(None, reason_prefix="provider:alpha", most=9) == 1
    assert ready() == {"other", "elsewhere"}


def test_workspaces_wake_by_turns(build: Build) -> None:
    for number in range(3):
        waits(build, f"many{number}", since=60)
    waits(BuildFactory.create(), "one", since=1)
    assert wake_waiting(None, reason_prefix="provider:", most=2) == 2
    assert "one" in ready()


def test_nothing_wakes_where_nothing_may(build: Build) -> None:
    waits(build, "t")
    assert wake_waiting(None, reason_prefix="provider:", most=0) == 0
    with shifted(SPREAD_S + 0.5):
        assert sweep.wake() == 1


@pytest.fixture
def two(db: None) -> tuple[Workspace, Workspace]:
    """A workspace that is well and one that recovers, with much to do; the latter's turn is the older."""
    found = []
    for key in ("well", "ill"):
        build = BuildFactory.create()
        for number in range(9):
            TaskFactory.create(build=build, key=f"{key}{number}")
        found.append(build.workspace)
    well, ill = found
    Turn.objects.create(workspace=ill, served_at=utcnow() - dt.timedelta(seconds=2))
    Turn.objects.create(workspace=well, served_at=utcnow() - dt.timedelta(seconds=1))
    return well, ill


def served(number: int) -> list[str]:
    taken = [claim("w") for _ in range(number)]
    return ["".join(filter(str.isalpha, one.task.key)) for one in taken if one]


def test_active_workspaces_take_turns(two: tuple[Workspace, Workspace]) -> None:
    assert served(4) == ["ill", "well", "ill", "well"]


@pytest.mark.parametrize("state", [WorkspaceState.AUTO_RECOVERING, WorkspaceState.DEGRADED_MODE])
def test_new_work_of_a_workspace_that_recovers_lets_others_pass_but_never_stops(
    two: tuple[Workspace, Workspace], state: WorkspaceState
) -> None:
    _, ill = two
    Workspace.objects.filter(pk=ill.pk).update(state=state)
    assert served(3) == ["well"] * 3
    with shifted(HANDICAP_S[state] + 1):
        assert served(1) == ["well"]
        assert served(1) == ["ill"]
    Task.objects.filter(key__startswith="well").delete()
    assert served(2) == ["ill", "ill"]


def test_recovered_work_is_not_slowed(two: tuple[Workspace, Workspace]) -> None:
    _, ill = two
    Workspace.objects.filter(pk=ill.pk).update(state=WorkspaceState.DEGRADED_MODE)
    Task.objects.filter(key="ill7").update(priority=front.to_front())
    taken = claim("w")
    assert taken is not None
    assert taken.task.key == "ill7"


def test_every_state_of_a_workspace_has_its_place() -> None:
    assert set(HANDICAP_S) == set(WorkspaceState)
    assert HANDICAP_S[WorkspaceState.ACTIVE] == 0
