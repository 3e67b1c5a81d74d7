"""Phase 3 of a change: the checks that still hold and the new ones are frozen, and the work is laid out."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import NewTask, Outcome, Succeeded
from projects.models import Check, CheckKind
from projects.pipeline.change_extend import WANTED
from projects.pipeline.freezing import freeze
from projects.pipeline.replan import replan
from projects.pipeline.results import result_of
from projects.pipeline.stacks import is_imported, manifest_of
from projects.selectors.mainline import BEFORE
from projects.services.change import MERGE
from projects.services.merge import merge_task
from projects.states import Phase
from providers.available import models_there


def run(ctx: TaskContext) -> Outcome:
    """Freezes requirements and checks, and adds the tasks that make, prove, repair and deliver the change."""
    build = ctx.build
    spec = Spec.model_validate(build.spec)
    stack, read = result_of(ctx, "research"), result_of(ctx, "understand")
    count = ctx.write(lambda: freeze(build, spec, stack))
    tasks = _tasks(
        manifest_of(stack).title, read["open"], by_model=models_there(build.workspace_id),
        merge=bool(build.options.get(MERGE)), imported=is_imported(stack),
    )  # fmt: skip
    ctx.write(lambda: replan(ctx.task.build_id, tasks))
    ctx.progress(90, f"Froze {count} acceptance checks")
    rungs = Check.objects.filter(build=build, kind=CheckKind.LADDER).values_list("key", flat=True)
    return Succeeded(
        result={"acceptance_checks": count, "rungs": list(rungs)},
        build_updates={
            "plan": {
                "blueprint": stack["blueprint"],
                "reason": "It changes what is there.",
                "alternatives": [],
                "versions": {name: stack.get(name) for name in ("source", "resolved_at", "released")},
                "technologies": stack.get("technologies", []),
                "milestones": ["Understood", "Planned", "Made", "Proved", "Delivered"],
                BEFORE: read["before"],
                **{name: read[name] for name in ("added", "removed", "altered", "changed")},
            }
        },
        add_tasks=tasks,
        merge=False,
    )


def _tasks(title: str, wanted: Sequence[str], *, by_model: bool, merge: bool, imported: bool) -> list[NewTask]:
    """From the change to its delivery, each after the one before. A model makes what no rule understands, and what
    cannot be laid over what people and models changed since."""
    steps = [
        ("implement", "change_implement", Phase.IMPLEMENT, f"Change what is made with {title}", 5, "Made", True),
        ("extend", "change_extend", Phase.IMPLEMENT, "Make by a model what is left of it", 120, "Made", False),
        ("validate", "validate", Phase.VALIDATE, "Run the ladder and the acceptance checks", 25, "Proved", True),
        (
            "refine",
            "import_refine" if imported else "refine",
            Phase.REFINE,
            "Repair what the checks found",
            1,
            "Proved",
            False,
        ),
        ("repair", "repair", Phase.REFINE, "Repair by a model what is left", 30, "Proved", False),
        ("deliver", "deliver", Phase.DELIVER, "Ask the gate and deliver", 1, "Delivered", True),
    ]
    tasks: list[NewTask] = []
    for key, kind, phase, name, estimate_s, milestone, critical in steps:
        if key not in {"extend", "repair"} or by_model:
            tasks.append(
                NewTask(
                    key=key, kind=kind, phase=phase, title=name, needs=[tasks[-1].key if tasks else "plan"],
                    params={WANTED: list(wanted)} if key == "extend" else {}, estimate_s=estimate_s,
                    milestone=milestone, critical=critical,
                )
            )  # fmt: skip
    return [*tasks, *([merge_task()] if merge else [])]
