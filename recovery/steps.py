"""What recovery does at the end of each sweep. Safe in several processes at once; a few queries where nothing is
open."""

from __future__ import annotations

import logging
from collections.abc import Callable

from autodev.lib.db import drop_broken_connection
from recovery.outcomes import settle_outcomes
from recovery.poison import set_apart_all
from recovery.questions import withdraw_settled
from recovery.workspace.moves import follow_all

log = logging.getLogger(__name__)
STEPS: tuple[tuple[str, Callable[[], int]], ...] = (
    ("outcomes", settle_outcomes),
    ("quarantine", set_apart_all),
    ("questions", withdraw_settled),
    ("workspaces", follow_all),
)


def look_after() -> dict[str, int]:
    """Each step, and how many rows it moved. What one raises is logged and does not keep the others from their
    turn."""
    moved: dict[str, int] = {}
    for name, step in STEPS:
        try:
            moved[name] = step()
        except Exception:
            log.exception("recovery.step_failed", extra={"step": name})
            drop_broken_connection()
    return moved
