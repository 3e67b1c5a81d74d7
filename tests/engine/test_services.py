"""What a person may ask: start, cancel, pause, resume, roll back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError

from autodev.accounts.models import User, Workspace
from autodev.contracts.ports import Fenced
from autodev.events.models import Event
from autodev.events.services import deliver, record
from autodev.lib.db import write
from projects.engine import finish
from projects.engine.claim import claim
from projects.engine.outcome import Succeeded
from projects.engine.record import Held
from projects.engine.slots import Slot
from projects.engine.worker import Engine
from projects.models import Attempt, Build, Project, Step, Task
from projects.repository.repository import repository_of
from projects.services import cancel_build, pause_build, resume_build, rollback_build, start_build
from projects.services.errors import EmptyIdea, IdempotencyConflict, NoSuchStep, WrongState
from projects.states import BuildState, Phase, TaskState
from providers.available import models_there
from providers.live import process
from providers.models import Budget
from providers.money import budgets
from tests.engine.conftest import Handle
from tests.engine.product import install
from tests.factories.projects import BuildFactory, TaskFactory


def run_all() -> None:
    """Runs what is ready; in tests with real transactions, because a slot goes on from commit to commit."""
    slot: Slot = Engine(slots=1)._slots[0]
    while slot.work_one():
        pass


def test_a_start_makes_project_build_task_and_event(workspace: Workspace, user: User) -> None:
    idea = (
        "Create a REST API for a todo app with authentication and many more things, so that the name is cut somewhere"
    )
    build = start_build(workspace=workspace, user=user, idea=f"  {idea}\0 ", budget=Decimal("1.50"), options={"a": 1})
    assert (build.state, build.number, build.version, build.created_by) == (BuildState.QUEUED, 1, 1, user)
    assert build.project.name.endswith("…")
    assert build.project.slug.startswith("create-a-rest-api")
    task = Task.objects.get()
    assert (task.key, task.kind, task.phase, task.state) == (
        "understand",
        "understand",
        Phase.UNDERSTAND,
        TaskState.READY,
    )
    event = Event.objects.get(build_id=build.pk)
    assert (event.type, event.version, event.actor, event.workspace_id) == ("build.created", 1, user, workspace.pk)


def test_who_starts_without_a_look_at_the_providers_has_the_chain_that_ships(
    workspace: Workspace, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key in the environment is all that a first build needs to have a model."""
    assert not models_there(workspace.pk)
    process.stop()
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-000000000000")
    start_build(workspace=workspace, user=user, idea="A todo app")
    assert models_there(workspace.pk)
    process.stop()


def test_what_a_build_may_spend_is_one_sum_for_all_that_is_asked_for_it(workspace: Workspace, user: User) -> None:
    """Each job of each attempt has it as its limit: only the ledger knows what the others spent."""
    build = start_build(workspace=workspace, user=user, idea="Todo list", budget=Decimal("1.50"), idempotency_key="k")
    start_build(workspace=workspace, user=user, idea="Todo list", budget=Decimal("1.50"), idempotency_key="k")
    spender = budgets.Spender(workspace_id=workspace.pk, build_id=build.pk)
    first = write(lambda: budgets.reserve(spender, usd=Decimal(1)))
    with pytest.raises(budgets.BudgetExhausted, match="build"):
        write(lambda: budgets.reserve(spender, usd=Decimal("0.60")))
    write(lambda: budgets.settle(first, usd=Decimal("0.80")))
    assert write(lambda: budgets.reserve(spender, usd=Decimal("0.60"))).usd == Decimal("0.60")
    start_build(workspace=workspace, user=user, idea="Todo list")
    assert Budget.objects.count() == 1


def test_names_of_projects_do_not_collide(workspace: Workspace) -> None:
    slugs = [start_build(workspace=workspace, user=None, idea="Todo list").project.slug for _ in range(3)]
    assert slugs == ["todo-list", "todo-list-2", "todo-list-3"]
    assert start_build(workspace=workspace, user=None, idea="日本").project.slug == "project"


def test_builds_of_a_project_are_numbered(workspace: Workspace) -> None:
    first = start_build(workspace=workspace, user=None, idea="Todo list")
    second = start_build(workspace=workspace, user=None, idea="Todo list", project=first.project, base="a" * 40)
    assert (second.number, second.head, Project.objects.count()) == (2, "a" * 40, 1)


