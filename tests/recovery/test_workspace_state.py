"""The state of a workspace follows from its tasks, whatever happens to them, and only along the edges of seeds 004."""

from __future__ import annotations

import datetime as dt
import uuid
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autodev.accounts.models import User, Workspace, WorkspaceState
from autodev.events import notify as notifying
from autodev.events.models import Event
from autodev.lib.clock import utcnow
from projects.models import Build, Task
from projects.states import BuildState, TaskState
from recovery.members import accept_task
from recovery.models import RecoveryAttempt
from recovery.off_loop import off_loop
from recovery.states import RecoveryState
from recovery.steps import look_after
from recovery.workspace import moves
from recovery.workspace.facts import facts_of
from recovery.workspace.moves import (
    NotSoByFacts,
    WorkspaceStatus,
    follow,
    follow_all,
    set_status,
    update_workspace_status,
)
from recovery.workspace.states import EDGES, Facts, state_of, way
from tests.factories.accounts import WorkspaceFactory
from tests.factories.projects import BuildFactory, TaskFactory
from tests.factories.recovery import RecoveryAttemptFactory

pytestmark = pytest.mark.feature("F3.5")
ACTIVE, RECOVERING, DEGRADED = WorkspaceState.ACTIVE, WorkspaceState.AUTO_RECOVERING, WorkspaceState.DEGRADED_MODE


def state(workspace: Workspace) -> str:
    workspace.refresh_from_db()
    return workspace.state


def test_the_edges_are_those_of_seeds_004_and_one() -> None:
    edges = {(start, end) for start, ends in EDGES.items() for end in ends}
    assert edges == {
        (ACTIVE, RECOVERING), (RECOVERING, ACTIVE), (RECOVERING, DEGRADED), (DEGRADED, ACTIVE), (DEGRADED, RECOVERING),
    }  # fmt: skip


@given(start=st.sampled_from(WorkspaceState), end=st.sampled_from(WorkspaceState))
def test_every_way_goes_along_edges(start: WorkspaceState, end: WorkspaceState) -> None:
    steps = [start, *way(start, end)]
    assert steps[-1] == end
    assert all(after in EDGES[before] for before, after in pairwise(steps))


@given(recovering=st.integers(0, 9), degraded=st.integers(0, 9))
def test_what_the_facts_give(recovering: int, degraded: int) -> None:
    expected = RECOVERING if recovering else DEGRADED if degraded else ACTIVE
    assert state_of(Facts(recovering=recovering, degraded=degraded)) == expected


@pytest.mark.parametrize(
    ("task", "attempt", "expected"),
    [
        ({"state": "waiting", "wait_reason": "recovery"}, None, RECOVERING),
        ({"state": "waiting", "wait_reason": "person"}, None, RECOVERING),
        ({"state": "waiting", "wait_reason": "person"}, "applied", RECOVERING),
        ({"state": "waiting", "wait_reason": "a limit"}, "applied", RECOVERING),
        ({"state": "waiting", "wait_reason": "provider:x"}, None, ACTIVE),
        ({"state": "running"}, "applied", RECOVERING),
        ({"state": "superseded"}, "applied", RECOVERING),
        ({"state": "running"}, "relapsed", ACTIVE),
        ({"state": "running"}, None, ACTIVE),
        ({"state": "succeeded"}, "applied", ACTIVE),
        ({"state": "degraded"}, None, DEGRADED),
        ({"state": "quarantined"}, None, DEGRADED),
        ({"state": "failed"}, "exhausted", DEGRADED),
        ({"state": "failed"}, None, ACTIVE),
        ({"state": "degraded", "accepted_at": utcnow()}, None, ACTIVE),
        ({"state": "failed", "accepted_at": utcnow()}, "exhausted", ACTIVE),
    ],
)
def test_which_tasks_count(
    build: Build, workspace: Workspace, task: dict[str, object], attempt: str | None, expected: WorkspaceState
) -> None:
    row = TaskFactory.create(build=build, **task)
    if attempt is not None:
        RecoveryAttemptFactory.create(task=row, state=attempt)
    assert state_of(facts_of([workspace.pk])[workspace.pk]) == expected
    assert follow(workspace.pk) == expected
    assert state(workspace) == expected


