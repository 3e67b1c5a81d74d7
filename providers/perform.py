"""One job in, one answer out: those who can do it are asked in order until one has."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from autodev.contracts.job import Job, JobResult
from autodev.contracts.ports import Cancelled, Fenced
from autodev.spec.rules.errors import AnalysisError
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.workers.order import Worker, on_files, order_of
from providers.workers.succession import Succession
from providers.workers.visits import history_of

# What speaks about the job or its owner, not about who was asked: nobody else is asked then.
OF_THE_JOB = (AnalysisError, Cancelled, Fenced)
log = logging.getLogger(__name__)


async def perform(job: Job) -> JobResult:
    """The answer of the first worker that did the job: our own agent, an agent program, a plug-in's kind, the blueprint
    engine (`providers.workers.order`). One that the job's guidance avoids is passed over. Work on files goes from one
    to the next with what was done, also after the process was killed (`providers.workers.succession`). Raises
    ProviderFailure with the last failure where none did it, and what a worker raises to say that the job itself is
    wrong, or that the epoch is gone."""
    order = await order_of(job)
    able = replace(order, workers=tuple(_able(order.workers, job)))
    try:
        if on_files(job) and (able.workers or able.away):
            return await Succession(job, able, await history_of(job), _ask).work()
        return await _in_turn(job, able.workers)
    except NotForThisJob as word:
        avoid = job.guidance.avoid
        if not avoid:
            raise
        said = f"Nobody is left to do it: {', '.join(avoid)} failed before and is not asked again ({word})."
        raise NotForThisJob(said, details={"avoid": list(avoid)}) from word


def _able(workers: Sequence[Worker], job: Job) -> list[Worker]:
    """Those who do such jobs and are not avoided."""
    found = []
    for worker in workers:
        if worker.avoided(job.guidance.avoid):
            job.ports.emit(f"{worker.name}: is not asked again, as it failed before")
        elif worker.can(job.kind):
            found.append(worker)
    return found


async def _in_turn(job: Job, workers: Sequence[Worker]) -> JobResult:
    """For a job without files, or one that begins from nothing: there is no work to hand over."""
    last: ProviderFailure | None = None
    for worker in workers:
        try:
            return await _ask(worker, job)
        except NotForThisJob as word:
            log.debug("provider.not_for_this_job", extra={"provider": worker.name, "why": str(word)})
            last = last or word
        except ProviderFailure as failure:
            job.ports.emit(f"{worker.name}: {failure}", fields={"failure": failure.kind})
            failure.provider = failure.provider or worker.name
            last = failure
    raise last or NotForThisJob(f"nobody of those asked does {job.kind} jobs")


async def _ask(worker: Worker, job: Job) -> JobResult:
    """Raises ProviderFailure also for whatever breaks inside of a worker: the next one is asked then."""
    try:
        return await worker.perform(job)
    except (ProviderFailure, *OF_THE_JOB):
        raise
    except Exception as error:
        log.exception("provider.broke", extra={"provider": worker.name, "job": str(job.kind)})
        raise ProviderFailure("tool", f"{type(error).__name__}: {error}") from error
