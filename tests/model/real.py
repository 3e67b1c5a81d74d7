"""The engine's rows as the model sees them, and what a worker of the tests does to them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, OuterRef, Subquery, When

from autodev.lib import clock
from autodev.lib.clock import db_now
from projects.engine.claim import Claimed, claim
from projects.engine.context import TaskContext
from projects.engine.lease import Lease
from projects.models import Attempt, AttemptOutcome, Build, Dependency, Finding, Step, Task
from projects.states import ROLLED_BACK, Phase, TaskState
from tests.factories.projects import BuildFactory, TaskFactory
from tests.model import rows
from tests.model.rows import Row

WAITS = {"recovery": rows.RECOVERY, "person": rows.PERSON, "": ""}


def row_of(task_id: uuid.UUID) -> Row:
    """The task as the model has it; what only the model counts is 0, but for the merges."""
    return rows_of(pk=task_id)[task_id]


def rows_of(**which: object) -> dict[uuid.UUID, Row]:
    """Those of the tasks that these conditions find; one query."""
    steps = Step.objects.filter(task=OuterRef("pk")).exclude(key__startswith=ROLLED_BACK)
    ends = Attempt.objects.filter(task=OuterRef("pk"), outcome=AttemptOutcome.SUCCEEDED)
    found = Task.objects.filter(**which).annotate(
        expired=Case(When(lease_expires_at__lt=db_now(), then=True), default=False),
        due=Case(When(state=TaskState.WAITING, next_run_at__lte=db_now(), then=True), default=False),
        steps_there=Subquery(steps.values("task").annotate(n=Count("pk")).values("n")),
        merges=Subquery(ends.values("task").annotate(n=Count("pk")).values("n")),
    )
    return {task.pk: _row(task) for task in found}


def _row(task: Any) -> Row:
    return Row(
        state=rows.SUCCEEDED if task.state == TaskState.DEGRADED else str(task.state),
        epoch=task.epoch,
        expired=task.expired,
        wait=WAITS.get(task.wait_reason, rows.TIMER),
        due=task.due,
        attempts=task.attempts,
        crashes=task.crashes,
        waits=task.waits,
        steps=task.steps_there or 0,
        merges=task.merges or 0,
    )


def new_build() -> Build:
    """A build of two tasks, of which the second needs the first, and one that it can do without."""
    build = BuildFactory.create()
    first = TaskFactory.create(build=build, key="first", phase=Phase.IMPLEMENT)
    second = TaskFactory.create(build=build, key="second", phase=Phase.DELIVER, state=TaskState.PENDING)
    Dependency.objects.create(task=second, needs=first)
    TaskFactory.create(build=build, key="extra", critical=False, priority=5)
    return build


@dataclass(eq=False)
class Holder:
    """A worker's slot with a task: it read the journal and looked at the world when it began, and believes both."""

    claimed: Claimed
    ctx: TaskContext
    noted: bool

    @property
    def task_id(self) -> uuid.UUID:
        return self.claimed.task.pk

    @property
    def epoch(self) -> int:
        return self.claimed.epoch

    def steps(self) -> int:
        """How many steps it knows."""
        return sum(self.ctx.journal.knows(key) for key in KEYS)

    def step(self) -> None:
        """The next step with its effect, in one transaction behind the fence. Raises Fenced."""
        key = KEYS[self.steps()]

        def apply() -> None:
            self.ctx.journal.once(key, lambda: key)
            effect(self.claimed.task, key)

        known = dict(self.ctx.journal._known())
        try:
            with transaction.atomic():
                apply()
        except Exception:
            self.ctx.journal._answers = known
            raise

    def note(self) -> None:
        """An effect without a step: whoever found none when it began makes it. Raises Fenced."""
        if not self.noted:
            self.ctx.write(lambda: effect(self.claimed.task, NOTE))
        self.noted = True


KEYS = ("one", "two")
NOTE = "note"


def effect(task: Task, name: str) -> None:
    """A row that nothing but the fence keeps from being there twice."""
    Finding.objects.create(build_id=task.build_id, rule=name, severity="info", message=str(task.pk))


def effects(task_id: uuid.UUID, name: str) -> int:
    """How often it was done."""
    return Finding.objects.filter(rule=name, message=str(task_id)).count()


def take(owner: str) -> Holder | None:
    """What a slot of this owner claims."""
    claimed = claim(owner)
    if claimed is None:
        return None
    lease = Lease(task_id=claimed.task.pk, epoch=claimed.epoch, started_at=clock.monotonic() + FOR_EVER_S)
    holder = Holder(claimed, TaskContext(claimed, lease), noted=effects(claimed.task.pk, NOTE) > 0)
    holder.steps()
    return holder


# A zombie in the same process: it goes on trusting a lease that it has lost.
FOR_EVER_S = 1e9