@pytest.mark.parametrize("what", ["waiting", "degraded"])
def test_a_cancelled_build_does_not_count(build: Build, workspace: Workspace, what: str) -> None:
    TaskFactory.create(build=build, state=what, wait_reason="recovery")
    Build.objects.update(state=BuildState.CANCELLED)
    assert facts_of([workspace.pk]) == {workspace.pk: Facts()}


def test_a_later_green_task_of_the_same_key_makes_good(build: Build, workspace: Workspace) -> None:
    at = utcnow()
    TaskFactory.create(build=build, key="docs", state=TaskState.DEGRADED, finished_at=at)
    again = BuildFactory.create(project=build.project)
    earlier = TaskFactory.create(
        build=again, key="docs", state=TaskState.SUCCEEDED, finished_at=at - dt.timedelta(hours=1)
    )
    elsewhere = BuildFactory.create(project__workspace=workspace)
    TaskFactory.create(build=elsewhere, key="docs", state=TaskState.SUCCEEDED, finished_at=at + dt.timedelta(hours=1))
    assert facts_of()[workspace.pk].degraded == 1
    Task.objects.filter(pk=earlier.pk).update(finished_at=at + dt.timedelta(seconds=1))
    assert facts_of() == {}


def test_a_move_is_told_once_for_each_edge(
    build: Build, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    hints: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(moves, "notify", lambda topic, hint: hints.append((topic, hint)))
    TaskFactory.create(build=build, state=TaskState.DEGRADED)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator] # pytest-django's
        follow(workspace.pk)
        follow(workspace.pk)
    told = Event.objects.filter(type="alert.workspace_state").order_by("created_at", "id")
    assert [(one.payload["from"], one.payload["to"]) for one in told] == [
        ("active", "auto_recovering"), ("auto_recovering", "degraded_mode"),
    ]  # fmt: skip
    assert {one.workspace_id for one in told} == {workspace.pk}
    assert told[0].build_id is None
    assert told[1].payload["degraded"] == 1
    topic = notifying.workspace_topic(workspace.pk)
    assert hints == [(topic, {"type": "workspace.state", "id": str(workspace.pk), "version": 0})] * 2


