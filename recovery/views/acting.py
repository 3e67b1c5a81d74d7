"""What a person may do about a task, as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.accounts.access import Access
from projects import review
from projects.models import Task
from projects.states import TASK_BROKEN, TaskState

ACCEPTABLE = frozenset({TaskState.DEGRADED, *TASK_BROKEN})


@dataclass(frozen=True, kw_only=True)
class Actions:
    """What its state and the person's role allow."""

    retry: bool
    choose: bool
    give_up: bool
    accept: bool
    dead: bool

    @property
    def any(self) -> bool:
        return self.retry or self.choose or self.give_up or self.accept or self.dead


def acceptable(task: Task) -> bool:
    """Whether its end can be taken as it is."""
    return task.state in ACCEPTABLE and task.accepted_at is None


def actions_of(task: Task, access: Access) -> Actions:
    waits = task.state == TaskState.WAITING and task.key != review.KEY and not task.build.is_final
    return Actions(
        retry=waits and access.can_build,
        choose=waits and access.can_maintain,
        give_up=waits and access.can_maintain,
        accept=acceptable(task) and access.can_build,
        dead=task.state in TASK_BROKEN and task.accepted_at is None,
    )
