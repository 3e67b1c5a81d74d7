"""The engine's own functions in any order on the real database, each held against the model: where the model's guard
lets nothing through, nothing may change; where it does, the row must be what the model says."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, precondition, rule

from autodev.contracts.ports import Fenced
from autodev.lib import clock
from projects.engine import decisions, finish, hooks, revoke, sweep
from projects.engine.lease import HeldLeases
from projects.engine.outcome import NewTask, Succeeded
from projects.models import Attempt, Build, Dependency, Finding, Step, Task
from projects.services import cancel_build, pause_build, resume_build
from projects.services.errors import WrongState
from projects.states import BUILD_FINAL, ROLLED_BACK, TASK_DONE, TASK_FINAL, TASK_LIVE, BuildState, Phase, TaskState
from tests.model import rows
from tests.model.real import KEYS, NOTE, Holder, new_build, row_of, rows_of, take
from tests.model.rows import Guards, Limits, Row

GUARDS, LIMITS = Guards(), Limits()
STALLED_S = 900.0
Expected = Callable[[Row], Row | None]
Failure = tuple[uuid.UUID, int]
ASKS = [resume_build, resume_build, pause_build, resume_build, resume_build, pause_build, cancel_build]
OWN = st.sampled_from([True, True, False])


class ProtocolMachine(RuleBasedStateMachine):
    """Two owners whose claims all stay usable, as those of zombies; sweepers and deciders that act on what they read
    some time ago; a clock that jumps."""

    held = Bundle("held")
    read = Bundle("read")
    failures = Bundle("failures")

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
        wanted = wanted._replace(merges=after.merges, decisions=0, strangers=0)
        if Build.objects.get(tasks=task_id).state in BUILD_FINAL:
            wanted = rows.cancel(wanted)
        assert after == wanted, f"the model: {wanted}; the engine: {after}"

    # Workers.

    @rule(target=held, owner=st.sampled_from(["a", "b"]))
    def claim(self, owner: str) -> Any:
        before = rows_of()
        taken = take(owner)
        if taken is None:
            runnable = Task.objects.filter(
                state=TaskState.READY, build__state__in=[BuildState.QUEUED, BuildState.RUNNING]
            )
            assert not runnable.exists()
            return multiple()
        self.claims += 1
        self.holders.append(taken)
        wanted = rows.claim(before[taken.task_id])
        assert wanted is not None
        self.compare(taken.task_id, wanted, row_of(taken.task_id))
        return taken

    @rule(holder=held, own=OWN)
    def step(self, holder: Holder, own: bool) -> None:
        holder = self.mine(holder, own)
        known = holder.steps()
        if known == len(KEYS):
            return

        def do() -> bool:
            try:
                holder.step()
            except IntegrityError:
                return False
            return True

        self.held_against(holder.task_id, lambda row: rows.step(row, holder.epoch, known, GUARDS), do)

    @rule(holder=held, own=OWN)
    def note(self, holder: Holder, own: bool) -> None:
        holder = self.mine(holder, own)
        if not holder.noted:
            self.held_against(holder.task_id, lambda row: rows._fenced(row, holder.epoch, GUARDS), holder.note)

    @rule(holder=held, own=OWN, degraded=st.booleans())
    def succeed(self, holder: Holder, own: bool, degraded: bool) -> None:
        holder = self.mine(holder, own)
        last = holder.claimed.task.key == "second"
        outcome = Succeeded(
            build_updates={"verdict": "succeeded"} if last else {}, degraded=["half of it"] if degraded else []
        )
        self.held_against(
            holder.task_id,
            lambda row: rows.succeed(row, holder.epoch, GUARDS),
            lambda: finish.succeed(holder.claimed, outcome),
        )

    @rule(target=failures, holder=held, own=OWN, outside=st.booleans())
    def fail(self, holder: Holder, own: bool, outside: bool) -> Any:
        holder = self.mine(holder, own)
        if row_of(holder.task_id).attempts >= LIMITS.attempts:
            return multiple()
        failed = self.held_against(
            holder.task_id,
            lambda row: rows.fail(row, holder.epoch, GUARDS, outside=outside),
            lambda: finish.fail_attempt(holder.claimed, kind="work", message="m", fingerprint="f", outside=outside),
        )
        return self.told(holder.task_id, holder.epoch) if failed else multiple()

    @rule(holder=held, own=OWN)
    def release(self, holder: Holder, own: bool) -> None:
        holder = self.mine(holder, own)
        self.held_against(
            holder.task_id, lambda row: rows.release(row, holder.epoch, GUARDS), lambda: finish.release(holder.claimed)
        )

    @rule(holder=held, own=OWN)
    def beat(self, holder: Holder, own: bool) -> None:
        holder = self.mine(holder, own)
        leases = HeldLeases(Attempt.objects.get(task=holder.task_id, epoch=holder.epoch).owner)
        leases.add(holder.ctx._lease)
        before = row_of(holder.task_id)
        mine = Task.objects.filter(pk=holder.task_id, lease_owner=leases.owner, state=TaskState.RUNNING).exists()
        leases.renew()
        assert row_of(holder.task_id) == ((rows.renew(before) if mine else None) or before)
        if before.epoch != holder.epoch or before.state != rows.RUNNING:
            assert holder.ctx.cancel_requested

    # Sweepers, which act on what they read.

    @rule(target=read, data=st.data())
    def look(self, data: st.DataObject) -> Any:
        running = list(Task.objects.filter(state__in=[TaskState.RUNNING, TaskState.WAITING]).order_by("pk"))
        return data.draw(st.sampled_from(running)) if running else multiple()

    @rule(task=read, buried=st.booleans())
    def revoke(self, task: Task, buried: bool) -> None:
        def expected(row: Row) -> Row | None:
            if not buried and not row.expired:
                return None
            if buried and Task.objects.get(pk=task.pk).lease_owner != task.lease_owner:
                return None
            return rows.revoke_lost(row, task.epoch, task.crashes, LIMITS)

        self.held_against(task.pk, expected, lambda: revoke.revoke_lost(task, expired_only=not buried))

    @rule(target=failures, task=read)
    def stall(self, task: Task) -> Any:
        if row_of(task.pk).attempts >= LIMITS.attempts:
            return multiple()
        moment = clock.db_now(plus_s=-STALLED_S)
        still = Task.objects.filter(pk=task.pk, progress_at__lt=moment).exists()
        stalled = self.held_against(
            task.pk,
            lambda row: rows.revoke_stalled(row, task.epoch) if still else None,
            lambda: revoke.revoke_stalled(task, timeout_s=STALLED_S),
        )
        return self.told(task.pk, task.epoch + 1) if stalled else multiple()

    @rule(task=read)
    def wake(self, task: Task) -> None:
        same = Task.objects.filter(pk=task.pk, next_run_at=task.next_run_at).exists()
        if task.state == TaskState.WAITING and task.wait_reason not in {"recovery", "person"} and row_of(task.pk).due:
            self.held_against(
                task.pk, lambda row: rows.wake(row, task.epoch) if same else None, lambda: sweep._wake(task)
            )

    @rule()
    def sweep(self) -> None:
        before = rows_of()
        sweep.sweep()
        for task, after in rows_of().items():
            row = before[task]
            ways = [rows.revoke_lost(row, row.epoch, row.crashes, LIMITS), rows.revoke_stalled(row, row.epoch)]
            ways += [
                rows.wake(row, row.epoch),
                row if not row.expired and not (row.due and row.wait == rows.TIMER) else None,
            ]
            possible = [one._replace(decisions=0) for one in ways if one is not None]
            assert after in [*possible, *map(rows.cancel, possible)] or after.state == rows.READY, (row, after)

    # Deciders, with the epoch that they were told.

    def told(self, task_id: uuid.UUID, epoch: int) -> Failure:
        self.failed.append((task_id, epoch))
        return task_id, epoch

    def decide(self, failure: Failure, expected: Expected, do: Callable[..., bool], **more: Any) -> None:
        task_id, epoch = failure
        self.held_against(task_id, expected, lambda: do(task_id=task_id, epoch=epoch, reason="the test", **more))

    @rule(failure=failures, own=OWN, delay_s=st.sampled_from([0.0, 5.0]), fresh=st.booleans())
    def retry(self, failure: Failure, own: bool, delay_s: float, fresh: bool) -> None:
        failure = self.open(failure, own)
        if row_of(failure[0]).attempts < LIMITS.attempts:
            self.decide(
                failure,
                lambda row: rows.retry(row, failure[1], GUARDS, at_once=delay_s == 0.0, fresh=fresh),
                decisions.retry,
                delay_s=delay_s,
                fresh=fresh,
            )

    @rule(failure=failures, own=OWN)
    def give_up(self, failure: Failure, own: bool) -> None:
        failure = self.open(failure, own)
        self.decide(failure, lambda row: rows.give_up(row, failure[1], GUARDS), decisions.give_up)

    @rule(failure=failures, own=OWN)
    def ask(self, failure: Failure, own: bool) -> None:
        failure = self.open(failure, own)
        until = clock.utcnow() + dt.timedelta(seconds=clock.shift_s() + 60)
        self.decide(failure, lambda row: rows.ask_person(row, failure[1], GUARDS), decisions.ask_person, until=until)

    @rule(failure=failures, own=OWN)
    def postpone(self, failure: Failure, own: bool) -> None:
        failure = self.open(failure, own)
        until = clock.utcnow() + dt.timedelta(seconds=clock.shift_s() + 60)
        self.decide(failure, lambda row: rows.postpone(row, failure[1], GUARDS), decisions.postpone, until=until)

    @rule(failure=failures, own=OWN, parts=st.integers(1, 2))
    def divide(self, failure: Failure, own: bool, parts: int) -> None:
        failure = self.open(failure, own)
        task = Task.objects.get(pk=failure[0])
        if task.parent_id is not None:
            return
        new = [
            NewTask(
                key=f"{task.key}.e{failure[1]}.{n}",
                kind="noop",
                phase=Phase(task.phase),
                title="A part",
                parent=task.pk,
            )
            for n in range(parts)
        ]
        self.decide(failure, lambda row: rows.supersede(row, failure[1], GUARDS), decisions.supersede, parts=new)

    @precondition(lambda self: self.restarts < 2)
    @rule(failure=failures, own=OWN)
    def restart(self, failure: Failure, own: bool) -> None:
        failure = self.open(failure, own)
        before = row_of(failure[0])
        wanted = rows._decided(before, failure[1], GUARDS)
        done = decisions.restart(task_id=failure[0], epoch=failure[1], start="first", params={}, reason="the test")
        assert done == (wanted is not None)
        if done:
            self.restarts += 1
            self.seen.clear()
            assert row_of(failure[0]).epoch == before.epoch + 1
        else:
            assert row_of(failure[0]) == before

    # People, and time.

    @rule(failure=failures, own=OWN)
    def answer(self, failure: Failure, own: bool) -> None:
        failure = self.open(failure, own)
        self.held_against(failure[0], rows.answer, lambda: decisions.answer(task_id=failure[0], reason="yes"))

    @rule(which=st.integers(0, 1), ask=st.sampled_from(ASKS))
    def people(self, which: int, ask: Callable[..., Build]) -> None:
        build = Build.objects.get(pk=self.builds[which])
        try:
            ask(build=build, user=None)
        except WrongState:
            assert build.state in BUILD_FINAL

    @rule(seconds=st.sampled_from([1.0, 16.0, 40.0, 70.0, 1000.0]))
    def time_passes(self, seconds: float) -> None:
        clock._shift_s += seconds

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
