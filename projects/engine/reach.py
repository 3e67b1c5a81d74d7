"""Which tasks a new beginning reaches, and at which commit it begins."""

from __future__ import annotations

import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence

from projects.engine.parts import still_counts
from projects.models import Build, Dependency, Task
from projects.repository.repository import repository_of
from projects.states import TASK_DONE, Phase, TaskState


def with_dependents(build_id: uuid.UUID, first: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """The tasks and all that depend on them, directly or not; the parts of a task come along with it. A part that was
    taken back stands for the task that it was a part of."""
    after = defaultdict(list)
    for task, needs in Dependency.objects.filter(task__build_id=build_id).values_list("task_id", "needs_id"):
        after[needs].append(task)
    for part, parent in Task.objects.filter(build_id=build_id).exclude(parent=None).values_list("pk", "parent_id"):
        after[parent].append(part)
    found = dict.fromkeys(still_counts(build_id, first))
    queue = deque(found)
    while queue:
        for task in after[queue.popleft()]:
            if task not in found:
                found[task] = None
                queue.append(task)
    return list(found)


def not_in(build: Build, commit: str) -> list[uuid.UUID]:
    """Done tasks whose work is not in the commit's history, for example because they ran beside it; of an empty commit
    all that made something."""
    done = Task.objects.filter(build=build, state__in=TASK_DONE).exclude(head="")
    if not commit:
        return list(done.values_list("pk", flat=True))
    repository = repository_of(build.project_id)
    return [task.pk for task in done if not (repository.has(task.head) and repository.has_ancestor(commit, task.head))]


def green_in(build: Build, commit: str) -> str:
    """The build's last green commit where the history of `commit` holds it, else nothing."""
    green = Build.objects.values_list("last_green", flat=True).get(pk=build.pk)
    repository = repository_of(build.project_id)
    if not green or not commit or not repository.whole(green):
        return ""
    return green if repository.has_ancestor(commit, green) else ""


def measuring(build_id: uuid.UUID) -> list[uuid.UUID]:
    """The tasks whose figures are those of a commit."""
    return list(Task.objects.filter(build_id=build_id, phase=Phase.VALIDATE).values_list("pk", flat=True))


def head_before(build: Build, tasks: Iterable[uuid.UUID]) -> str:
    """The build's head before the first of the tasks that made something; its head where none did. What a task made
    that is not done is not in the head."""
    done = Task.objects.filter(pk__in=list(tasks), state__in=TASK_DONE)
    made = done.exclude(base="").order_by("started_at", "created_at")
    first = made.values_list("base", flat=True).first()
    if first is None:
        return build.head
    return "" if first == repository_of(build.project_id).init() else first


def gone(build: Build, tasks: Iterable[Task]) -> list[uuid.UUID]:
    """Of done tasks those whose work the repository has no longer; all that made something where the build's own head
    is gone."""
    repository = repository_of(build.project_id)
    if build.head and not repository.whole(build.head):
        return not_in(build, "")
    return [task.pk for task in tasks if task.state in TASK_DONE and task.head and not repository.whole(task.head)]


def beginning(build: Build, first: Sequence[uuid.UUID]) -> tuple[str, list[uuid.UUID]]:
    """The commit at which these tasks begin again, and all tasks that then run: those that depend on them, and those
    whose work that commit does not hold. Where the commit is gone, everything is made anew."""
    tasks = with_dependents(build.pk, first)
    head = head_before(build, tasks) if build.head else ""
    if head and not repository_of(build.project_id).whole(head):
        head = ""
    if head == build.head:
        return head, tasks
    return head, with_dependents(build.pk, [*first, *not_in(build, head), *measuring(build.pk)])


def needs_of(task: Task) -> list[Task]:
    """The tasks that this one needs."""
    return list(Task.objects.filter(dependents__task=task).exclude(state=TaskState.SUPERSEDED))
