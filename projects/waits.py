"""Why a task does not move, and when it goes on: in words for pages, terminals and the API. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from autodev.lib.clock import utcnow
from projects import review
from projects.models import Task
from projects.states import PERSON, RECOVERY, TaskState


@dataclass(frozen=True, kw_only=True)
class Wait:
    """`until` is when it moves by itself; `then` says what happens at that moment."""

    why: str
    then: str = ""
    until: dt.datetime | None = None
    by_person: bool = False

    @property
    def due(self) -> bool:
        """The moment has come; a worker is about to see it."""
        return self.until is not None and self.until <= utcnow()


def wait_of(task: Task) -> Wait | None:
    """None where it does not wait."""
    if task.state == TaskState.QUARANTINED:
        return Wait(why="It took its worker down three times and is set apart, so that it harms nothing else. "
                    "A maintainer can look at its dead letter and replay it.", by_person=True)  # fmt: skip
    if task.state != TaskState.WAITING:
        return None
    if task.wait_reason == RECOVERY:
        return Wait(why="An attempt failed. Recovery decides what to do", then="at the latest", until=task.next_run_at)
    if task.wait_reason == PERSON:
        return Wait(
            why="Recovery needs an answer from a person; the rest of the build goes on",
            then="it gives up without one", until=task.next_run_at, by_person=True,
        )  # fmt: skip
    if task.wait_reason == review.REASON:
        return Wait(why=review.REASON, then="it ends without an approval", until=task.next_run_at, by_person=True)
    why = (task.wait_reason or "It waits").rstrip(".")
    return Wait(why=why, then="it goes on by itself" if task.next_run_at else "", until=task.next_run_at)
