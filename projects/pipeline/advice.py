"""What a model is asked that nobody waits for: where none answers, or with nothing of use, the work goes on without."""

from __future__ import annotations

from typing import Any

from autodev.contracts.job import JobKind
from projects.engine.context import TaskContext
from projects.engine.outcome import WorkFailed
from projects.pipeline.job import do_job

AT_MOST_S = 180.0
WHY = "why"


def advice(ctx: TaskContext, *, kind: JobKind, brief: str, context: Any, key: str = "") -> dict[str, Any]:
    """The answer as `do_job` gives it, or `{"why": …}` where there is none. What came of it is kept: an attempt that
    comes after a kill has the same answer, or the same none. Never raises WorkFailed."""

    def ask() -> dict[str, Any]:
        try:
            return do_job(ctx, kind=kind, brief=brief, context=context, key=key, at_most_s=AT_MOST_S)
        except WorkFailed as failure:
            said = next(iter(failure.message.splitlines()), failure.kind)[:300]
            ctx.output(f"No {kind} by a model: {said}\n")
            return {WHY: said}

    return dict(ctx.journal.once(f"advice:{key or kind}", ask, title=f"Asked a model to {kind}"))
