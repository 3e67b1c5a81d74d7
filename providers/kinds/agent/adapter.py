"""Jobs done by a model: an idea is read, a project is extended, its problems are repaired."""

from __future__ import annotations

import shlex

from autodev.contracts.contexts import AnalyseContext, ExtendContext, RepairContext
from autodev.contracts.job import ChangeSummary, Job, JobKind, JobResult
from providers.kinds.agent.analyse import analyse_by_model
from providers.kinds.agent.loop import work
from providers.kinds.agent.notes import notes
from providers.kinds.agent.prompts import prompt
from providers.kinds.base import NotForThisJob

NAME = "agent"
FILES_SHOWN = 300


class AgentKind:
    """Does `analyse`, and `implement` and `repair` on a project that a blueprint made."""

    name = NAME
    emergency = False

    def can(self, kind: JobKind) -> bool:
        return kind in {JobKind.ANALYSE, JobKind.IMPLEMENT, JobKind.REPAIR}

    async def perform(self, job: Job) -> JobResult:
        """Raises NotForThisJob where no model can be asked or the job begins from nothing (which is a blueprint's),
        ProviderFailure where all that were asked failed."""
        context = job.context
        if isinstance(context, AnalyseContext):
            return await analyse_by_model(job, context)
        if isinstance(context, ExtendContext):
            return await _extend(job, context)
        if isinstance(context, RepairContext):
            return await _repair(job, context)
        raise NotForThisJob("a project is begun from a blueprint")


async def _extend(job: Job, context: ExtendContext) -> JobResult:
    system = prompt(
        "extend",
        title=context.spec.title,
        blueprint=context.blueprint,
        commands="\n".join(shlex.join(argv) for argv in context.commands),
        files=_files(job),
    )
    wanted = "\n".join(f"- {sentence}" for sentence in context.open_requirements)
    task = f"The description of the project:\n{context.spec.idea}\n\nStill missing:\n{wanted}"
    return await _done(job, system=system, task=task, title=f"Extended: {len(context.open_requirements)} requirements")


async def _repair(job: Job, context: RepairContext) -> JobResult:
    system = prompt("repair", title=context.spec.title, blueprint=context.blueprint, files=_files(job))
    lines = [
        f"- {p.check}{f' at {p.place}' if p.place else ''}: {p.message}{f' (hint: {p.hint})' if p.hint else ''}"
        for p in context.problems
    ]
    task = "The checks found:\n" + "\n".join(lines)
    return await _done(job, system=system, task=task, title=f"Repaired what {len(lines)} findings tell")


async def _done(job: Job, *, system: str, task: str, title: str) -> JobResult:
    done = await work(job, system=system, task=task + notes(job))
    said = (done.summary,) if done.summary else ()
    left_open = (*done.left_open, *(() if done.finished else ("The agent's turns were used up.",)))
    summary = ChangeSummary(title=title, paths=tuple(done.changed), notes=said)
    return JobResult(answer=summary, provider=done.bill.provider, usage=done.bill.usage(), left_open=left_open)


def _files(job: Job) -> str:
    paths = list(job.ports.workspace.paths())
    shown = paths[:FILES_SHOWN]
    return "\n".join(shown) + (f"\n… and {len(paths) - len(shown)} more" if len(paths) > len(shown) else "")
