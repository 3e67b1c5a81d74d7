"""What the death of a worker says about a task that it ran.

Who was alone on the worker is to blame. Where several tasks ran at once, or the host itself went down, it may have been
any of them or none: a long task is there at every death of its host and has done nothing. Such a death is unclear. It
counts only each fourth time in a row, so that what never runs alone is stopped too, and from the second on the tasks
are tried apart: the one begun last, the likeliest, goes on at once, the others a little later. What takes its worker
down is alone then, and counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from autodev.lib.clock import db_now
from projects.engine.incarnation import host_restarted
from projects.engine.timing import APART_LADDER_S, LEASE_S, UNCLEAR_DEATHS
from projects.models import Attempt, AttemptOutcome, Task

APART = "Its worker died with several tasks: they are tried apart."


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """`beside` is how many other tasks the worker ran, `newest` whether none of them was begun later, `rebooted`
    whether its host went down with it, `unclear_before` how many deaths in a row before this one blamed nobody."""

    beside: int = 0
    newest: bool = True
    rebooted: bool = False
    unclear_before: int = 0

    @property
    def unclear(self) -> bool:
        return self.beside > 0 or self.rebooted

    @property
    def counts(self) -> bool:
        """Whether it is the task's."""
        return not self.unclear or (self.unclear_before + 1) % UNCLEAR_DEATHS == 0

    @property
    def apart_s(self) -> float:
        """How long the task is held back, so that another is alone."""
        if self.newest or self.beside == 0 or self.unclear_before == 0:
            return 0.0
        return APART_LADDER_S[min(self.unclear_before, len(APART_LADDER_S)) - 1]

    def details(self) -> dict[str, Any]:
        """For the attempt's row: the next death reads it."""
        return {"beside": self.beside, "rebooted": self.rebooted, "unclear": self.unclear, "counts": self.counts}


def death_of(task: Task) -> Death:
    """The death of the worker that has this RUNNING task. It reads attempts, not leases: another sweeper may have
    taken the worker's other tasks a moment ago."""
    moments_ago = Q(outcome=AttemptOutcome.LOST, finished_at__gte=db_now(plus_s=-2 * LEASE_S))
    lost = Q(outcome=AttemptOutcome.RUNNING) | moments_ago
    others = Attempt.objects.filter(lost, owner=task.lease_owner).exclude(task=task)
    own = Attempt.objects.filter(task=task, epoch=task.epoch).first()
    later = [] if own is None else [one for one in others if (one.started_at, one.pk) > (own.started_at, own.pk)]
    return Death(
        beside=len(others),
        newest=not later,
        rebooted=host_restarted(task.lease_owner),
        unclear_before=_unclear_in_a_row(task),
    )


def _unclear_in_a_row(task: Task) -> int:
    """A shutdown in between says nothing."""
    past = Attempt.objects.filter(task=task, epoch__lt=task.epoch).exclude(outcome=AttemptOutcome.RELEASED)
    number = 0
    for outcome, details in past.order_by("-epoch").values_list("outcome", "details").iterator(chunk_size=50):
        if outcome != AttemptOutcome.LOST or not details.get("unclear"):
            break
        number += 1
    return number
