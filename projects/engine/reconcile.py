"""Refs from rows: the row is the truth, and a process that died between the two left a ref behind."""

from __future__ import annotations

import uuid

from projects.models import Build, Project, Step
from projects.repository.repository import Repository, repository_of


def wanted_refs(project_id: uuid.UUID) -> dict[str, str]:
    """Name → commit, as the rows say: the newest snapshot of each (task, epoch) and each build's head."""
    wanted: dict[str, str] = {}
    steps = Step.objects.filter(task__build__project_id=project_id).exclude(commit="").order_by("created_at", "id")
    for task_id, epoch, commit in steps.values_list("task_id", "epoch", "commit"):
        wanted[f"task/{task_id}/{epoch}"] = commit
    heads = Build.objects.filter(project_id=project_id).exclude(head="")
    wanted.update({f"build/{build_id}": head for build_id, head in heads.values_list("pk", "head")})
    return wanted


def reconcile(project_id: uuid.UUID) -> int:
    """Sets the project's refs to what its rows say and gives how many moved. A ref without a row stays: it belongs to a
    transaction that is under way, or to one that never was and whose objects harm nobody."""
    repository = repository_of(project_id)
    if not (repository.git_dir / "HEAD").exists():
        return 0
    present = repository.refs()
    moved = {name: commit for name, commit in wanted_refs(project_id).items() if present.get(name) != commit}
    return sum(_set(repository, name, commit) for name, commit in moved.items())


def _set(repository: Repository, name: str, commit: str) -> bool:
    if not repository.has(commit):
        return False
    repository.set_ref(name, commit)
    return True


def reconcile_all() -> int:
    """All projects."""
    return sum(reconcile(project_id) for project_id in Project.objects.values_list("pk", flat=True))
