"""Whose budgets there are beside a workspace's own: the upper floors say which projects and builds are a
workspace's, and what they are called."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Owns = Callable[[uuid.UUID, uuid.UUID], bool]
Names = Callable[[uuid.UUID, Sequence[uuid.UUID] | None], Mapping[uuid.UUID, str]]


@dataclass(frozen=True)
class _Known:
    owns: Owns
    names: Names


_known: dict[str, _Known] = {}


def register(scope: str, owns: Owns, names: Names) -> None:
    """`owns(workspace_id, subject_id)` says whether it is the workspace's; `names(workspace_id, ids)` what those of the
    workspace are called, with None as ids of the newest ones. Called at start, once for a scope."""
    _known[scope] = _Known(owns, names)


def owned(scope: str, workspace_id: uuid.UUID, subject_id: uuid.UUID) -> bool:
    """False also for a scope that nobody registered."""
    known = _known.get(scope)
    return known is not None and known.owns(workspace_id, subject_id)


def names_of(scope: str, workspace_id: uuid.UUID, ids: Sequence[uuid.UUID] | None = None) -> Mapping[uuid.UUID, str]:
    """By id, the newest first; of a scope that nobody registered none."""
    known = _known.get(scope)
    return known.names(workspace_id, ids) if known is not None else {}
