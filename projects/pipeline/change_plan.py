"""Phase 3 of a change: the checks that still hold and the new ones are frozen, and the work is laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from autodev.lib.words import counted
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import NewTask, Outcome, Succeeded
from projects.models import Check, CheckKind
from projects.pipeline.divided import KEY, TOUCHES, items_by_model, tasks_of
from projects.pipeline.freezing import freeze
from projects.pipeline.proving import proved
from projects.pipeline.replan import replan
from projects.pipeline.results import result_of
from projects.pipeline.stacks import is_imported, manifest_of
from projects.pipeline.wanted import ONLY, WANTED
from projects.repository.repository import repository_of
from projects.selectors.mainline import BEFORE
from projects.services.change import MERGE
from projects.services.merge import merge_task
from projects.states import Phase
from providers.available import models_there

KIND = "change_extend"


def run(ctx: TaskContext) -> Outcome:
    """Freezes requirements and checks, and adds the tasks that make, prove, repair and deliver the change."""
    build = ctx.build
    spec = Spec.model_validate(build.spec)
    stack, read = result_of(ctx, "research"), result_of(ctx, "understand")
    count = ctx.write(lambda: freeze(build, spec, stack))
    by_model = models_there(build.workspace_id)
    extending, told = _extending(ctx, spec, stack, read["open"]) if by_model else ([], {})
    tasks = _tasks(
        manifest_of(stack).title, extending, merge=bool(build.options.get(MERGE)), imported=is_imported(stack)
    )
    ctx.write(lambda: replan(ctx.task.build_id, tasks))
    ctx.progress(90, f"Froze {counted(count, 'acceptance check')}")
    rungs = Check.objects.filter(build=build, kind=CheckKind.LADDER).values_list("key", flat=True)
    return Succeeded(
        result={"acceptance_checks": count, "rungs": list(rungs), **told},
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
                **told,
            }
        },
        add_tasks=tasks,
        merge=False,
    )


def _extending(
    ctx: TaskContext, spec: Spec, stack: Mapping[str, Any], wanted: Sequence[str]
) -> tuple[list[NewTask], dict[str, object]]:
    """What a model is to make: one task, or as many as a model divides a larger change into. The first is `extend`, to
    which what the rules cannot lay over the files is added later."""
    files = repository_of(ctx.build.project_id).files(ctx.build.head) if len(wanted) > 1 else []
    items, told = items_by_model(ctx, spec, str(stack["blueprint"]), wanted, files)
    if len(items) < 2:
        whole = NewTask(
            key=KEY, kind=KIND, phase=Phase.IMPLEMENT, title="Make by a model what is left of it", needs=["implement"],
            params={WANTED: list(wanted)}, estimate_s=120, milestone="Made", critical=False,
        )  # fmt: skip
        return [whole], told
    found = tasks_of(items, needs="implement")
    names = {found[0].key: KEY}
    return [
        replace(
            one, key=names.get(one.key, one.key), kind=KIND, needs=[names.get(need, need) for need in one.needs],
            params={WANTED: one.params[ONLY], TOUCHES: one.params[TOUCHES]},
        )
        for one in found
    ], told  # fmt: skip


def _tasks(title: str, extending: Sequence[NewTask], *, merge: bool, imported: bool) -> list[NewTask]:
    """From the change to its delivery. A model makes what no rule understands, and what cannot be laid over what people
    and models changed since, with tests and documentation of it; what it made is reviewed as in a first build."""
    made = NewTask(
        key="implement", kind="change_implement", phase=Phase.IMPLEMENT, title=f"Change what is made with {title}",
        needs=["plan"], estimate_s=5, milestone="Made",
    )  # fmt: skip
    kinds = {"refine": "import_refine"} if imported else {}
    needs = [one.key for one in extending] or [made.key]
    follow = proved(needs, by_model=bool(extending), extended=bool(extending), kinds=kinds)
    return [made, *extending, *follow, *([merge_task()] if merge else [])]
