"""What the blueprint lacks as tasks: one, or those into which a model divided it. Pure but for the asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from autodev.contracts.answers import WorkItem, WorkPlan
from autodev.contracts.contexts import PlanContext
from autodev.contracts.job import JobKind
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import NewTask
from projects.pipeline.advice import WHY, advice
from projects.pipeline.wanted import ONLY
from projects.states import Phase
from providers.kinds.agent.jobs.plan import faults_of

TOUCHES = "touches"
KEY = "extend"
# A change of the tables is a migration, and two migrations made at once do not follow one another.
SCHEMA = "the schema"
SCHEMA_NAMES = ("models", "migrations", "schema", "tables", "alembic")


def items_by_model(
    ctx: TaskContext, spec: Spec, blueprint: str, wanted: Sequence[str], files: Sequence[str]
) -> tuple[list[WorkItem], dict[str, object]]:
    """The division, and what is told of it. Empty where there is nothing to divide, no model answers, or its plan does
    not hold each sentence once."""
    if len(wanted) < 2:
        return [], {}
    context = PlanContext(spec=spec, blueprint=blueprint, open_requirements=list(wanted), files=list(files))
    answer = advice(ctx, kind=JobKind.PLAN, brief="\n".join(wanted), context=context, key=f"plan:{blueprint}")
    if WHY in answer:
        return [], {"undivided": answer[WHY]}
    try:
        plan = WorkPlan.model_validate(answer["answer"])
    except ValidationError as error:
        return [], {"undivided": f"its plan has not the form of one: {error.errors()[0]['msg']}"}
    faults = faults_of(plan.items, wanted)
    if faults:
        return [], {"undivided": f"its plan was refused: {'; '.join(faults)}"[:500]}
    told = {"divided_by": answer["provider"], "risks": list(plan.risks)}
    return list(plan.items), told


def tasks_of(items: Sequence[WorkItem], *, needs: str) -> list[NewTask]:
    """The tasks that extend the product: one for all of it where there are no items, else one for each. What touches
    the same paths is done in the order of the list, the rest side by side."""
    if len(items) < 2:
        return [_task(KEY, "Add what the blueprint lacks", [needs], 120, {})]
    keys = [f"{KEY}.{number}" for number in range(1, len(items) + 1)]
    found = []
    for number, item in enumerate(items):
        before = [
            keys[other] for other in range(number) if other in item.after or overlap(items[other].touches, item.touches)
        ]
        params = {ONLY: list(item.sentences), TOUCHES: list(item.touches)}
        found.append(_task(keys[number], item.title, [needs, *before], item.estimate_s, params))
    return found


def overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two lists of paths have a file in common; a folder ends in `/`. All changes of the schema do."""
    return any(_meets(a, b) for a in map(_plain, one) for b in map(_plain, other))


def _meets(one: str, other: str) -> bool:
    return one == other or _holds(one, other) or _holds(other, one)


def _holds(folder: str, path: str) -> bool:
    """The empty folder is the project."""
    return not folder or (folder.endswith("/") and path.startswith(folder))


def _plain(path: str) -> str:
    path = path.removeprefix("./")
    parts = path.removesuffix("/").split("/")
    if any(part.removesuffix(".py") in SCHEMA_NAMES for part in parts):
        return SCHEMA
    return "" if path in {"", ".", "/"} else path


def _task(key: str, title: str, needs: list[str], estimate_s: int, params: Mapping[str, object]) -> NewTask:
    return NewTask(
        key=key, kind=KEY, phase=Phase.IMPLEMENT, title=title[:200], needs=needs, estimate_s=estimate_s,
        params=params, milestone="Made", critical=False,
    )  # fmt: skip
