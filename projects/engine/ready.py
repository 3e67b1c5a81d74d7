"""The ready set: a pending task whose needs are all done may run."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from projects.engine.outcome import NewTask
from projects.models import Dependency, Task
from projects.states import TASK_BROKEN, TASK_DONE, TaskState


def make_ready(build_id: uuid.UUID) -> int:
    """PENDING → READY where nothing is missing; gives how many. A need that is not critical does not hold anything up
    once it has ended, however it did. The caller holds the build's row, so that two parents that finish at once cannot
    each miss the other."""
    ended = Q(needs__state__in=TASK_DONE) | Q(
        needs__critical=False, needs__state__in=[*TASK_BROKEN, TaskState.CANCELLED]
    )
    missing = Dependency.objects.filter(task=OuterRef("pk")).exclude(ended)
    pending = Task.objects.filter(build_id=build_id, state=TaskState.PENDING)
    return pending.filter(~Exists(missing)).update(state=TaskState.READY)


def add_tasks(build_id: uuid.UUID, new: Sequence[NewTask]) -> int:
    """Adds the tasks with their dependencies and gives how many; a key that is there already is left as it is. Raises
    ValueError where a task needs a key that the build does not have."""
    if not new:
        return 0
    rows = [
        Task(
            build_id=build_id, key=one.key, kind=one.kind, phase=one.phase, title=one.title, params=dict(one.params),
            priority=one.priority, estimate_s=one.estimate_s, milestone=one.milestone, critical=one.critical,
        )
        for one in new
    ]  # fmt: skip
    there = set(Task.objects.filter(build_id=build_id, key__in=[one.key for one in new]).values_list("key", flat=True))
    Task.objects.bulk_create([row for row in rows if row.key not in there])
    ids = dict(Task.objects.filter(build_id=build_id).values_list("key", "pk"))
    missing = {need for one in new for need in one.needs if need not in ids}
    if missing:
        raise ValueError(f"tasks need keys that the build does not have: {sorted(missing)}")
    Dependency.objects.bulk_create(
        [
            Dependency(task_id=ids[one.key], needs_id=ids[need])
            for one in new
            if one.key not in there
            for need in dict.fromkeys(one.needs)
        ]
    )
    return len(rows) - len(there)
