"""Which tone a state has. A tone is a CSS class of static/src/app.css; the words are the enums' labels."""

from __future__ import annotations

# value → tone. The enums share their words on purpose: "failed" looks the same for a build, a task and a check.
TONES: dict[str, str] = {
    "queued": "idle", "pending": "idle", "ready": "idle", "cancelled": "idle", "superseded": "idle", "released": "idle",
    "not_run": "idle", "info": "idle", "viewer": "idle", "developer": "idle", "maintainer": "idle", "lost": "warn",
    "running": "live", "auto_recovering": "live", "waiting": "wait", "paused": "wait",
    "succeeded": "good", "passed": "good", "active": "good", "met": "good", "owner": "idle",
    "degraded": "warn", "degraded_mode": "warn", "warning": "warn", "partial": "warn", "not_understood": "warn",
    "closed": "good", "half_open": "wait", "open": "bad", "no_key": "warn", "no_program": "warn", "overdue": "warn",
    "failed": "bad", "quarantined": "bad", "error": "bad", "unmet": "bad",
    "asked": "live", "planned": "idle", "applied": "live", "recovered": "good", "relapsed": "warn", "exhausted": "bad",
    "answered": "good", "expired": "warn", "withdrawn": "idle",
    "merged": "good", "proposed": "wait", "discarded": "idle",
    "heard": "good", "unheard": "warn", "assumed": "warn",
}  # fmt: skip


def tone(value: str) -> str:
    """The tone's name; an unknown state is quiet."""
    return TONES.get(value, "idle")
