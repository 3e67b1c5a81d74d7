"""What was decided about failures, and the tasks that it was decided about."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from autodev.accounts.errors import NotFound
from projects.models import Task
from recovery.models import RecoveryAttempt


def task_in(workspace_id: uuid.UUID, task_id: uuid.UUID) -> Task:
    """The task with its build. Raises NotFound for one of another workspace."""
    found = Task.objects.filter(build__workspace_id=workspace_id, pk=task_id)
    task = found.select_related("build__project", "build__workspace", "accepted_by").first()
    if task is None:
        raise NotFound("There is no such task.")
    return task


def decisions(
    workspace_id: uuid.UUID,
    *,
    state: str = "",
    strategy: str = "",
    failure_kind: str = "",
    build_id: uuid.UUID | None = None,
    task_id: uuid.UUID | None = None,
) -> QuerySet[RecoveryAttempt]:
    """Decisions, the newest first, with their tasks; all conditions that are given must hold."""
    wanted = {
        "state": state,
        "strategy": strategy,
        "failure_kind": failure_kind,
        "build_id": build_id,
        "task_id": task_id,
    }
    given = {name: value for name, value in wanted.items() if value}
    found = RecoveryAttempt.objects.filter(workspace_id=workspace_id, **given)
    return found.select_related("task", "build", "actor").order_by("-created_at", "-id")


def decision(workspace_id: uuid.UUID, decision_id: uuid.UUID) -> RecoveryAttempt:
    """Raises NotFound for one of another workspace."""
    found = decisions(workspace_id).filter(pk=decision_id).first()
    if found is None:
        raise NotFound("There is no such decision.")
    return found
