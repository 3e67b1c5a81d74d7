"""A plan that is made again: what the one before had added and this one does not is left out."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from autodev.lib.clock import db_now
from projects.engine.outcome import NewTask
from projects.engine.ready import add_tasks
from projects.guidance import KEY
from projects.models import Dependency, Task
from projects.states import PHASE_ORDER, Phase, TaskState

AFTER = [phase for phase in Phase if PHASE_ORDER[phase] > PHASE_ORDER[Phase.PLAN]]


def replan(build_id: uuid.UUID, wanted: Sequence[NewTask]) -> None:
    """Pending tasks of an earlier plan: one that the new plan has, too, takes its title, what it is told and what it
    needs, and keeps what recovery changed; another is SUPERSEDED. A first plan finds none, and leaves its tasks to the
    end of the attempt."""
    earlier = list(Task.objects.filter(build_id=build_id, state=TaskState.PENDING, phase__in=AFTER))
    if not earlier:
        return
    new = {task.key: task for task in wanted}
    add_tasks(build_id, wanted)
    ids = dict(Task.objects.filter(build_id=build_id).values_list("key", "pk"))
    for task in earlier:
        row = Task.objects.filter(pk=task.pk, state=TaskState.PENDING)
        same = new.get(task.key)
        if same is None:
            row.update(state=TaskState.SUPERSEDED, finished_at=db_now())
            continue
        kept = {KEY: task.params[KEY]} if KEY in task.params else {}
        row.update(title=same.title, params={**same.params, **kept}, estimate_s=same.estimate_s, priority=same.priority)
        needs = [ids[key] for key in dict.fromkeys(same.needs)]
        Dependency.objects.filter(task=task).exclude(needs_id__in=needs).delete()
        Dependency.objects.bulk_create([Dependency(task=task, needs_id=need) for need in needs], ignore_conflicts=True)
