"""Jobs done by a model: those that are done by an answer, and a project that is extended, repaired, tested and
documented."""

from __future__ import annotations

from autodev.contracts.contexts import DocumentContext, ExtendContext, RepairContext, TestContext
from autodev.contracts.job import ChangeSummary, Job, JobKind, JobResult
from providers.kinds.agent.briefs import FileContext, brief_of
from providers.kinds.agent.jobs import answered_by
from providers.kinds.agent.loop import work
from providers.kinds.base import NotForThisJob

NAME = "agent"


class AgentKind:
    """Does every kind of job, on files of a project that is there."""

    name = NAME
    emergency = False

    def can(self, kind: JobKind) -> bool:
        return kind in set(JobKind)

    async def perform(self, job: Job) -> JobResult:
        """Raises NotForThisJob where no model can be asked or the job begins from nothing (which is a blueprint's),
        ProviderFailure where all that were asked failed."""
        context = job.context
        by_answer = answered_by(context)
        if by_answer is not None:
            return await by_answer(job, context)
        if isinstance(context, ExtendContext | RepairContext | TestContext | DocumentContext):
            return await _on_files(job, context)
        raise NotForThisJob("a project is begun from a blueprint")


async def _on_files(job: Job, context: FileContext) -> JobResult:
    brief, title = await brief_of(job, context)
    done = await work(job, brief)
    said = (done.summary,) if done.summary else ()
    summary = ChangeSummary(title=title, paths=tuple(done.changed), notes=said)
    usage = done.bill.usage()
    return JobResult(answer=summary, provider=done.bill.provider, usage=usage, left_open=tuple(done.left_open))
