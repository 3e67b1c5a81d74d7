"""The engine's transitions in any order, on the real database: the invariants hold after each."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from autodev.contracts.ports import Fenced
from autodev.events.models import Event
from autodev.lib import clock
from projects.engine import decisions, finish, sweep
from projects.engine.claim import Claimed, claim
from projects.engine.journal import Journal
from projects.engine.outcome import InvalidInput, NewTask, Succeeded, Waits
from projects.engine.revoke import revoke_own
from projects.models import Attempt, Build, Dependency, Incarnation, Step, Task
from projects.services import cancel_build, pause_build, resume_build
from projects.services.dead_letters import retry_now
from projects.services.errors import WrongState
from projects.states import (
    BUILD_EDGES,
    BUILD_FINAL,
    PERSON,
    TASK_DONE,
    TASK_EDGES,
    TASK_FINAL,
    TASK_LIVE,
    BuildState,
    Phase,
    TaskState,
)
from tests.factories.projects import BuildFactory, TaskFactory

LONG_S = 1000.0


class EngineMachine(RuleBasedStateMachine):
    """Three workers, two workspaces; every rule is what some process may do at any moment."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        for _ in range(2):
            build = BuildFactory.create()
            TaskFactory.create(build=build, key="first", phase=Phase.UNDERSTAND)
        self.tasks: dict[object, tuple[str, int]] = {}
        self.builds: dict[object, str] = {}
        self.claims = Attempt.objects.count()

    def teardown(self) -> None:
        clock._shift_s = 0.0
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    @rule(target=held, worker=st.sampled_from(["a", "b", "c"]))
    def take(self, worker: str):  # type: ignore[no-untyped-def] # Hypothesis' bundle
        taken = claim(worker)
        if taken is None:
            return multiple()
        self.claims += 1
        assert Build.objects.get(pk=taken.task.build_id).state == BuildState.RUNNING
        return taken

    def attempt(self, taken: Claimed, end: object) -> None:
        """The end is accepted exactly where the claim is still the task's current one."""
        now = Task.objects.get(pk=taken.task.pk)
        current = now.state == TaskState.RUNNING and now.epoch == taken.epoch
        try:
            end()  # type: ignore[operator] # a callable
        except Fenced:
            assert not current
        else:
            assert current

    @rule(taken=held, more=st.integers(0, 2))
    def succeed(self, taken: Claimed, more: int) -> None:
        new = [
            NewTask(
                key=f"{taken.task.key}-{n}", kind="noop", phase=Phase.IMPLEMENT, title="More", needs=[taken.task.key]
            )
            for n in range(more)
            if len(taken.task.key) < 12
        ]
        last = NewTask(key="deliver", kind="deliver", phase=Phase.DELIVER, title="Last", needs=[one.key for one in new])
        updates = {"verdict": "succeeded"} if taken.task.key == "deliver" else {}
        add = [*new, last] if taken.task.key == "first" else new
        outcome = Succeeded(add_tasks=add if taken.task.key != "deliver" else [], build_updates=updates)
        self.attempt(taken, lambda: finish.succeed(taken, outcome))

    @rule(taken=held, fingerprint=st.sampled_from("xyz"))
    def fail(self, taken: Claimed, fingerprint: str) -> None:
        self.attempt(taken, lambda: finish.fail_attempt(taken, kind="k", message="m", fingerprint=fingerprint))

    @rule(taken=held)
    def wait(self, taken: Claimed) -> None:
        self.attempt(taken, lambda: finish.wait(taken, Waits(reason="provider:x")))

    @rule(taken=held)
    def reject(self, taken: Claimed) -> None:
        error = InvalidInput("no")
        self.attempt(taken, lambda: finish.reject(taken, code=error.code, message=error.message))

    @rule(taken=held)
    def release(self, taken: Claimed) -> None:
        self.attempt(taken, lambda: finish.release(taken))

    @rule(taken=held)
    def leave_behind(self, taken: Claimed) -> None:
        revoke_own(taken.task.pk, taken.epoch)

    @rule(taken=held, key=st.sampled_from("pq"))
    def journal(self, taken: Claimed, key: str) -> None:
        journal = Journal(task_id=taken.task.pk, epoch=taken.epoch, check_alive=lambda: None)
        if not journal.knows(key):
            self.attempt(taken, lambda: journal.once(key, lambda: 1))

    @rule(seconds=st.sampled_from([1.0, 40.0, LONG_S]))
    def time_passes(self, seconds: float) -> None:
        clock._shift_s += seconds

    @rule()
    def sweep(self) -> None:
        sweep.sweep()

    @rule(data=st.data())
    def decide(self, data: st.DataObject) -> None:
        waiting = list(Task.objects.filter(state=TaskState.WAITING).order_by("pk"))
        if waiting:
            task = data.draw(st.sampled_from(waiting))
            decided = decisions.retry(task_id=task.pk, epoch=task.epoch, delay_s=5, reason="again")
            assert decided == (task.wait_reason == "recovery")

    @rule(data=st.data(), many=st.integers(1, 3))
    def divide(self, data: st.DataObject, many: int) -> None:
        waiting = list(Task.objects.filter(state=TaskState.WAITING, parent=None, key="first").order_by("pk"))
        if waiting:
            task = data.draw(st.sampled_from(waiting))
            keys = [f"{task.key}.e{task.epoch}.{n}" for n in range(many)]
            parts = [
                NewTask(key=key, kind="noop", phase=Phase.IMPLEMENT, title="Part", needs=keys[:n][-1:])
                for n, key in enumerate(keys)
            ]
            decided = decisions.supersede(task_id=task.pk, epoch=task.epoch, parts=parts, reason="too much")
            assert decided == (task.wait_reason == "recovery")
            assert not Dependency.objects.filter(needs=task).exists() or not decided

    @rule(data=st.data(), how=st.sampled_from(["fresh", "restart", "ask", "postpone", "give_up", "answer", "at once"]))
    def decide_otherwise(self, data: st.DataObject, how: str) -> None:
        waiting = list(Task.objects.filter(state=TaskState.WAITING).order_by("pk"))
        if not waiting:
            return
        task = data.draw(st.sampled_from(waiting))
        of: dict[str, Any] = {"task_id": task.pk, "epoch": task.epoch}
        soon = clock.utcnow() + dt.timedelta(minutes=10)
        if how == "fresh":
            decided = decisions.retry(**of, fresh=True, front=True, reason="context")
        elif how == "restart":
            decided = decisions.restart(**of, start=task.key, params={}, reason="another way")
        elif how == "ask":
            decided = decisions.ask_person(**of, until=soon, reason="logic error")
        elif how == "postpone":
            decided = decisions.postpone(**of, until=soon, reason="batch")
        elif how == "give_up":
            decided = decisions.give_up(**of, reason="enough")
        elif how == "answer":
            assert decisions.answer(task_id=task.pk, reason="so") == (task.wait_reason == PERSON)
            return
        else:
            assert retry_now(task=task, user=None).state == TaskState.READY
            return
        assert decided or task.wait_reason != "recovery"
        assert not decided or task.wait_reason in {"recovery", PERSON}

    @rule(which=st.integers(0, 1), ask=st.sampled_from([cancel_build, pause_build, resume_build, resume_build]))
    def ask(self, which: int, ask: object) -> None:
        build = Build.objects.order_by("pk")[which]
        before = build.state
        try:
            ask(build=build, user=None)  # type: ignore[operator] # one of the services
        except WrongState:
            assert before in BUILD_FINAL

    @invariant()
    def states_follow_the_edges_and_epochs_rise(self) -> None:
        for task in Task.objects.all():
            state, epoch = self.tasks.get(task.pk, (task.state, 0))
            assert task.epoch >= epoch
            if state in TASK_FINAL:
                assert task.state == state
            if task.state != state and task.epoch <= epoch + 1:
                reachable = TASK_EDGES[TaskState(state)] | {
                    x for y in TASK_EDGES[TaskState(state)] for x in TASK_EDGES[y]
                }
                assert task.state in reachable
            self.tasks[task.pk] = (task.state, task.epoch)
        for build in Build.objects.all():
            state = self.builds.get(build.pk, build.state)
            if state in BUILD_FINAL:
                assert build.state == state
            assert build.state == state or build.state in BUILD_EDGES[BuildState(state)] | {BuildState.SUCCEEDED}
            self.builds[build.pk] = build.state

    @invariant()
    def every_live_task_has_a_lease_or_a_timer(self) -> None:
        for task in Task.objects.filter(state__in=TASK_LIVE):
            assert (task.state == TaskState.RUNNING) == (task.lease_expires_at is not None) == bool(task.lease_owner)
            assert (task.state == TaskState.WAITING) <= (task.next_run_at is not None and bool(task.wait_reason))
            if task.state == TaskState.PENDING:
                needs = Dependency.objects.filter(task=task)
                assert needs.exclude(needs__state__in=TASK_DONE).exists()

    @invariant()
    def nothing_waits_for_a_task_that_was_divided(self) -> None:
        live = Task.objects.filter(state=TaskState.PENDING)
        assert not Dependency.objects.filter(task__in=live, needs__state=TaskState.SUPERSEDED).exists()

    @invariant()
    def attempts_are_claims_and_one_runs_where_a_task_runs(self) -> None:
        assert Attempt.objects.count() == self.claims
        running = set(Attempt.objects.filter(outcome="running").values_list("task_id", "epoch"))
        assert running == set(Task.objects.filter(state=TaskState.RUNNING).values_list("pk", "epoch"))

    @invariant()
    def an_ended_build_has_nothing_alive(self) -> None:
        assert not Task.objects.filter(build__state__in=BUILD_FINAL, state__in=TASK_LIVE).exists()
        for build in Build.objects.filter(state=BuildState.SUCCEEDED):
            assert build.tasks.filter(key="deliver", state=TaskState.SUCCEEDED).exists()

    @invariant()
    def versions_have_no_gap_and_budgets_hold(self) -> None:
        for build in Build.objects.all():
            versions = Event.objects.filter(build_id=build.pk).order_by("version").values_list("version", flat=True)
            assert list(versions) == list(range(1, build.version + 1))
        assert not Task.objects.filter(attempts__gt=5).exists()
        assert not Task.objects.filter(crashes__gt=3).exists()
        assert not Incarnation.objects.exists()
        assert Step.objects.count() == len(set(Step.objects.values_list("task_id", "key")))


@pytest.mark.django_db(transaction=True)
def test_the_invariants_hold_whatever_happens() -> None:
    checked = settings(
        max_examples=12, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(EngineMachine, settings=checked)
