"""Refs from rows: the row is the truth, and a process that died between the two left a ref behind."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from autodev.lib.clock import db_now
from projects.models import Build, Step
from projects.repository.repository import Repository, repository_of
from projects.states import BUILD_FINAL

# A ref that a crash left behind belongs to a task that still runs, or to the end of its build: a day is ample.
RECENT_S = 24 * 3600.0


def wanted_refs(build_ids: Iterable[uuid.UUID]) -> dict[str, str]:
    """Name → commit, as the rows say: the newest snapshot of each (task, epoch) and each build's head."""
    ids = list(build_ids)
    wanted: dict[str, str] = {}
    steps = Step.objects.filter(task__build__in=ids).exclude(commit="").order_by("created_at", "id")
    for task_id, epoch, commit in steps.values_list("task_id", "epoch", "commit"):
        wanted[f"task/{task_id}/{epoch}"] = commit
    heads = Build.objects.filter(pk__in=ids).exclude(head="")
    wanted.update({f"build/{build_id}": head for build_id, head in heads.values_list("pk", "head")})
    return wanted


def reconcile(project_id: uuid.UUID, build_ids: Iterable[uuid.UUID]) -> int:
    """Sets the refs of these builds of the project to what their rows say and gives how many moved. A ref without a row
    stays: it belongs to a transaction that is under way, or to one that never was and whose objects harm nobody."""
    repository = repository_of(project_id)
    if not (repository.git_dir / "HEAD").exists():
        return 0
    present = repository.refs()
    moved = {name: commit for name, commit in wanted_refs(build_ids).items() if present.get(name) != commit}
    return sum(_set(repository, name, commit) for name, commit in moved.items())


def _set(repository: Repository, name: str, commit: str) -> bool:
    if not repository.has(commit):
        return False
    repository.set_ref(name, commit)
    return True


def recent() -> dict[uuid.UUID, list[uuid.UUID]]:
    """Project → its builds that live or ended within the last day; of the others nothing moves any more."""
    return by_project(Build.objects.filter(~Q(state__in=BUILD_FINAL) | Q(finished_at__gte=db_now(plus_s=-RECENT_S))))


def by_project(builds: QuerySet[Build]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Project → these builds of it."""
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for project_id, build_id in builds.order_by("pk").values_list("project_id", "pk"):
        found.setdefault(project_id, []).append(build_id)
    return found
