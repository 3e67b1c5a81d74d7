"""The engine's failure hook: reads the task's history, decides, and writes the decision. It never runs work."""

from __future__ import annotations

import random

from django.conf import settings

from projects.engine import decisions
from projects.engine.hooks import Failure
from projects.models import Attempt, AttemptOutcome, Task
from recovery.decision import Decision, History, decide

_rng = random.SystemRandom()


def on_failure(failure: Failure) -> None:
    """Decides on a task in WAITING(recovery). Called again for the same failure it changes nothing."""
    task = Task.objects.get(pk=failure.task_id)
    if task.epoch != failure.epoch:
        return
    apply(failure, decide(history_of(task), base_s=settings.RECOVERY_DELAY_SECONDS, rng=_rng))


def history_of(task: Task) -> History:
    """The failures of the work since the task began or was rolled back; waits and lost workers are none. A rollback
    sets `attempts` to zero, so the newest that many are those since."""
    failed = Attempt.objects.filter(task=task, outcome=AttemptOutcome.FAILED).order_by("-epoch")
    newest = list(failed.values_list("fingerprint", flat=True)[: task.attempts])
    return History(
        kind=task.error_kind,
        attempts=task.attempts,
        max_attempts=min(task.max_attempts, settings.MAX_AUTO_RECOVERY_ATTEMPTS),
        fingerprints=newest[::-1],
    )


def apply(failure: Failure, decision: Decision) -> bool:
    """Writes the decision; False where it was decided already."""
    if decision.action == "retry":
        return decisions.retry(
            task_id=failure.task_id, epoch=failure.epoch, delay_s=decision.delay_s, reason=decision.reason
        )
    return decisions.give_up(task_id=failure.task_id, epoch=failure.epoch, reason=decision.reason)
