"""Questions to people."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from autodev.accounts.errors import NotFound
from recovery.models import HumanRequest
from recovery.states import RequestState


def requests(workspace_id: uuid.UUID, *, state: str = "", task_id: uuid.UUID | None = None) -> QuerySet[HumanRequest]:
    """The newest first, with their tasks."""
    found = HumanRequest.objects.filter(workspace_id=workspace_id)
    found = found.filter(state=state) if state else found
    found = found.filter(task_id=task_id) if task_id else found
    return found.select_related("task", "build", "answered_by").order_by("-created_at", "-id")


def open_requests(workspace_id: uuid.UUID) -> QuerySet[HumanRequest]:
    return requests(workspace_id, state=RequestState.OPEN)


def request_of(workspace_id: uuid.UUID, request_id: uuid.UUID) -> HumanRequest:
    """Raises NotFound for one of another workspace."""
    found = requests(workspace_id).filter(pk=request_id).first()
    if found is None:
        raise NotFound("There is no such question.")
    return found
