"""Jobs done by a model: an idea is read; a project is extended, repaired, tested and documented."""

from __future__ import annotations

from autodev.contracts.contexts import AnalyseContext, DocumentContext, ExtendContext, RepairContext, TestContext
from autodev.contracts.job import ChangeSummary, Job, JobKind, JobResult
from providers.kinds.agent.analyse import analyse_by_model
from providers.kinds.agent.briefs import FileContext, brief_of
from providers.kinds.agent.loop import work
from providers.kinds.base import NotForThisJob

NAME = "agent"


class AgentKind:
    """Does `analyse`, and whatever is done on the files of a project that is there."""

    name = NAME
    emergency = False

    def can(self, kind: JobKind) -> bool:
        return kind in {JobKind.ANALYSE, JobKind.IMPLEMENT, JobKind.TEST, JobKind.DOCUMENT, JobKind.REPAIR}

    async def perform(self, job: Job) -> JobResult:
        """Raises NotForThisJob where no model can be asked or the job begins from nothing (which is a blueprint's),
        ProviderFailure where all that were asked failed."""
        context = job.context
        if isinstance(context, AnalyseContext):
            return await analyse_by_model(job, context)
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
