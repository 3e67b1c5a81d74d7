"""A task replaced by parts that do its work; whatever needed it needs the last of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from projects.engine.decided import Along, decide_on, undecided
from projects.engine.front import to_front
from projects.engine.outcome import NewTask
from projects.engine.parts import MAX_DEPTH, MAX_PARTS, Tree, leaves, relink
from projects.engine.ready import add_tasks
from projects.guidance import guidance_of, with_guidance
from projects.models import Task
from projects.states import TaskState

KEY_LENGTH = 80


def supersede(
    *,
    task_id: uuid.UUID,
    epoch: int,
    parts: Sequence[NewTask],
    reason: str,
    along: Along | None = None,
    actor: User | None = None,
) -> bool:
    """The task is SUPERSEDED by the parts, in one transaction. Parts without needs need what it needed; its dependents
    need every part that no other part needs. The parts go before the other work of the workspace; those of a task that
    the build can do without are such tasks, too. False where somebody was faster. Raises ValueError for parts that are
    none, too many, too deep, or do not fit the build."""
    task = Task.objects.select_related("build").filter(pk=task_id, epoch=epoch, state=TaskState.WAITING).first()
    if task is None:
        return False
    needed = list(task.needs.values_list("needs__key", flat=True))
    made = [_part(task, one, needed) for one in parts]
    last = leaves(made)
    _check(task, made, last)

    def divide() -> None:
        if add_tasks(task.build_id, made) != len(made):
            raise ValueError(f"the build has some of these keys already: {[one.key for one in made]}")
        relink(task, last)
        Task.objects.filter(parent=task, key__in=[one.key for one in made]).update(priority=to_front())

    changes = {"state": TaskState.SUPERSEDED, "finished_at": db_now(), "next_run_at": None, "wait_reason": ""}
    told = {"reason": reason, "parts": [one.key for one in made]}
    still = undecided(task_id, epoch, actor)
    return decide_on(still, task, "task.superseded", told, changes, then=divide, along=along, actor=actor)


def _part(task: Task, one: NewTask, needed: Sequence[str]) -> NewTask:
    guidance = replace(guidance_of(one.params), depth=guidance_of(task.params).depth + 1)
    return replace(
        one,
        params=with_guidance(one.params, guidance),
        needs=list(one.needs) or list(needed),
        critical=one.critical and task.critical,
        parent=task.pk,
    )


def _check(task: Task, parts: Sequence[NewTask], last: Sequence[str]) -> None:
    """Raises ValueError for what would never run, or never end."""
    keys = [one.key for one in parts]
    if not parts or len(parts) > MAX_PARTS or len(set(keys)) != len(keys):
        raise ValueError(f"{len(parts)} parts; there must be 1 to {MAX_PARTS}, each with a key of its own")
    if Tree(task.build_id).depth(task.pk) >= MAX_DEPTH or guidance_of(task.params).depth >= MAX_DEPTH:
        raise ValueError(f"the work was divided {MAX_DEPTH} times already")
    if any(len(key) > KEY_LENGTH for key in keys):
        raise ValueError(f"a key is longer than {KEY_LENGTH} characters")
    if not last or any(task.key in one.needs for one in parts):
        raise ValueError("parts that need each other, or the task they replace, would never run")
    _check_no_circle(parts)


def _check_no_circle(parts: Sequence[NewTask]) -> None:
    left = {one.key: set(one.needs) for one in parts}
    while left:
        free = [key for key, needs in left.items() if not needs & left.keys()]
        if not free:
            raise ValueError(f"these parts need each other: {sorted(left)}")
        for key in free:
            del left[key]
