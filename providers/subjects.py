"""Whose budgets there are beside a workspace's own: the upper floors say which projects and builds are a
workspace's."""

from __future__ import annotations

import uuid
from collections.abc import Callable

Owns = Callable[[uuid.UUID, uuid.UUID], bool]
_known: dict[str, Owns] = {}


def register(scope: str, owns: Owns) -> None:
    """`owns(workspace_id, subject_id)` says whether it is the workspace's. Called at start, once for a scope."""
    _known[scope] = owns


def owned(scope: str, workspace_id: uuid.UUID, subject_id: uuid.UUID) -> bool:
    """False also for a scope that nobody registered."""
    owns = _known.get(scope)
    return owns is not None and owns(workspace_id, subject_id)
