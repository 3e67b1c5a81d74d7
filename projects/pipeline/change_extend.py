"""Phase 4 of a change, with a model: what no rule could make of it."""

from __future__ import annotations

from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.models import Task
from projects.pipeline import extend
from projects.pipeline.wanted import WANTED

__all__ = ["WANTED", "want_more"]


def run(ctx: TaskContext) -> Outcome:
    """Nothing where the rules made all of it, else what `extend` does for the sentences in its params."""
    if not ctx.task.params.get(WANTED):
        ctx.progress(100, "Nothing is left for a model")
        return Succeeded(result={"kept": False, "reason": "the rules made all of it"}, merge=False)
    return extend.run(ctx)


def want_more(ctx: TaskContext, sentences: list[str]) -> bool:
    """A model is to make these, too; False where no task of the build asks one."""

    def apply() -> bool:
        row = Task.objects.filter(build_id=ctx.task.build_id, key="extend").first()
        if row is None:
            return False
        wanted = list(dict.fromkeys([*row.params.get(WANTED, ()), *sentences]))
        Task.objects.filter(pk=row.pk).update(params={**row.params, WANTED: wanted})
        return True

    return ctx.write(apply)