@pytest.mark.parametrize("idea", ["", "  \n"])
def test_an_empty_idea_is_refused(workspace: Workspace, idea: str) -> None:
    with pytest.raises(EmptyIdea) as refused:
        start_build(workspace=workspace, user=None, idea=idea)
    assert refused.value.hint


def test_the_same_key_gives_the_same_build_and_another_request_a_conflict(workspace: Workspace, user: User) -> None:
    first = start_build(workspace=workspace, user=user, idea="Todo", idempotency_key="k")
    assert start_build(workspace=workspace, user=user, idea="Todo", idempotency_key="k") == first
    with pytest.raises(IdempotencyConflict):
        start_build(workspace=workspace, user=user, idea="Other", idempotency_key="k")
    other = BuildFactory.create().workspace
    assert start_build(workspace=other, user=user, idea="Todo", idempotency_key="k") != first
    assert Project.objects.filter(workspace=workspace).count() == 1


def test_a_request_that_came_second_gives_the_first_ones_build(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from projects.services import queue

    first = start_build(workspace=workspace, user=None, idea="Todo", idempotency_key="k")
    earlier = queue._earlier
    looks: list[int] = []

    def late(*arguments: object) -> Build | None:
        looks.append(1)
        return None if len(looks) == 1 else earlier(*arguments)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(queue, "_earlier", late)
    assert start_build(workspace=workspace, user=None, idea="Todo", idempotency_key="k") == first
    monkeypatch.setattr(queue, "_earlier", lambda *_: None)
    with pytest.raises(IntegrityError):
        start_build(workspace=workspace, user=None, idea="Todo", idempotency_key="k")


@pytest.mark.parametrize("state", [BuildState.QUEUED, BuildState.RUNNING, BuildState.PAUSED])
def test_a_cancel_is_final_at_once_and_fences_the_worker(workspace: Workspace, user: User, state: BuildState) -> None:
    build = BuildFactory.create(project__workspace=workspace)
    TaskFactory.create(build=build, priority=-1)
    TaskFactory.create(build=build, state=TaskState.PENDING)
    TaskFactory.create(build=build, state=TaskState.WAITING)
    taken = claim("worker-a")
    assert taken is not None
    Build.objects.update(state=state)
    cancelled = cancel_build(build=build, user=user, reason="Changed my mind.")
    assert (cancelled.state, cancelled.errors) == (BuildState.CANCELLED, [])
    assert cancelled.cancel_requested_at is not None
    assert cancelled.finished_at is not None
    assert set(Task.objects.values_list("state", flat=True)) == {TaskState.CANCELLED}
    assert Attempt.objects.get().outcome == "cancelled"
    assert Event.objects.get(type="build.cancelled").actor == user
    with pytest.raises(Fenced):
        finish.succeed(taken, Succeeded())
    assert cancel_build(build=build, user=user).version == cancelled.version


@pytest.mark.parametrize("state", [BuildState.SUCCEEDED, BuildState.DEGRADED, BuildState.FAILED])
def test_what_has_ended_is_not_cancelled_paused_or_resumed(db: None, state: BuildState) -> None:
    build = BuildFactory.create(state=state)
    for ask in (cancel_build, pause_build, resume_build):
        with pytest.raises(WrongState):
            ask(build=build, user=None)
    build.refresh_from_db()
    assert build.state == state


def test_a_pause_lets_the_running_task_end_and_no_other_start(build: Build, user: User) -> None:
    TaskFactory.create(build=build, key="a")
    TaskFactory.create(build=build, key="b")
    running = claim("w")
    assert running is not None
    assert pause_build(build=build, user=user).state == BuildState.PAUSED
    assert pause_build(build=build, user=user).version == Build.objects.get().version
    assert claim("w") is None
    finish.succeed(running, Succeeded(merge=False))
    assert resume_build(build=build, user=user).state == BuildState.RUNNING
    assert resume_build(build=build, user=user).state == BuildState.RUNNING
    assert claim("w") is not None


@pytest.mark.parametrize("meanwhile", [{"state": BuildState.PAUSED}, {"version": 7}])
def test_a_build_that_changes_between_the_claims_choice_and_its_start_undoes_the_claim(
    build: Build, monkeypatch: pytest.MonkeyPatch, meanwhile: dict[str, object]
) -> None:
    from projects.engine import claim as module

    TaskFactory.create(build=build)
    take, undone = module._take, list[object]()

    def changed_once(owner: str, chosen: Held) -> object:
        if not undone:
            undone.append(chosen)
            Build.objects.update(**meanwhile)
        return take(owner, chosen)

    monkeypatch.setattr(module, "_take", changed_once)
    assert claim("w") is not None
    assert Task.objects.get().epoch == Attempt.objects.get().epoch == 1
    assert Build.objects.get().version == Event.objects.count() == 1


def test_a_build_whose_last_ready_task_others_took_is_left_for_another(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    from projects.engine import claim as module

    TaskFactory.create(build=build)
    take, gone = module._take, [True]
    monkeypatch.setattr(module, "_take", lambda *chosen: None if gone and gone.pop() else take(*chosen))
    assert claim("w") is not None
    assert not gone


def test_a_build_that_never_ran_is_queued_again(build: Build) -> None:
    pause_build(build=build, user=None)
    assert resume_build(build=build, user=None).state == BuildState.FAILED  # it has no task, so nothing can be built
    other = TaskFactory.create().build
    pause_build(build=other, user=None)
    assert resume_build(build=other, user=None).state == BuildState.QUEUED


def test_the_last_task_of_a_paused_build_ends_it_at_the_resume(build: Build) -> None:
    TaskFactory.create(build=build)
    taken = claim("w")
    assert taken is not None
    pause_build(build=build, user=None)
    finish.succeed(taken, Succeeded(build_updates={"verdict": "succeeded"}, merge=False))
    build.refresh_from_db()
    assert build.state == BuildState.PAUSED
    assert resume_build(build=build, user=None).state == BuildState.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_a_rollback_moves_the_head_and_runs_what_came_after_again(handle: Handle, db: None, user: User) -> None:
    build = install(handle)
    run_all()
    build.refresh_from_db()
    assert build.state == BuildState.SUCCEEDED
    end, events, attempts, steps = build.head, build.version, Attempt.objects.count(), Step.objects.count()
    checkpoint = Step.objects.filter(task__key="left").exclude(commit="").earliest("created_at")
    rolled = rollback_build(build=build, user=user, to_step=checkpoint)
    assert (rolled.state, rolled.head, rolled.progress) == (BuildState.RUNNING, checkpoint.commit, 0)
    states = dict(Task.objects.values_list("key", "state"))
    assert states == {"understand": "succeeded", "left": "ready", "right": "ready", "deliver": "pending"}
    assert Step.objects.count() == steps
    run_all()
    build.refresh_from_db()
    assert build.state == BuildState.SUCCEEDED
    repository = repository_of(build.project_id)
    assert repository.files(build.head) == repository.files(end)
    assert repository.has_ancestor(build.head, checkpoint.commit)
    assert repository.has(end)
    assert Attempt.objects.count() == attempts + 3
    assert build.version > events
    assert Event.objects.get(type="build.rolled_back").payload["from"] == end


@pytest.mark.django_db(transaction=True)
def test_a_rollback_needs_a_checkpoint_of_the_build(handle: Handle, db: None) -> None:
    build = install(handle)
    run_all()
    call = Step.objects.filter(kind="call").first()
    with pytest.raises(NoSuchStep):
        rollback_build(build=build, user=None, to_step=call)
    with pytest.raises(NoSuchStep):
        rollback_build(build=build, user=None, commit="f" * 40)
    step = Step.objects.exclude(commit="").first()
    assert step is not None
    with pytest.raises(NoSuchStep):
        rollback_build(build=BuildFactory.create(), user=None, to_step=step)
    Build.objects.filter(pk=build.pk).update(state=BuildState.CANCELLED)
    with pytest.raises(WrongState):
        rollback_build(build=build, user=None, commit=step.commit)


@pytest.mark.django_db(transaction=True)
def test_a_rollback_fences_the_worker_that_runs(handle: Handle, db: None) -> None:
    build = install(handle)
    run_all()
    step = Step.objects.exclude(commit="").earliest("created_at")
    rollback_build(build=build, user=None, commit=step.commit)
    taken = claim("w")
    assert taken is not None
    rollback_build(build=build, user=None, to_step=step)
    with pytest.raises(Fenced):
        finish.succeed(taken, Succeeded())


def test_an_external_effect_is_queued_once(user: User) -> None:
    event = record(type="user.invited", actor=user)
    assert (event.version, event.actor_name) == (None, user.name)
    one = deliver(event=event, channel="mail", target="a@example.org", key="k", payload={})
    assert deliver(event=event, channel="mail", target="a@example.org", key="k", payload={"other": 1}) == one
