"""Phase 3: what will be made, in which order, and how it will be judged. The acceptance checks are frozen here."""

from __future__ import annotations

from autodev.blueprints import registry
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import NewTask, Outcome, Succeeded
from projects.pipeline.beyond import beyond_the_rules
from projects.pipeline.records import write_plan
from projects.pipeline.replan import replan
from projects.pipeline.results import result_of
from projects.pipeline.rungs import ladder_of
from projects.states import Phase
from providers.available import models_there

# What the build can do without: the gate says what is missing then, and the build is degraded.
SPARE = frozenset({"extend", "refine", "repair"})


def run(ctx: TaskContext) -> Outcome:
    """Freezes requirements and checks, and adds the tasks that make, prove, repair and deliver the product."""
    spec = Spec.model_validate(ctx.build.spec)
    chosen = result_of(ctx, "research")
    manifest = registry.get(chosen["blueprint"]).manifest
    rungs = ladder_of(manifest, ctx.build.options)
    count = ctx.write(lambda: write_plan(ctx.build, spec, manifest, rungs))
    by_model = models_there(ctx.build.workspace_id)
    tasks = _tasks(manifest.title, extend=by_model and bool(beyond_the_rules(spec)), repair=by_model)
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


def _tasks(blueprint: str, *, extend: bool, repair: bool) -> list[NewTask]:
    """From the product to its delivery, each after the one before. A model adds what the blueprint lacks, and repairs
    what the pattern fixes could not."""
    steps = [
        ("implement", Phase.IMPLEMENT, f"Make it with {blueprint}", 5, "Made"),
        ("extend", Phase.IMPLEMENT, "Add what the blueprint lacks", 120, "Made"),
        ("validate", Phase.VALIDATE, "Run the ladder and the acceptance checks", 25, "Proved"),
        ("refine", Phase.REFINE, "Repair what the checks found", 1, "Proved"),
        ("repair", Phase.REFINE, "Repair by a model what is left", 30, "Proved"),
        ("deliver", Phase.DELIVER, "Ask the gate and deliver", 1, "Delivered"),
    ]
    left_out = {key for key, wanted in (("extend", extend), ("repair", repair)) if not wanted}
    tasks: list[NewTask] = []
    for key, phase, title, estimate_s, milestone in steps:
        if key not in left_out:
            needs = [tasks[-1].key if tasks else "plan"]
            tasks.append(
                NewTask(
                    key=key, kind=key, phase=phase, title=title, needs=needs, estimate_s=estimate_s,
                    milestone=milestone, critical=key not in SPARE,
                )
            )  # fmt: skip
    return tasks
