"""Changing a build with its events in one go: the version rises with the change, so that it has no gap."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F

from autodev.accounts.models import User
from autodev.events import services as events
from autodev.events.notify import build_topic, notify, workspace_topic
from projects.engine import doorbell
from projects.models import Build


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event to be."""

    type: str
    task_id: uuid.UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


def lock_build(build_id: uuid.UUID) -> None:
    """Takes the build's row before other rows of it, so that two writers of one build wait instead of deadlocking."""
    Build.objects.filter(pk=build_id).update(version=F("version"))


def record(
    build_id: uuid.UUID,
    happened: Sequence[Happened],
    *,
    actor: User | None = None,
    only_if: Mapping[str, Any] | None = None,
    ring: bool = False,
    **changes: Any,
) -> Build | None:
    """Writes the changes and the events in the caller's transaction and gives the build as it is then, or None where
    `only_if` (further conditions on the row) did not hold. Listeners get hints on commit; `ring` rings the doorbell
    too."""
    matched = Build.objects.filter(pk=build_id, **(only_if or {})).update(
        version=F("version") + len(happened), **changes
    )
    if not matched:
        return None
    build = Build.objects.get(pk=build_id)
    first = build.version - len(happened) + 1
    for version, one in enumerate(happened, start=first):
        events.record(
            type=one.type,
            workspace_id=build.workspace_id,
            project_id=build.project_id,
            build_id=build.pk,
            task_id=one.task_id,
            version=version,
            actor=actor,
            payload=one.payload,
        )
    transaction.on_commit(lambda: _tell(build, happened, ring=ring), robust=True)
    return build


def _tell(build: Build, happened: Sequence[Happened], *, ring: bool) -> None:
    if ring:
        doorbell.ring()
    for one in happened[-1:]:
        hint = {"type": one.type, "id": str(build.pk), "version": build.version}
        notify(build_topic(build.pk), hint)
        notify(workspace_topic(build.workspace_id), hint)
