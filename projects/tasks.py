"""What comes through the broker: bells and ticks. Each may be lost or come twice without harm."""

from __future__ import annotations

from celery import shared_task

from autodev.lib.db import own_connections
from projects.engine import doorbell
from projects.engine.sweep import sweep
from projects.selectors.explained import WITHIN_S, open_questions


@shared_task(ignore_result=True, expires=30)  # type: ignore[untyped-decorator] # celery ships no types
def ring() -> None:
    """Look at the table."""
    doorbell.here.ring()


@shared_task(ignore_result=True, expires=30)  # type: ignore[untyped-decorator] # celery ships no types
def sweep_tick() -> None:
    """A sweep beside those of the workers, in case all of them hang."""
    with own_connections():
        sweep()


@shared_task(ignore_result=True, expires=20)  # type: ignore[untyped-decorator] # celery ships no types
def explain_tick() -> None:
    """Answers the oldest question about a product that nobody answers. One a tick: the pool has others to serve."""
    from projects.pipeline.explain import answer  # noqa: PLC0415 - the web process sends ticks and asks no model

    with own_connections():
        for build_id, name in open_questions(within_s=WITHIN_S):
            if answer(build_id, name).ended:
                return
