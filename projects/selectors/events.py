"""The events of a build in their order, and a workspace's activity."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from autodev.accounts.models import Workspace
from autodev.events.models import Event
from projects.models import Build, Task

EVENTS_A_PAGE = 100


def events_after(build: Build, version: int, limit: int = EVENTS_A_PAGE) -> list[Event]:
    """Up to `limit` events with a higher version, oldest first; versions have no gap, so the last one is the cursor."""
    return list(Event.objects.filter(build_id=build.pk, version__gt=version).order_by("version")[:limit])


def activity_of(workspace: Workspace) -> QuerySet[Event]:
    """What happened in the workspace, newest first."""
    return Event.objects.filter(workspace_id=workspace.pk).select_related("actor").order_by("-created_at", "-id")


def with_subjects(events: Iterable[Event]) -> list[tuple[Event, Build | None, Task | None]]:
    """Each with its build and its task, where they are still there. Two queries."""
    found = list(events)
    builds = Build.objects.only("idea", "number").in_bulk({one.build_id for one in found if one.build_id})
    tasks = Task.objects.only("title", "build").in_bulk({one.task_id for one in found if one.task_id})
    return [
        (one, builds.get(one.build_id) if one.build_id else None, tasks.get(one.task_id) if one.task_id else None)
        for one in found
    ]
