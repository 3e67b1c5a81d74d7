"""What a blueprint lacks, divided into tasks."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import model_validator

from autodev.contracts.answers import WorkItem, WorkPlan
from autodev.contracts.contexts import PlanContext
from autodev.contracts.job import Job, JobResult
from providers.kinds.agent.jobs.asked import as_task, asked_for

MOST_ITEMS = 8
MOST_FILES = 400


async def plan(job: Job, context: PlanContext) -> JobResult:
    """A WorkPlan in which each open sentence stands once. Raises ProviderFailure where no model gave one."""
    wanted = list(context.open_requirements)
    task = as_task(
        title=context.spec.title, description=context.spec.idea, open=wanted, files=list(context.files)[:MOST_FILES],
        entities=[entity.name for entity in context.spec.entities],
    )  # fmt: skip
    values = {"blueprint": context.blueprint, "most": str(MOST_ITEMS)}
    asked = await asked_for(job, "plan", plan_of(wanted), task, values=values)
    return asked.result(WorkPlan(**asked.value.model_dump()))


def plan_of(wanted: Sequence[str]) -> type[WorkPlan]:
    """A WorkPlan for these sentences."""

    class PlanForThem(WorkPlan):
        @model_validator(mode="after")
        def _fits(self) -> PlanForThem:
            faults = faults_of(self.items, wanted)
            if faults:
                raise ValueError("; ".join(faults[:6]))
            return self

    return PlanForThem


def faults_of(items: Sequence[WorkItem], wanted: Sequence[str]) -> list[str]:
    """What is wrong with a division of these sentences: each must stand in one item, once, and no other may; items
    need only earlier ones, and paths stay within the project."""
    found: list[str] = []
    if len(items) > MOST_ITEMS:
        found.append(f"{len(items)} items are too many; at most {MOST_ITEMS}")
    said = [sentence for item in items for sentence in item.sentences]
    found += [f"no item has the sentence {one!r}" for one in wanted if one not in said]
    found += [f"the sentence {one!r} was not asked for" for one in dict.fromkeys(said) if one not in set(wanted)]
    found += [f"the sentence {one!r} stands {said.count(one)} times" for one in wanted if said.count(one) > 1]
    for number, item in enumerate(items):
        found += [f"item {number} cannot be after item {other}" for other in item.after if other >= number]
        found += [
            f"item {number} touches {path!r}, which is no path of the project" for path in item.touches if _leaves(path)
        ]
    return found


def _leaves(path: str) -> bool:
    return path.startswith(("/", "~")) or ".." in path.split("/") or "\\" in path
