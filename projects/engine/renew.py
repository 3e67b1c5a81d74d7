"""A retry on rebuilt ground: the task's files and journal begin anew, and what it needs is verified first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.accounts.models import User
from projects.engine.again import undo_steps
from projects.engine.decided import Along, decide_on, undecided
from projects.engine.reach import gone, needs_of
from projects.engine.restart import begin_from
from projects.models import Task

# What the next attempt does not find; the paid answers stay as rows of another name.
ANEW: dict[str, Any] = {"base": "", "head": "", "result": {}, "progress": 0}


def renew(
    task: Task, told: Mapping[str, Any], changes: Mapping[str, Any], *, along: Along | None, actor: User | None
) -> bool:
    """Retries the task with `changes`, without its snapshots and steps. Needs whose commits are gone run again first,
    and with them all that depends on them; the task keeps its counters. False where somebody was faster."""
    lost = gone(task.build, needs_of(task))
    if not lost:
        still = undecided(task.pk, task.epoch, actor)
        return decide_on(
            still, task, "task.retry_planned", told, {**changes, **ANEW},
            then=lambda: undo_steps([task.pk]), along=along, actor=actor,
        )  # fmt: skip
    needs = list(Task.objects.filter(pk__in=lost).values_list("key", flat=True))

    def prepare() -> None:
        again = {name: value for name, value in changes.items() if name not in {"state", "wait_reason"}}
        Task.objects.filter(pk=task.pk).update(**again)

    return begin_from(
        task, lost, "task.retry_planned", {**told, "needs_again": needs}, prepare, along=along, actor=actor
    )
