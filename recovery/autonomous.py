"""The batch of one workspace (seeds 004): its undecided failures, the oldest first, a few at a time."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from autodev.accounts.models import Workspace
from autodev.lib.db import drop_broken_connection
from projects.engine import decisions
from projects.models import Task
from projects.states import BUILD_LIVE, RECOVERY, TaskState
from providers.selectors import now as database_moment
from recovery.deciding import ask_a_member, decide
from recovery.gather import each
from recovery.models import RecoveryAttempt
from recovery.numbers import Chooser, chooser_for
from recovery.off_loop import off_loop
from recovery.opinion.asking import Asked, opinions_now
from recovery.situation import Opinion, Situation
from recovery.states import Origin, Strategy
from recovery.workspace.moves import follow

log = logging.getLogger(__name__)
ENDS = frozenset({Strategy.GIVE_UP, Strategy.ASK_A_PERSON})
Ask = Callable[[Sequence[Asked]], list[Opinion | None]]


@dataclass(slots=True)
class Recovered:
    """What a batch did in a workspace. `goes_on` are tasks that run again, `given_up` those that ended, `asked` those
    about which a person is asked, `overtaken` those that somebody else decided about, `broken` what raised an error and
    is looked at again. `left` are the failures that no batch has decided on yet."""

    found: int = 0
    goes_on: int = 0
    given_up: int = 0
    asked: int = 0
    overtaken: int = 0
    broken: int = 0
    left: int = 0
    state: str = ""
    by_strategy: Counter[str] = field(default_factory=Counter)

    def count(self, row: RecoveryAttempt | None) -> None:
        if row is None:
            self.overtaken += 1
            return
        self.by_strategy[row.strategy] += 1
        if row.strategy == Strategy.GIVE_UP:
            self.given_up += 1
        elif row.strategy == Strategy.ASK_A_PERSON:
            self.asked += 1
        else:
            self.goes_on += 1

    def as_dict(self) -> dict[str, Any]:
        """The words of seeds 004 beside ours."""
        return {
            "success": not self.broken,
            "total_failed_tasks": self.found,
            "recovered_tasks": self.goes_on,
            "failed_tasks": self.given_up,
            "human_requests": self.asked,
            "skipped_tasks": self.overtaken,
            "errors": self.broken,
            "remaining": self.left,
            "strategies": dict(self.by_strategy),
            "workspace_status": self.state,
        }


@dataclass(frozen=True, slots=True)
class Planned:
    task: Task
    situation: Situation
    chooser: Chooser


class AutonomousTaskRecovery:
    """Decides about failed tasks; it never runs work. `ask` gives a model's opinion on several failures."""

    def __init__(self, *, ask: Ask = opinions_now, batch_size: int | None = None) -> None:
        self._ask = ask
        self._batch_size = batch_size or settings.RECOVERY_BATCH_SIZE

    async def auto_recover_failed_tasks(self, workspace_id: uuid.UUID | str) -> dict[str, Any]:
        """The name of seeds 004: one batch of the workspace, told as a dict. Raises what the database raises."""
        key = workspace_id if isinstance(workspace_id, uuid.UUID) else uuid.UUID(workspace_id)
        return (await off_loop(self.recover, key)).as_dict()

    def recover(self, workspace_id: uuid.UUID) -> Recovered:
        """One batch: at most `RECOVERY_BATCH_SIZE` undecided failures. A task that breaks its decision is left for the
        next look and does not keep the others from theirs."""
        done = Recovered()
        tasks = list(undecided(workspace_id).order_by("next_run_at", "pk")[: self._batch_size])
        planned = list(_planned(tasks, done))
        done.found = len(tasks)
        opinions = self._opinions(planned)
        for one in planned:
            try:
                done.count(self._decide(one, opinions.get(one.task.pk)))
            except Exception:
                log.exception("recovery.batch_task_failed", extra={"task_id": str(one.task.pk)})
                _put_back(one.task, done)
        done.left = undecided(workspace_id).count()
        done.state = str(follow(workspace_id)) if Workspace.objects.filter(pk=workspace_id).exists() else ""
        return done

    def _opinions(self, planned: Sequence[Planned]) -> dict[uuid.UUID, Opinion]:
        """By task, where a model's word would count and one gave it."""
        if not (settings.ENABLE_AI_RECOVERY and settings.ENABLE_AUTO_TASK_RECOVERY):
            return {}
        unsure = [one for one in planned if one.chooser.wants_opinion(one.situation)]
        if not unsure:
            return {}
        given = self._ask([_question(one) for one in unsure])
        return {one.task.pk: opinion for one, opinion in zip(unsure, given, strict=True) if opinion is not None}

    def _decide(self, one: Planned, opinion: Opinion | None) -> RecoveryAttempt | None:
        if not settings.ENABLE_AUTO_TASK_RECOVERY:
            return ask_a_member(one.task, one.situation, one.chooser)
        return decide(one.task, one.situation, one.chooser, origin=Origin.BATCH, opinion=opinion)


def _planned(tasks: Sequence[Task], done: Recovered) -> list[Planned]:
    """The tasks with what is known about them. Where that cannot be read of one, the others are read one by one."""
    try:
        return _read(tasks)
    except Exception:
        log.exception("recovery.batch_not_read", extra={"tasks": len(tasks)})
        drop_broken_connection()
    found: list[Planned] = []
    for task in tasks:
        try:
            found += _read([task])
        except Exception:
            log.exception("recovery.batch_task_failed", extra={"task_id": str(task.pk)})
            _put_back(task, done)
    return found


def _read(tasks: Sequence[Task]) -> list[Planned]:
    return [Planned(task, situation, chooser_for(task.build)) for task, situation in each(tasks)]


def _put_back(task: Task, done: Recovered) -> None:
    """Behind the others, so that failures which nobody can decide about do not fill every batch."""
    drop_broken_connection()
    done.broken += 1
    until = database_moment() + dt.timedelta(seconds=2 * settings.RECOVERY_CHECK_INTERVAL_SECONDS)
    decisions.postpone(task_id=task.pk, epoch=task.epoch, until=until, reason="The decision broke.")


def undecided(workspace_id: uuid.UUID | None = None) -> QuerySet[Task]:
    """Failed attempts of live builds about which nobody has decided, in one workspace or in all."""
    rows = Task.objects.filter(state=TaskState.WAITING, wait_reason=RECOVERY, build__state__in=BUILD_LIVE)
    return rows if workspace_id is None else rows.filter(build__workspace=workspace_id)


def _question(one: Planned) -> Asked:
    budget = one.task.build.budget_usd
    return Asked(
        situation=one.situation,
        options=one.chooser.open_strategies(one.situation),
        project_id=one.task.build.project_id,
        left_usd=None if budget is None else Decimal(budget),
    )