def test_who_loses_the_swap_leaves_it_to_the_next_look(
    build: Build, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    TaskFactory.create(build=build, state=TaskState.WAITING, wait_reason="recovery")
    original = Workspace.objects.filter

    def taken(*given: object, **where: object) -> object:
        if "state" in where:
            return original(pk=uuid.uuid4())
        return original(*given, **where)

    monkeypatch.setattr(Workspace.objects, "filter", taken)
    assert follow(workspace.pk) == ACTIVE
    assert not Event.objects.filter(type="alert.workspace_state").exists()


def test_acceptance_brings_the_workspace_back(build: Build, workspace: Workspace, user: User) -> None:
    task = TaskFactory.create(build=build, state=TaskState.DEGRADED)
    follow_all()
    assert state(workspace) == DEGRADED
    accept_task(task=task, user=user)
    assert state(workspace) == ACTIVE


def test_the_sweep_sets_a_stale_state_right_in_few_queries(build: Build, workspace: Workspace) -> None:
    others = [WorkspaceFactory.create(state=RECOVERING) for _ in range(3)]
    TaskFactory.create(build=build, state=TaskState.QUARANTINED)
    look_after()
    assert [state(one) for one in [workspace, *others]] == [DEGRADED, ACTIVE, ACTIVE, ACTIVE]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert follow_all() == 0
    assert len(asked) == 2


def test_the_names_of_seeds_004_cannot_set_what_is_not_so(build: Build, workspace: Workspace) -> None:
    assert WorkspaceStatus.AUTO_RECOVERING.value == "auto_recovering"
    assert set_status(workspace.pk, "active") == ACTIVE
    with pytest.raises(NotSoByFacts, match="make it “Active”, not “Degraded”"):
        set_status(workspace.pk, WorkspaceStatus.DEGRADED_MODE.value)
    with pytest.raises(ValueError, match="busy"):
        set_status(workspace.pk, "busy")
    TaskFactory.create(build=build, state=TaskState.WAITING, wait_reason="recovery")
    assert set_status(workspace.pk, "auto_recovering") == RECOVERING


@pytest.mark.django_db(transaction=True)
async def test_the_coroutine_of_seeds_004() -> None:
    workspace = await off_loop(WorkspaceFactory.create)
    assert await update_workspace_status(str(workspace.pk), WorkspaceStatus.ACTIVE.value) == ACTIVE
    with pytest.raises(NotSoByFacts):
        await update_workspace_status(workspace.pk, WorkspaceStatus.AUTO_RECOVERING.value)


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from([
            "fail", "decide", "run", "succeed", "degrade", "give up", "quarantine", "accept", "replay", "cancel build",
            "revive", "relapse",
        ]),
        st.booleans(),
    ),
    max_size=25,
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(changes=CHANGES)
def test_after_any_changes_and_a_look_the_state_is_that_of_the_facts(changes: list[tuple[int, str, bool]]) -> None:
    with transaction.atomic():
        workspace = WorkspaceFactory.create(slug=f"w-{uuid.uuid4().hex[:12]}")
        builds = [BuildFactory.create(project__workspace=workspace, state="running") for _ in range(2)]
        tasks = [TaskFactory.create(build=builds[number % 2], key=f"k{number // 2}") for number in range(4)]
        for which, what, look in changes:
            change(tasks[which], what)
            if look:
                look_after()
                check(workspace)
        look_after()
        check(workspace)
        told = Event.objects.filter(workspace_id=workspace.pk, type="alert.workspace_state").order_by("pk")
        states = ["active"] + [one.payload["to"] for one in told]
        assert [one.payload["from"] for one in told] == states[:-1]
        assert all(WorkspaceState(end) in EDGES[WorkspaceState(start)] for start, end in pairwise(states))
        assert states[-1] == state(workspace)
        transaction.set_rollback(True)


def check(workspace: Workspace) -> None:
    assert state(workspace) == state_of(facts_of([workspace.pk])[workspace.pk])


def change(task: Task, what: str) -> None:
    """What some process may do to a task, without telling recovery."""
    rows, attempts = Task.objects.filter(pk=task.pk), RecoveryAttempt.objects.filter(task=task)
    applied = attempts.filter(state=RecoveryState.APPLIED)
    match what:
        case "fail":
            rows.update(state=TaskState.WAITING, wait_reason="recovery")
        case "decide":
            applied.update(state=RecoveryState.RELAPSED)
            RecoveryAttemptFactory.create(task=task)
            rows.update(state=TaskState.WAITING, wait_reason="It passes.")
        case "run":
            rows.update(state=TaskState.RUNNING, wait_reason="")
        case "succeed" | "degrade":
            end = TaskState.SUCCEEDED if what == "succeed" else TaskState.DEGRADED
            rows.update(state=end, wait_reason="", finished_at=utcnow())
        case "give up":
            applied.update(state=RecoveryState.EXHAUSTED)
            rows.update(state=TaskState.FAILED, wait_reason="", finished_at=utcnow())
        case "quarantine":
            rows.update(state=TaskState.QUARANTINED, finished_at=utcnow())
        case "accept":
            rows.update(accepted_at=utcnow())
        case "replay":
            rows.update(state=TaskState.READY, accepted_at=None, wait_reason="")
        case "cancel build":
            Build.objects.filter(pk=task.build_id).update(state=BuildState.CANCELLED)
        case "revive":
            Build.objects.filter(pk=task.build_id).update(state=BuildState.RUNNING)
        case "relapse":
            attempts.filter(state=RecoveryState.RECOVERED).update(state=RecoveryState.RELAPSED)
