"""What the Celery worker of a test loads: the real app, and one kind of task."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_init

from autodev.celery import app

__all__ = ["app"]


@worker_init.connect  # type: ignore[untyped-decorator] # celery ships no types
def name_the_probe(**_: Any) -> None:
    from projects.engine.handlers import register_handler
    from projects.engine.outcome import Outcome, Succeeded

    def probe(ctx: Any) -> Outcome:
        ctx.journal.once("paid", lambda: 1)
        if ctx.task.params.get("blocks") and ctx.task.epoch == 1:
            ctx.cancel.wait(60)
            ctx.check_alive()
        return Succeeded(build_updates={"verdict": "succeeded"}, merge=False)

    register_handler("probe", probe)
