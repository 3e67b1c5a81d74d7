"""What follows a failed attempt: decided at once where that can be, else left for the batch (seeds 004)."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from autodev.lib.clock import db_now
from projects.engine import decisions
from projects.models import Task
from projects.states import PERSON, RECOVERY, TaskState
from recovery.deciding import ask_a_member, decide
from recovery.gather import situation_of
from recovery.models import RecoveryAttempt
from recovery.numbers import chooser_for
from recovery.off_loop import off_loop
from recovery.questions import time_out
from recovery.situation import Situation
from recovery.states import Origin, Strategy

log = logging.getLogger(__name__)
# How much later than the batch the sweep asks about a failure that no batch came for.
GRACE_S = 15.0
LEFT = "Left for the batch."
# A failure on which recovery itself breaks is asked about again for so long.
UNDECIDABLE_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """`success`: recovery decided that the work goes on. `scheduled`: the batch decides. `message` is for a person."""

    success: bool
    message: str
    scheduled: bool = False
    attempt: RecoveryAttempt | None = None

    def as_dict(self) -> dict[str, Any]:
        """What seeds 004 gives its executor."""
        found = self.attempt
        return {
            "success": self.success,
            "scheduled": self.scheduled,
            "message": self.message,
            "strategy": str(found.strategy) if found else None,
            "confidence": found.confidence if found else None,
            "recovery_attempt_id": str(found.pk) if found else None,
        }


class FailedTaskResolver:
    """The executor's hook. It reads, decides and writes, and never runs work."""

    async def handle_task_failure(self, task_id: uuid.UUID | str, error_message: str = "") -> dict[str, Any]:
        """The name of seeds 004. Never raises: what goes wrong is logged, and the sweep asks again."""
        return await off_loop(self.handle, task_id, error_message)

    def handle(self, task_id: uuid.UUID | str, error_message: str = "", *, epoch: int | None = None) -> dict[str, Any]:
        """As `handle_task_failure`, for callers without an event loop. With `epoch` it is about that attempt only."""
        try:
            key = task_id if isinstance(task_id, uuid.UUID) else uuid.UUID(task_id)
            return self.resolve(key, epoch=epoch).as_dict()
        except Exception as error:
            log.exception("recovery.resolver_failed", extra={"task_id": str(task_id), "error_of_task": error_message})
            said = f"Recovery could not decide: {error!r}"
            if isinstance(task_id, uuid.UUID) and not isinstance(error, DatabaseError | OSError):
                _end_undecidable(task_id, said)
            return Resolution(success=False, scheduled=True, message=said).as_dict()

    def resolve(self, task_id: uuid.UUID, *, epoch: int | None = None) -> Resolution:
        """Decides, or leaves it to the batch. A failure that was put off and whose time has come is decided here and
        now: no batch came for it. Raises what reading and writing raise."""
        task = Task.objects.filter(pk=task_id).first()
        if task is None or task.state != TaskState.WAITING or (epoch is not None and task.epoch != epoch):
            return Resolution(success=False, message="There is nothing to decide about this task.")
        if task.wait_reason not in {RECOVERY, PERSON}:
            return Resolution(success=True, message=f"It was decided already: {task.wait_reason}")
        situation = situation_of(task)
        due = task.next_run_at is not None and task.next_run_at <= situation.now
        if task.wait_reason == PERSON:
            return self._unanswered(task, due=due)
        chooser = chooser_for(task.build)
        if not settings.ENABLE_AUTO_TASK_RECOVERY:
            return _resolution(ask_a_member(task, situation, chooser))
        if due or chooser.is_immediate(situation):
            origin = Origin.BATCH if due else Origin.IMMEDIATE
            return _resolution(decide(task, situation, chooser, origin=origin))
        return self._put_off(task, situation)

    def _put_off(self, task: Task, situation: Situation) -> Resolution:
        until = situation.now + dt.timedelta(seconds=settings.RECOVERY_CHECK_INTERVAL_SECONDS + GRACE_S)
        decisions.postpone(task_id=task.pk, epoch=task.epoch, until=until, reason=LEFT)
        return Resolution(success=False, scheduled=True, message=LEFT)

    def _unanswered(self, task: Task, *, due: bool) -> Resolution:
        if due:
            time_out(task)
            return Resolution(success=False, message="Nobody answered in time.")
        return Resolution(success=False, message="The task waits for a person's answer.")


def _resolution(attempt: RecoveryAttempt | None) -> Resolution:
    if attempt is None:
        return Resolution(success=False, message="Somebody else decided about this failure.")
    goes_on = attempt.strategy not in {Strategy.GIVE_UP, Strategy.ASK_A_PERSON}
    reason = attempt.reasons[0] if attempt.reasons else ""
    return Resolution(success=goes_on, message=f"{Strategy(attempt.strategy).label}. {reason}", attempt=attempt)


def _end_undecidable(task_id: uuid.UUID, why: str) -> None:
    """FAILED, where no decision came about since its last sign of progress: no wait is without end. It is a dead letter
    then, and can be replayed."""
    try:
        late = Task.objects.filter(pk=task_id, wait_reason=RECOVERY, progress_at__lt=db_now(plus_s=-UNDECIDABLE_S))
        for key, epoch in late.values_list("pk", "epoch"):
            decisions.give_up(task_id=key, epoch=epoch, reason=why)
    except Exception:
        log.exception("recovery.undecidable", extra={"task_id": str(task_id)})


_resolver = FailedTaskResolver()


async def handle_executor_task_failure(task_id: uuid.UUID | str, error: str) -> dict[str, Any]:
    """The name of seeds 004: what its executor awaits for a failed task; `success` says that the work goes on."""
    return await _resolver.handle_task_failure(task_id, error)
