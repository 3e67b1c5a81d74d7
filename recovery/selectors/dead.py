"""Dead letters: tasks that recovery could not save, with all that is known about why."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from autodev.accounts.errors import NotFound
from projects.guidance import KEY, guidance_of, with_guidance
from projects.models import Attempt, Task
from projects.selectors.output import LOOKED_AT, tail_of
from projects.states import TASK_BROKEN, BuildState

TAIL_BYTES = 8_000


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """`attempts` are the newest first. `tail` is the end of what the last attempt printed that printed something;
    empty in lists, which do not read it."""

    task: Task
    attempts: tuple[Attempt, ...]
    tail: str = ""

    @property
    def worker(self) -> str:
        """Who had it last."""
        return self.attempts[0].owner if self.attempts else ""

    @property
    def visible(self) -> dict[str, Any]:
        """Its input, as far as a person may edit it."""
        return {name: value for name, value in self.task.params.items() if name != KEY}

    @property
    def guidance(self) -> dict[str, Any]:
        """What recovery told the task, in the place that it has in the input, but for the size of a fallback: whoever
        replays it wants the whole."""
        if KEY not in self.task.params:
            return {}
        return with_guidance({}, replace(guidance_of(self.task.params), percent=100))

    @property
    def replayable(self) -> bool:
        return self.task.build.state != BuildState.CANCELLED


def dead_tasks(workspace_id: uuid.UUID, *, state: str = "") -> QuerySet[Task]:
    """QUARANTINED and FAILED tasks that nobody took as they are, the newest first."""
    wanted = [state] if state in TASK_BROKEN else list(TASK_BROKEN)
    rows = Task.objects.filter(build__workspace_id=workspace_id, state__in=wanted, accepted_at=None)
    return rows.select_related("build__project", "build__workspace").order_by("-created_at", "-id")


def with_attempts(tasks: Iterable[Task]) -> list[DeadLetter]:
    """One query for the attempts of all."""
    rows = list(tasks)
    found: dict[uuid.UUID, list[Attempt]] = defaultdict(list)
    for one in Attempt.objects.filter(task__in=rows).order_by("-epoch"):
        found[one.task_id].append(one)
    return [DeadLetter(task=task, attempts=tuple(found[task.pk])) for task in rows]


def dead_letter(workspace_id: uuid.UUID, task_id: uuid.UUID) -> DeadLetter:
    """With its output. Raises NotFound for a task that is none, or another workspace's."""
    task = dead_tasks(workspace_id).filter(pk=task_id).first()
    if task is None:
        raise NotFound("There is no such dead letter.", hint="It may have been replayed or accepted meanwhile.")
    [found] = with_attempts([task])
    printed = (tail_of(one, TAIL_BYTES) for one in found.attempts[:LOOKED_AT])
    return DeadLetter(task=task, attempts=found.attempts, tail=next((text for text in printed if text), ""))
