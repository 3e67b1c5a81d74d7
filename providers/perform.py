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
    """The answer of the first kind that did the job. Raises ProviderFailure with the last failure where none did, and
    what a kind raises to say that the job itself is wrong, or that the epoch is gone."""
    last: ProviderFailure | None = None
    for kind in registry.kinds():
        try:
            return await _ask(kind, job)
        except NotForThisJob as word:
            log.debug("provider.not_for_this_job", extra={"provider": kind.name, "why": str(word)})
            last = last or word
        except ProviderFailure as failure:
            job.ports.emit(f"{kind.name}: {failure}", fields={"failure": failure.kind})
            last = failure
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
