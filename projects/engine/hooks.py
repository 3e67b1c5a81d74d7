"""The failure hook: recovery registers here what happens with a task whose attempt failed."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from projects.engine.decisions import give_up

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A task in WAITING(recovery). A decision about it is valid for this epoch only."""

    task_id: uuid.UUID
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A task whose worker died at this epoch. It is READY again, or QUARANTINED after too many."""

    task_id: uuid.UUID
    epoch: int
    quarantined: bool


FailureHook = Callable[[Failure], None]
LostHook = Callable[[Lost], None]
_hook: FailureHook | None = None
_lost_hook: LostHook | None = None


def set_failure_hook(hook: FailureHook | None) -> None:
    """The one function that decides; None takes it back."""
    global _hook  # noqa: PLW0603 - a registry of one
    _hook = hook


def decide(failure: Failure) -> None:
    """Asks the hook. Without one, the task fails. What the hook raises is logged; the sweep asks again."""
    if _hook is None:
        give_up(task_id=failure.task_id, epoch=failure.epoch, reason="No recovery is installed.")
        return
    try:
        _hook(failure)
    except Exception:
        log.exception("recovery.hook_failed", extra={"task_id": str(failure.task_id), "epoch": failure.epoch})


def set_lost_hook(hook: LostHook | None) -> None:
    """Who is told of lost workers, to record it; nothing waits for an answer. None takes it back."""
    global _lost_hook  # noqa: PLW0603 - a registry of one
    _lost_hook = hook


def tell_lost(lost: Lost) -> None:
    """Tells it, after the transaction. A process that dies in between tells nobody: the attempt's outcome LOST and the
    event say it for good."""
    if _lost_hook is None:
        return
    try:
        _lost_hook(lost)
    except Exception:
        log.exception("recovery.lost_hook_failed", extra={"task_id": str(lost.task_id), "epoch": lost.epoch})
