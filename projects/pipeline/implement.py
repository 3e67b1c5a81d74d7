"""Phase 4: the product is made in the workspace, a commit a part."""

from __future__ import annotations

from autodev.contracts.contexts import ImplementContext
from autodev.contracts.job import JobKind
from autodev.lib.words import counted
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.pipeline.job import do_job
from projects.pipeline.results import result_of


def run(ctx: TaskContext) -> Outcome:
    """Asks a provider for the product; its snapshots become the build's head."""
    spec = Spec.model_validate(ctx.build.spec)
    chosen = result_of(ctx, "research")
    ctx.progress(5, "Making the product")
    context = ImplementContext(
        spec=spec,
        blueprint=chosen["blueprint"],
        pins=chosen["pins"],
        lock=chosen["lock"],
        options=ctx.build.options.get("generation", {}),
    )
    answer = do_job(ctx, kind=JobKind.IMPLEMENT, brief=spec.summary or spec.idea, context=context)
    paths = answer["answer"]["paths"]
    ctx.progress(95, f"Made {counted(len(paths), 'file')}")
    return Succeeded(
        result={"provider": answer["provider"], "paths": paths, "left_open": answer["left_open"]},
        build_updates={"metrics": {**ctx.build.metrics, "files": len(paths)}},
    )
