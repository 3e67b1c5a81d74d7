"""What the engine calls: at a failed attempt, and when a worker was lost."""

from __future__ import annotations

from projects.engine.hooks import Failure, Lost
from recovery.lost import note_lost
from recovery.resolver import FailedTaskResolver

_resolver = FailedTaskResolver()


def on_failure(failure: Failure) -> None:
    """Decides on a task in WAITING(recovery), or leaves it to the batch. Called again it changes nothing. Never
    raises."""
    _resolver.handle(failure.task_id, epoch=failure.epoch)


def on_lost(lost: Lost) -> None:
    """Notes that the task goes on, or that it is set apart and a person is asked."""
    note_lost(lost)
