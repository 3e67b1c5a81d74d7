"""A workspace as the database has it this moment, for doors that show it: neither a snapshot that may be a second old,
nor a thread that keeps one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from providers.live import store, versions
from providers.live.known import Known
from providers.live.snapshot import Snapshot, take
from providers.live.store import Circuits
from providers.live.view import WorkspaceView


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """`circuits` are those that have a row; `now` is the database's moment of the reading, in seconds since the
    epoch."""

    snapshot: Snapshot
    circuits: Circuits
    view: WorkspaceView
    now: float


def fresh(workspace_id: uuid.UUID) -> Fresh:
    """Some ten queries; not for an event loop."""
    at = versions.read()
    snapshot = take(workspace_id, at)
    circuits = store.load([workspace_id])[workspace_id]
    return Fresh(snapshot=snapshot, circuits=circuits, view=Known(snapshot, circuits, at.now).view, now=at.now)
