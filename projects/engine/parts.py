"""A task and the parts that replaced it: the tree by `Task.parent`, and the dependencies on its leaves."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import F

from autodev.lib.clock import db_now
from projects.engine.outcome import NewTask
from projects.models import Attempt, AttemptOutcome, Dependency, Task
from projects.states import TaskState

MAX_DEPTH = 2
MAX_PARTS = 8


class Tree:
    """The tasks of a build by what they are parts of, as they are now."""

    def __init__(self, build_id: uuid.UUID) -> None:
        self.parent: dict[uuid.UUID, uuid.UUID] = {}
        self.children: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        self.superseded: set[uuid.UUID] = set()
        for task, parent, state in Task.objects.filter(build_id=build_id).values_list("pk", "parent_id", "state"):
            if state == TaskState.SUPERSEDED:
                self.superseded.add(task)
            if parent is not None:
                self.parent[task] = parent
                self.children[parent].append(task)

    def decomposed(self, task: uuid.UUID) -> bool:
        """Whether its parts do its work now."""
        if task not in self.superseded:
            return False
        return any(part not in self.superseded or self.decomposed(part) for part in self.children[task])

    def below(self, task: uuid.UUID) -> list[uuid.UUID]:
        """All its parts and their parts."""
        found = list(self.children[task])
        for part in found:
            found += self.children[part]
        return found

    def depth(self, task: uuid.UUID) -> int:
        """How often the work that it is a part of was divided; 0 for a task of the plan."""
        above, depth = self.parent.get(task), 0
        while above is not None:
            above, depth = self.parent.get(above), depth + 1
        return depth


def still_counts(build_id: uuid.UUID, tasks: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """The tasks; instead of a part that was taken back, the task that it was a part of."""
    tree, found = Tree(build_id), []
    for task in tasks:
        standing = task
        while standing in tree.superseded and standing in tree.parent and not tree.decomposed(standing):
            standing = tree.parent[standing]
        found.append(standing)
    return found


def leaves(parts: Sequence[NewTask]) -> list[str]:
    """The keys of the parts that no other part needs: with the last of them the whole is done."""
    needed = {need for part in parts for need in part.needs}
    return [part.key for part in parts if part.key not in needed]


def relink(whole: Task, last: Sequence[str]) -> int:
    """Whatever needed the whole needs its last parts instead; gives how many tasks that are."""
    links = Dependency.objects.filter(needs=whole)
    dependents = list(links.values_list("task_id", flat=True))
    ids = list(Task.objects.filter(build_id=whole.build_id, key__in=last).values_list("pk", flat=True))
    Dependency.objects.bulk_create(
        [Dependency(task_id=task, needs_id=part) for task in dependents for part in ids], ignore_conflicts=True
    )
    links.delete()
    return len(dependents)


def put_together(build_id: uuid.UUID, tasks: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Takes back the division of those of the tasks that were divided: what needs a part from outside needs the whole
    again, and the parts are SUPERSEDED. Gives the tasks that are whole again; the caller sets them back."""
    tree = Tree(build_id)
    whole = sorted((task for task in tasks if tree.decomposed(task)), key=tree.depth)
    for task in reversed(whole):
        parts = tree.below(task)
        links = Dependency.objects.filter(needs__in=parts).exclude(task__in=parts)
        dependents = dict.fromkeys(links.values_list("task_id", flat=True))
        Dependency.objects.bulk_create(
            [Dependency(task_id=dependent, needs=Task(pk=task)) for dependent in dependents], ignore_conflicts=True
        )
        links.delete()
        Attempt.objects.filter(task__in=parts, outcome=AttemptOutcome.RUNNING).update(
            outcome=AttemptOutcome.CANCELLED, finished_at=db_now()
        )
        Task.objects.filter(pk__in=parts).exclude(state=TaskState.SUPERSEDED).update(
            state=TaskState.SUPERSEDED, epoch=F("epoch") + 1, finished_at=db_now(),
            lease_owner="", lease_expires_at=None, next_run_at=None, wait_reason="",
        )  # fmt: skip
    return [task for task in whole if not any(task in tree.below(other) for other in whole)]
