"""Phase 3: what will be made, in which order, and how it will be judged. The acceptance checks are frozen here."""

from __future__ import annotations

from autodev.blueprints import registry
from autodev.blueprints.manifest import Manifest
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import NewTask, Outcome, Succeeded
from projects.pipeline.records import write_plan
from projects.pipeline.replan import replan
from projects.pipeline.results import result_of
from projects.pipeline.rungs import ladder_of
from projects.states import Phase


def run(ctx: TaskContext) -> Outcome:
    """Freezes requirements and checks, and adds the tasks that make, prove, repair and deliver the product."""
    spec = Spec.model_validate(ctx.build.spec)
    chosen = result_of(ctx, "research")
    manifest = registry.get(chosen["blueprint"]).manifest
    rungs = ladder_of(manifest, ctx.build.options)
    count = ctx.write(lambda: write_plan(ctx.build, spec, manifest, rungs))
    tasks = _tasks(manifest)
    ctx.write(lambda: replan(ctx.task.build_id, tasks))
    ctx.progress(90, f"Froze {count} acceptance checks")
    return Succeeded(
        result={"acceptance_checks": count, "rungs": [rung.key for rung in rungs]},
        build_updates={
            "plan": {
                "blueprint": chosen["blueprint"],
                "reason": chosen["reason"],
                "alternatives": chosen["alternatives"],
                "versions": {"source": chosen["source"], "resolved_at": chosen["resolved_at"], "released":
                chosen["released"]},
                "technologies": chosen.get("technologies", []),
                "milestones": ["Understood", "Planned", "Made", "Proved", "Delivered"],
            }
        },
        add_tasks=tasks,
        merge=False,
    )  # fmt: skip


def _tasks(manifest: Manifest) -> list[NewTask]:
    """What makes, proves, repairs and delivers the product."""
    return [
        NewTask(
            key="implement", kind="implement", phase=Phase.IMPLEMENT, title=f"Make it with {manifest.title}",
            needs=["plan"], estimate_s=5, milestone="Made",
        ),
        NewTask(
            key="validate", kind="validate", phase=Phase.VALIDATE, title="Run the ladder and the acceptance checks",
            needs=["implement"], estimate_s=25, milestone="Proved",
        ),
        NewTask(
            key="refine", kind="refine", phase=Phase.REFINE, title="Repair what the checks found",
            needs=["validate"], estimate_s=1, milestone="Proved",
        ),
        NewTask(
            key="deliver", kind="deliver", phase=Phase.DELIVER, title="Ask the gate and deliver",
            needs=["refine"], estimate_s=1, milestone="Delivered",
        ),
    ]  # fmt: skip
