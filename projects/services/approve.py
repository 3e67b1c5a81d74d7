"""Approving a Spec: the build that waits for it goes on."""

from __future__ import annotations

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects import review
from projects.engine.record import Happened, lock_build, record
from projects.engine.revoke import revoke_own
from projects.frozen import keep_current
from projects.models import Build, SpecRevision, Task
from projects.services.errors import SpecChanged, WrongState
from projects.states import PERSON, RECOVERY, TASK_LIVE, TaskState


def approve_spec(*, build: Build, actor: User | None, expected_version: int | None = None) -> Build:
    """The Spec as it is may be built; the build that waited for this goes on, and is given. `expected_version` is the
    revision that was looked at. Approving it again changes nothing. Raises SpecChanged, WrongState where no approval is
    waited for."""

    def apply() -> Build:
        lock_build(build.pk)
        fresh = Build.objects.get(pk=build.pk)
        task = Task.objects.filter(build=fresh, key=review.KEY, state__in=TASK_LIVE).first()
        current = keep_current(fresh)
        if current is not None and expected_version not in (None, current.number):
            raise SpecChanged(f"The Spec is at version {current.number}; you looked at version {expected_version}.")
        if current is not None and current.approved_at is not None:
            return fresh
        if task is None or current is None or fresh.is_final:
            raise WrongState("The build does not wait for an approval of its Spec.")
        SpecRevision.objects.filter(pk=current.pk).update(approved_by=actor, approved_at=db_now())
        happened = Happened(type="spec.approved", task_id=task.pk, payload={"number": current.number})
        approved = record(fresh.pk, [happened], actor=actor, ring=True)
        _wake(task)
        return approved or fresh

    return write(apply)


def _wake(task: Task) -> None:
    """The task that waits looks again. One that is looking at this moment may have seen no approval and be about to
    wait, so it begins anew; one that has not begun will see it."""
    if task.state == TaskState.RUNNING:
        revoke_own(task.pk, task.epoch)
        return
    waiting = Task.objects.filter(pk=task.pk, epoch=task.epoch, state=TaskState.WAITING).exclude(
        wait_reason__in=[RECOVERY, PERSON]
    )
    waiting.update(state=TaskState.READY, wait_reason="", next_run_at=None)
