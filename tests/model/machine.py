"""The engine's own functions in any order on the real database, each held against the model: where the model's guard
lets nothing through, nothing may change; where it does, the row must be what the model says."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from itertools import product
from typing import Any

from django.db import IntegrityError
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, multiple, precondition, rule

from autodev.lib import clock
from projects.engine import blame, decisions, finish, revoke, sweep, wake
from projects.engine.lease import HeldLeases
from projects.engine.outcome import NewTask, Succeeded
from projects.models import Attempt, Build, Task
from projects.services import cancel_build, pause_build, resume_build
from projects.services.dead_letters import replay_dead, retry_now
from projects.services.errors import WrongState
from projects.states import BUILD_FINAL, BuildState, Phase, TaskState
from tests.model import rows
from tests.model.compared import LIMITS, Compared, Expected, Failure
from tests.model.real import KEYS, Holder, row_of, rows_of, take
from tests.model.rows import Guards, Row

GUARDS = Guards()
STALLED_S = 900.0
ASKS = [resume_build, resume_build, pause_build, resume_build, resume_build, pause_build, cancel_build]
OWN = st.sampled_from([True, True, False])


def member(do: Callable[..., object], task_id: uuid.UUID) -> bool:
    """What a member does; False where it is refused."""
    try:
        do(task=Task.objects.get(pk=task_id), user=None)
    except WrongState:
        return False
    return True


class ProtocolMachine(Compared):
    """Two owners whose claims all stay usable, as those of zombies; sweepers and deciders that act on what they read
    some time ago; a clock that jumps."""

    held = Bundle("held")
    read = Bundle("read")
    failures = Bundle("failures")

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
            return rows.revoke_lost(row, task.epoch, task.crashes, LIMITS, counts=death.counts, apart=death.apart_s > 0)

        death = blame.death_of(task)
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
                task.pk, lambda row: rows.wake(row, task.epoch) if same else None, lambda: wake.wake(task)
            )

    @rule()
    def sweep(self) -> None:
        before = rows_of()
        sweep.sweep()
        for task, after in rows_of().items():
            row = before[task]
            ways = [rows.revoke_stalled(row, row.epoch)]
            for counts, apart in product((True, False), repeat=2):
                ways.append(rows.revoke_lost(row, row.epoch, row.crashes, LIMITS, counts=counts, apart=apart))
            ways += [
                rows.wake(row, row.epoch),
                row if not row.expired and not row.due else None,
                row._replace(due=False) if row.due and row.wait != rows.TIMER else None,  # nobody decided: asked again
            ]
            possible = [one._replace(decisions=0, unclear=0) for one in ways if one is not None]
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

    @rule(failure=failures, own=OWN)
    def hurry(self, failure: Failure, own: bool) -> None:
        failure = self.open(failure, own)
        self.held_against(failure[0], rows.hurry, lambda: member(retry_now, failure[0]))

    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        apart = Task.objects.filter(state=TaskState.QUARANTINED).exclude(build__state__in=BUILD_FINAL).order_by("pk")
        if apart:
            task = data.draw(st.sampled_from(list(apart)))
            self.seen.pop(task.pk, None)
            self.held_against(task.pk, rows.replay, lambda: member(replay_dead, task.pk))

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
