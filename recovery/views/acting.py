"""What a person may do about a task, as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.accounts.access import Access
from projects.models import Task
from projects.states import TASK_BROKEN, TaskState
from recovery.selectors.possible import Choice, choices_of, decidable

ACCEPTABLE = frozenset({TaskState.DEGRADED, *TASK_BROKEN})


@dataclass(frozen=True, kw_only=True)
class Actions:
    """What its state and the person's role allow. `choices` are all strategies, where one may be chosen."""

    retry: bool
    choices: tuple[Choice, ...]
    give_up: bool
    accept: bool
    dead: bool

    @property
    def possible(self) -> tuple[Choice, ...]:
        return tuple(one for one in self.choices if not one.why_not)

    @property
    def impossible(self) -> tuple[Choice, ...]:
        return tuple(one for one in self.choices if one.why_not)

    @property
    def any(self) -> bool:
        return self.retry or self.give_up or self.accept or self.dead


def acceptable(task: Task) -> bool:
    """Whether its end can be taken as it is."""
    return task.state in ACCEPTABLE and task.accepted_at is None


def actions_of(task: Task, access: Access) -> Actions:
    waits = decidable(task)
    return Actions(
        retry=waits and access.can_build,
        choices=tuple(choices_of(task)) if waits and access.can_maintain else (),
        give_up=waits and access.can_maintain,
        accept=acceptable(task) and access.can_build,
        dead=task.state in TASK_BROKEN and task.accepted_at is None,
    )
