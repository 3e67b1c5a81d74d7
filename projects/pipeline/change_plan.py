"""Phase 3 of a change: the checks that still hold and the new ones are frozen, and the work is laid out."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.lib.words import counted
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import NewTask, Outcome, Succeeded
from projects.models import Check, CheckKind
from projects.pipeline.change_extend import WANTED
from projects.pipeline.freezing import freeze
from projects.pipeline.proving import proved
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
    ctx.progress(90, f"Froze {counted(count, 'acceptance check')}")
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
    """From the change to its delivery. A model makes what no rule understands, and what cannot be laid over what people
    and models changed since, with tests and documentation of it; what it made is reviewed as in a first build."""
    tasks = [
        NewTask(
            key="implement", kind="change_implement", phase=Phase.IMPLEMENT, title=f"Change what is made with {title}",
            needs=["plan"], estimate_s=5, milestone="Made",
        )
    ]  # fmt: skip
    if by_model:
        tasks.append(
            NewTask(
                key="extend", kind="change_extend", phase=Phase.IMPLEMENT, title="Make by a model what is left of it",
                needs=["implement"], params={WANTED: list(wanted)}, estimate_s=120, milestone="Made", critical=False,
            )
        )  # fmt: skip
    kinds = {"refine": "import_refine"} if imported else {}
    tasks += proved([tasks[-1].key], by_model=by_model, extended=by_model, kinds=kinds)
    return [*tasks, *([merge_task()] if merge else [])]
