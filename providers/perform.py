"""One job in, one answer out: the kinds that can do it are asked in order until one has."""

from __future__ import annotations

from autodev.contracts.job import Job, JobResult
from providers import registry
from providers.kinds.base import ProviderFailure


async def perform(job: Job) -> JobResult:
    """The answer of the first kind that did the job. Raises ProviderFailure with the last failure where none did, and
    what a kind raises to say that the job itself is wrong, or that the epoch is gone."""
    last: ProviderFailure | None = None
    for kind in registry.kinds():
        if not kind.can(job.kind):
            continue
        try:
            return await kind.perform(job)
        except ProviderFailure as failure:
            job.ports.emit(f"{kind.name}: {failure}", fields={"failure": failure.kind})
            last = failure
    raise last or ProviderFailure("unavailable", f"no provider does {job.kind} jobs")
