"""What every rule of the state machine leans on: the comparison with the model, and the invariants after each."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from autodev.contracts.ports import Fenced
from autodev.lib import clock
from projects.engine import hooks
from projects.models import Attempt, Build, Dependency, Finding, Step, Task
from projects.states import BUILD_FINAL, ROLLED_BACK, TASK_DONE, TASK_FINAL, TASK_LIVE, BuildState, TaskState
from tests.model import rows
from tests.model.real import NOTE, Holder, new_build, row_of, rows_of
from tests.model.rows import Limits, Row

LIMITS = Limits()
Expected = Callable[[Row], Row | None]
Failure = tuple[uuid.UUID, int]


class Compared(RuleBasedStateMachine):
    """Two builds in one transaction that is undone at the end; recovery is the rules' own."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.hook, hooks._hook = hooks._hook, lambda failure: None
        self.builds = [new_build().pk, new_build().pk]
        self.seen: dict[uuid.UUID, Row] = {}
        self.ended: dict[uuid.UUID, str] = {}
        self.claims = 0
        self.holders: list[Holder] = []
        self.failed: list[Failure] = []
        self.restarts = 0

    def teardown(self) -> None:
        clock._shift_s = 0.0
        hooks._hook = self.hook
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def mine(self, holder: Holder, own: bool) -> Holder:
        """The newest worker that really has its task where `own`, else the one that was drawn, likely a zombie."""
        for one in reversed(self.holders if own else ()):
            if Task.objects.filter(pk=one.task_id, epoch=one.epoch, state=TaskState.RUNNING).exists():
                return one
        return holder

    def open(self, failure: Failure, own: bool) -> Failure:
        """The newest failure about which nobody decided where `own`, else the one that was drawn."""
        for task_id, epoch in reversed(self.failed if own else ()):
            if Task.objects.filter(pk=task_id, epoch=epoch, state=TaskState.WAITING).exists():
                return task_id, epoch
        return failure

    # What is done, beside what the model says of it.

    def held_against(self, task_id: uuid.UUID, expected: Expected, do: Callable[[], object]) -> bool:
        """Does it and compares the row with the model's; gives whether it was let through. `do` says by Fenced or a
        False that it was not."""
        before = row_of(task_id)
        wanted = expected(before)
        try:
            done = do() is not False
        except Fenced:
            done = False
        after = row_of(task_id)
        assert done == (wanted is not None), f"the model: {wanted}; the engine: {after}"
        if wanted is None:
            assert after == before
        else:
            self.compare(task_id, wanted, after)
        return done

    def compare(self, task_id: uuid.UUID, wanted: Row, after: Row) -> None:
        """Equal in all that statements read, the end of its build in the same transaction included."""
        wanted = wanted._replace(merges=after.merges, decisions=0, strangers=0, unclear=0)
        if Build.objects.get(tasks=task_id).state in BUILD_FINAL:
            wanted = rows.cancel(wanted)
        assert after == wanted, f"the model: {wanted}; the engine: {after}"

    # What holds after each of them.

    @invariant()
    def ends_stay_and_epochs_never_fall(self) -> None:
        for task, row in rows_of().items():
            was = self.seen.get(task, row)
            assert row.epoch >= was.epoch
            if was.state in rows.FINAL or was.state == rows.QUARANTINED:
                assert row.state == was.state
            self.seen[task] = row
        for build in Build.objects.all():
            was_build = self.ended.get(build.pk, build.state)
            assert build.state == was_build or was_build not in BUILD_FINAL
            self.ended[build.pk] = build.state

    @invariant()
    def nothing_waits_for_a_message(self) -> None:
        for task in Task.objects.filter(state__in=TASK_LIVE):
            assert (task.state == TaskState.RUNNING) == (task.lease_expires_at is not None) == bool(task.lease_owner)
            assert (task.state != TaskState.WAITING) or (task.next_run_at is not None and bool(task.wait_reason))
            if task.state == TaskState.PENDING:
                assert Dependency.objects.filter(task=task).exclude(needs__state__in=TASK_DONE).exists()

    @invariant()
    def dependents_run_after_their_needs(self) -> None:
        begun = Task.objects.exclude(state__in=[TaskState.PENDING, TaskState.CANCELLED, TaskState.SUPERSEDED])
        open_needs = Dependency.objects.filter(task__in=begun, needs__critical=True)
        assert not open_needs.exclude(needs__state__in=TASK_DONE).exists()

    @invariant()
    def nothing_is_done_twice(self) -> None:
        done = Counter(Finding.objects.values_list("message", "rule"))
        steps = Counter((str(task), key.rpartition(":")[2]) for task, key in Step.objects.values_list("task_id", "key"))
        assert all(times <= 1 for (_, name), times in done.items() if name == NOTE), "a double effect"
        assert {one: times for one, times in done.items() if one[1] != NOTE} == steps, "an effect without its step"
        live = Step.objects.exclude(key__startswith=ROLLED_BACK).values_list("task_id", "key")
        assert len(live) == len(set(live))
        assert Attempt.objects.count() == self.claims
        running = set(Attempt.objects.filter(outcome="running").values_list("task_id", "epoch"))
        assert running == set(Task.objects.filter(state=TaskState.RUNNING).values_list("pk", "epoch"))

    @invariant()
    def budgets_hold_and_ended_builds_rest(self) -> None:
        assert not Task.objects.filter(attempts__gt=LIMITS.attempts).exists()
        assert not Task.objects.filter(crashes__gt=LIMITS.crashes).exists()
        assert not Task.objects.filter(crashes=LIMITS.crashes, state__in=TASK_LIVE).exists()
        assert not Task.objects.filter(build__state__in=BUILD_FINAL, state__in=TASK_LIVE).exists()
        for build in Build.objects.filter(state__in=[BuildState.SUCCEEDED, BuildState.DEGRADED]):
            assert not build.tasks.filter(critical=True).exclude(state__in=TASK_FINAL).exists()
            degraded = build.tasks.filter(state=TaskState.DEGRADED).exists()
            assert not (degraded and build.state == BuildState.SUCCEEDED), "a degraded result counts as a success"
