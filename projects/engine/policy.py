"""Who goes first: recovered work before new work, and workspaces that recover leave new work a little room."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

from autodev.accounts.models import WorkspaceState
from projects.engine.front import LIMIT

# By how many seconds the turn of a workspace's new work comes later than its place in the round. What was moved to the
# front is not slowed, and where nobody else waits, nothing is: the order alone changes, so no work stops.
HANDICAP_S: Mapping[WorkspaceState, float] = {
    WorkspaceState.ACTIVE: 0.0,
    WorkspaceState.AUTO_RECOVERING: 5.0,
    WorkspaceState.DEGRADED_MODE: 10.0,
}


def turn_sql(*, served_at: str, state: str, priority: str) -> str:
    """When a workspace's turn counts as taken, as an expression over these columns, NULL for one that was never served.
    Holds no text from outside. SQLite reckons in milliseconds; whoever orders by it orders by `served_at` next."""
    cases = " ".join(f"WHEN '{one.value}' THEN {seconds:.1f}" for one, seconds in HANDICAP_S.items() if seconds)
    handicap_s = f"CASE WHEN {priority} <= {LIMIT} THEN 0.0 ELSE CASE {state} {cases} ELSE 0.0 END END"
    if connection.vendor == "postgresql":
        return f"{served_at} + ({handicap_s}) * INTERVAL '1 second'"
    return f"JULIANDAY({served_at}) + ({handicap_s}) / 86400.0"
