"""How long a build waits for models that are away before it goes on without them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings

from autodev.lib.clock import utcnow
from projects.engine.context import TaskContext
from projects.engine.outcome import Waits, WorkFailed

OPTION = "patience_s"
FIRST_WAIT_S = 30.0


def patience_s(options: dict[str, Any]) -> float:
    """Seconds; the build's own, else RECOVERY_PATIENCE_SECONDS."""
    wanted = options.get(OPTION)
    own = isinstance(wanted, int | float) and not isinstance(wanted, bool) and wanted >= 0
    return float(wanted) if own else float(settings.RECOVERY_PATIENCE_SECONDS)  # type: ignore[arg-type] # a number


def wait_for(ctx: TaskContext, failure: WorkFailed) -> Waits | None:
    """A wait for models that are merely away, until they said that they serve again, or a while; None where the build
    has waited as long as it may since this task first found them away."""
    if not failure.outside:
        return None
    now = utcnow()
    since = dt.datetime.fromisoformat(ctx.journal.once("models_away", now.isoformat, title="Models are away"))
    end = since + dt.timedelta(seconds=patience_s(ctx.build.options))
    if ctx.build.deadline_at is not None:
        end = min(end, ctx.build.deadline_at)
    if now >= end:
        return None
    until = failure.retry_at or now + dt.timedelta(seconds=FIRST_WAIT_S)
    return Waits(reason=f"Models are away, and the rules alone do not understand all of it: {failure.message}"[:300],
                 until=min(max(until, now), end), on="a model")  # fmt: skip
