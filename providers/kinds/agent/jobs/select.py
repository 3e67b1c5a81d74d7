"""The foundation of a project among candidates that all can be used."""

from __future__ import annotations

from pydantic import field_validator

from autodev.contracts.answers import Selection
from autodev.contracts.contexts import SelectContext
from autodev.contracts.job import Job, JobResult
from providers.kinds.agent.jobs.asked import as_task, asked_for


async def select(job: Job, context: SelectContext) -> JobResult:
    """A Selection of one of the candidates. Raises ProviderFailure where no model named one."""
    names = [candidate.name for candidate in context.candidates]
    spec = context.spec
    task = as_task(
        specification={
            "title": spec.title, "summary": spec.summary, "project_type": spec.project_type,
            "language": spec.language, "framework": spec.framework, "database": spec.database,
            "entities": [entity.name for entity in spec.entities],
            "requirements": list(dict.fromkeys(r.sentence for r in spec.requirements)),
            "preferences": spec.preferences, "assumptions": spec.assumptions,
        },
        candidates=[vars(candidate) for candidate in context.candidates],
    )  # fmt: skip
    asked = await asked_for(job, "select", among(names), task)
    return asked.result(Selection(**asked.value.model_dump()))


def among(names: list[str]) -> type[Selection]:
    """A Selection that names one of these."""

    class OneOfThem(Selection):
        @field_validator("blueprint")
        @classmethod
        def _is_there(cls, value: str) -> str:
            if value not in names:
                raise ValueError(f"{value!r} is no candidate; these are: {', '.join(names)}")
            return value

    return OneOfThem
