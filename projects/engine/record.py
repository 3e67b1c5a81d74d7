"""Changing a build with its events in one go: the version rises with the change, so that it has no gap."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from autodev.accounts.models import User
from autodev.events import services as events
from autodev.events.notify import build_topic, notify, workspace_topic
from autodev.lib import rows
from autodev.lib.rows import Sql
from projects.engine import doorbell
from projects.models import Build

# What a task's way through needs of its build; the JSON columns can be large and are read when asked for.
SLIM = ("id", "workspace_id", "project_id", "version", "state", "phase", "progress", "head")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event to be."""

    type: str
    task_id: uuid.UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


def lock_build(build_id: uuid.UUID) -> Build:
    """Takes the build's row before other rows of it, so that two writers of one build wait instead of deadlocking;
    gives it as it is then, with the columns of SLIM. On SQLite the transaction holds the whole database. Raises
    DoesNotExist."""
    lock = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
    select = f"SELECT {rows.names(Build, SLIM)} FROM projects_build WHERE id = %s{lock}"  # noqa: S608 - our own columns
    found = rows.fetch(select, [rows.key(build_id)])
    if not found:
        raise Build.DoesNotExist(build_id)
    return rows.instance(Build, found[0], SLIM)


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
    `only_if` (further conditions on the row, as for `rows.update`) did not hold. Listeners get hints on commit; `ring`
    rings the doorbell too."""
    version = Sql(f"version + {len(happened)}")
    build = rows.update_returning(Build, {"id": build_id, **(only_if or {})}, {"version": version, **changes})
    if build is not None:
        _write_events(build, happened, actor=actor, ring=ring)
    return build


def record_held(
    build: Build, happened: Happened, *, only_if: Mapping[str, Any] | None = None, ring: bool = False, **changes: Any
) -> bool:
    """As `record` for one event of a build whose row `lock_build` took; whether `only_if` held. The version is known,
    so that nothing has to be read back (0.1 ms); of the build given, only `version` follows the changes."""
    held = {"id": build.pk, "version": build.version, **(only_if or {})}
    if not rows.update(Build, held, {"version": build.version + 1, **changes}):
        return False
    build.version += 1
    _write_events(build, [happened], actor=None, ring=ring)
    return True


def _write_events(build: Build, happened: Sequence[Happened], *, actor: User | None, ring: bool) -> None:
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
    last = {"type": happened[-1].type, "id": str(build.pk), "version": build.version} if happened else None
    transaction.on_commit(lambda: _tell(build, last, ring=ring), robust=True)


def _tell(build: Build, hint: dict[str, Any] | None, *, ring: bool) -> None:
    if ring:
        doorbell.ring()
    if hint is not None:
        notify(build_topic(build.pk), hint)
        notify(workspace_topic(build.workspace_id), hint)
