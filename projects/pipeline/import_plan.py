"""Phase 3 of an import: how it is measured, which is all that is done to it."""

from __future__ import annotations

from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import NewTask, Outcome, Succeeded
from projects.models import Check, CheckKind
from projects.pipeline.freezing import freeze
from projects.pipeline.replan import replan
from projects.pipeline.results import result_of
from projects.states import Phase

TASKS = (
    NewTask(
        key="validate", kind="import_measure", phase=Phase.VALIDATE, title="Measure it: install it and run its tests",
        needs=["plan"], estimate_s=25, milestone="Proved",
    ),
    NewTask(
        key="deliver", kind="deliver", phase=Phase.DELIVER, title="Ask the gate and deliver", needs=["validate"],
        estimate_s=1, milestone="Delivered",
    ),
)  # fmt: skip


def run(ctx: TaskContext) -> Outcome:
    """Freezes what counts from now on, and adds the tasks that measure."""
    build, stack = ctx.build, result_of(ctx, "research")
    count = ctx.write(lambda: freeze(build, Spec.model_validate(build.spec), stack))
    ctx.write(lambda: replan(ctx.task.build_id, TASKS))
    rungs = Check.objects.filter(build=build, kind=CheckKind.LADDER).values_list("key", flat=True)
    return Succeeded(
        result={"acceptance_checks": count, "rungs": list(rungs)},
        build_updates={
            "plan": {
                "blueprint": stack["blueprint"], "reason": stack["reason"], "alternatives": [], "technologies": [],
                "versions": {name: stack.get(name) for name in ("source", "resolved_at", "released")},
                "milestones": ["Understood", "Planned", "Proved", "Delivered"],
            }
        },
        add_tasks=TASKS,
        merge=False,
    )  # fmt: skip
