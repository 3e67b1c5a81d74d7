"""One job in, one answer out: the kinds that can do it are asked in order until one has."""

from __future__ import annotations

import logging

from autodev.contracts.job import Job, JobResult
from autodev.contracts.ports import Cancelled, Fenced
from autodev.spec.rules.errors import AnalysisError
from providers import registry
from providers.kinds.base import NotForThisJob, ProviderFailure, ProviderKind

# What speaks about the job or its owner, not about who was asked: nobody else is asked then.
OF_THE_JOB = (AnalysisError, Cancelled, Fenced)
log = logging.getLogger(__name__)


async def perform(job: Job) -> JobResult:
    """The answer of the first kind that did the job; a kind that the job's guidance avoids is passed over. Raises
    ProviderFailure with the last failure where none did, and what a kind raises to say that the job itself is wrong, or
    that the epoch is gone."""
    last: ProviderFailure | None = None
    avoid = job.guidance.avoid
    for kind in registry.kinds():
        if kind.name in avoid:
            job.ports.emit(f"{kind.name}: is not asked again, as it failed before")
            continue
        try:
            return await _ask(kind, job)
        except NotForThisJob as word:
            log.debug("provider.not_for_this_job", extra={"provider": kind.name, "why": str(word)})
            last = last or word
        except ProviderFailure as failure:
            job.ports.emit(f"{kind.name}: {failure}", fields={"failure": failure.kind})
            failure.provider = failure.provider or kind.name
            last = failure
    if avoid and (last is None or isinstance(last, NotForThisJob)):
        why = f" ({last})" if last is not None else ""
        said = f"Nobody is left to do it: {', '.join(avoid)} failed before and is not asked again{why}."
        raise NotForThisJob(said, details={"avoid": list(avoid)})
    raise last or ProviderFailure("unavailable", f"no provider does {job.kind} jobs")


async def _ask(kind: ProviderKind, job: Job) -> JobResult:
    """Raises ProviderFailure also for whatever breaks inside of a kind: the next one is asked then."""
    try:
        if kind.can(job.kind):
            return await kind.perform(job)
    except (ProviderFailure, *OF_THE_JOB):
        raise
    except Exception as error:
        log.exception("provider.broke", extra={"provider": kind.name, "job": str(job.kind)})
        raise ProviderFailure("tool", f"{type(error).__name__}: {error}") from error
    raise NotForThisJob(f"{kind.name} does no {job.kind} jobs")
