"""The states of a workspace as a pure function of facts, and the ways between them (seeds 004)."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.accounts.models import WorkspaceState

EDGES: dict[WorkspaceState, frozenset[WorkspaceState]] = {
    WorkspaceState.ACTIVE: frozenset({WorkspaceState.AUTO_RECOVERING}),
    WorkspaceState.AUTO_RECOVERING: frozenset({WorkspaceState.ACTIVE, WorkspaceState.DEGRADED_MODE}),
    # 004 leads out of it by full recovery alone; what fails in it is recovered too
    WorkspaceState.DEGRADED_MODE: frozenset({WorkspaceState.ACTIVE, WorkspaceState.AUTO_RECOVERING}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How many tasks of live builds are under recovery, and how many ended with less than was asked for, which nobody
    accepted and nothing made good since."""

    recovering: int = 0
    degraded: int = 0


def state_of(facts: Facts) -> WorkspaceState:
    """The state that the facts give."""
    if facts.recovering:
        return WorkspaceState.AUTO_RECOVERING
    return WorkspaceState.DEGRADED_MODE if facts.degraded else WorkspaceState.ACTIVE


def way(start: WorkspaceState, end: WorkspaceState) -> tuple[WorkspaceState, ...]:
    """The states to pass through, `end` the last of them; empty where it is there already. From ACTIVE to
    DEGRADED_MODE the way leads through AUTO_RECOVERING."""
    if start == end:
        return ()
    return (end,) if end in EDGES[start] else (WorkspaceState.AUTO_RECOVERING, end)
