"""Phase 3: what will be made, in which order, and how it will be judged. The acceptance checks are frozen here."""

from __future__ import annotations

from autodev.blueprints import registry
from autodev.lib.words import counted
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import NewTask, Outcome, Succeeded
from projects.pipeline.beyond import beyond_the_rules
from projects.pipeline.divided import items_by_model, tasks_of
from projects.pipeline.proving import proved
from projects.pipeline.records import write_plan
from projects.pipeline.replan import replan
from projects.pipeline.results import result_of
from projects.pipeline.rungs import ladder_of
from projects.states import Phase
from providers.available import models_there


def run(ctx: TaskContext) -> Outcome:
    """Freezes requirements and checks, and adds the tasks that make, prove, repair and deliver the product. What the
    blueprint lacks is one task, or as many as a model divides it into."""
    spec = Spec.model_validate(ctx.build.spec)
    chosen = result_of(ctx, "research")
    blueprint = registry.get(chosen["blueprint"])
    rungs = ladder_of(blueprint.manifest, ctx.build.options)
    count = ctx.write(lambda: write_plan(ctx.build, spec, blueprint.manifest, rungs))
    by_model = models_there(ctx.build.workspace_id)
    extending: list[NewTask] = []
    told: dict[str, object] = {}
    wanted = beyond_the_rules(spec) if by_model else []
    if wanted:
        files = sorted(blueprint.render(spec, pins=chosen["pins"], lock=chosen["lock"])) if len(wanted) > 1 else []
        items, told = items_by_model(ctx, spec, blueprint.name, wanted, files)
        extending = tasks_of(items, needs="implement")
    tasks = _tasks(blueprint.manifest.title, extending, by_model=by_model)
    ctx.write(lambda: replan(ctx.task.build_id, tasks))
    ctx.progress(90, f"Froze {counted(count, 'acceptance check')}")
    return Succeeded(
        result={"acceptance_checks": count, "rungs": [rung.key for rung in rungs], **told},
        build_updates={
            "plan": {
                "blueprint": chosen["blueprint"],
                "reason": chosen["reason"],
                "alternatives": chosen["alternatives"],
                "versions": {"source": chosen["source"], "resolved_at": chosen["resolved_at"], "released":
                chosen["released"]},
                "technologies": chosen.get("technologies", []),
                "milestones": ["Understood", "Planned", "Made", "Proved", "Delivered"],
                **told,
            }
        },
        add_tasks=tasks,
        merge=False,
    )  # fmt: skip


def _tasks(blueprint: str, extending: list[NewTask], *, by_model: bool) -> list[NewTask]:
    """From the product to its delivery. A model adds what the blueprint lacks, with tests and documentation of it,
    repairs what the pattern fixes could not, and looks at what another one made."""
    made = NewTask(
        key="implement", kind="implement", phase=Phase.IMPLEMENT, title=f"Make it with {blueprint}", needs=["plan"],
        estimate_s=5, milestone="Made",
    )  # fmt: skip
    needs = [one.key for one in extending] or [made.key]
    return [made, *extending, *proved(needs, by_model=by_model, extended=bool(extending))]
