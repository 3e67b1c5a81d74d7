"""The ready set: a pending task whose needs are all done may run."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from autodev.lib import rows
from projects.engine.outcome import NewTask
from projects.models import Dependency, Task
from projects.states import TASK_BROKEN, TASK_DONE, TaskState


def _in(states: Iterable[TaskState]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


# A need that is not critical does not hold anything up once it has ended, however it did.
MAKE_READY = f"""
UPDATE projects_task SET state = '{TaskState.READY}'
 WHERE build_id = %s AND state = '{TaskState.PENDING}' AND NOT EXISTS (
   SELECT 1 FROM projects_dependency d JOIN projects_task needed ON needed.id = d.needs_id
    WHERE d.task_id = projects_task.id AND needed.state NOT IN ({_in(TASK_DONE)})
      AND (needed.critical OR needed.state NOT IN ({_in([*TASK_BROKEN, TaskState.CANCELLED])})))
"""  # noqa: S608 - states of our own


def make_ready(build_id: uuid.UUID) -> int:
    """PENDING → READY where nothing is missing; gives how many. The caller holds the build's row, so that two parents
    that finish at once cannot each miss the other."""
    return rows.run(MAKE_READY, [rows.key(build_id)])


def add_tasks(build_id: uuid.UUID, new: Sequence[NewTask]) -> int:
    """Adds the tasks with their dependencies and gives how many; a key that is there already is left as it is. Raises
    ValueError where a task needs a key that the build does not have."""
    if not new:
        return 0
    tasks = [
        Task(
            build_id=build_id, key=one.key, kind=one.kind, phase=one.phase, title=one.title, params=dict(one.params),
            priority=one.priority, estimate_s=one.estimate_s, milestone=one.milestone, critical=one.critical,
            parent_id=one.parent,
        )
        for one in new
    ]  # fmt: skip
    there = set(Task.objects.filter(build_id=build_id, key__in=[one.key for one in new]).values_list("key", flat=True))
    Task.objects.bulk_create([row for row in tasks if row.key not in there])
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
    return len(tasks) - len(there)
