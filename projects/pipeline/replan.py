"""A plan that is made again: what the one before had added and this one does not is left out."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from autodev.lib.clock import db_now
from projects.engine.outcome import NewTask
from projects.models import Task
from projects.states import PHASE_ORDER, Phase, TaskState

AFTER = [phase for phase in Phase if PHASE_ORDER[phase] > PHASE_ORDER[Phase.PLAN]]


def replan(build_id: uuid.UUID, wanted: Sequence[NewTask]) -> None:
    """Pending tasks of an earlier plan: one that the new plan has, too, takes its title and what it is told; another is
    SUPERSEDED. A first plan finds none."""
    new = {task.key: task for task in wanted}
    for task in Task.objects.filter(build_id=build_id, state=TaskState.PENDING, phase__in=AFTER):
        row = Task.objects.filter(pk=task.pk, state=TaskState.PENDING)
        same = new.get(task.key)
        if same is None:
            row.update(state=TaskState.SUPERSEDED, finished_at=db_now())
        else:
            row.update(title=same.title, params=dict(same.params), estimate_s=same.estimate_s, priority=same.priority)
