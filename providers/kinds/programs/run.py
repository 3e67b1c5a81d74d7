"""One run of an agent program on a job, as far as it is the same for all of them."""

from __future__ import annotations

import contextlib
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from autodev.contracts.job import Job, JobResult
from autodev.lib import aio
from providers.kinds.base import ProviderFailure
from providers.kinds.programs.begun import Begun, begun, over
from providers.kinds.programs.brief import Context, title_of
from providers.kinds.programs.done import done, done_before
from providers.kinds.programs.entries import Transcript
from providers.kinds.programs.finish import Ended, changed, fingerprints, judged
from providers.kinds.programs.money import Bill, bill
from providers.kinds.programs.purse import Purse
from providers.kinds.programs.told import People
from providers.kinds.programs.watch import Watch, bounds_of
from providers.targets import Target

TURNS = "The program's turns were used up."


@dataclass
class ProgramRun(ABC):
    """What a program is told and watched with. `go` does the job."""

    job: Job
    target: Target
    context: Context
    began: Begun
    watch: Watch

    def __post_init__(self) -> None:
        self.transcript = Transcript(self.job, self.target.name)
        self.people = People(self.job, self.target.name)
        self.purse = Purse(None)

    @abstractmethod
    async def go(self) -> JobResult:
        """Raises ProviderFailure, NotForThisJob, Cancelled, Fenced."""

    async def fill_purse(self) -> None:
        """With what is left of the job's money."""
        self.purse = Purse(self.watch.bounds.budget_usd, spent_usd=(await self.bill()).usage.cost_usd)

    async def bill(self) -> Bill:
        return await aio.in_caller(lambda: bill(uuid.UUID(self.job.task_id), self.began.since))

    async def keep(self) -> None:
        """What it did before it failed; that it cannot be kept is not what is told then."""
        with contextlib.suppress(ProviderFailure):
            await self.transcript.close()

    async def result(self, *, text: str, denied: Sequence[str], cut: str, paid: Bill) -> JobResult:
        """What came of it, by the files. Raises ProviderFailure where it is of no use."""
        after = await aio.in_caller(lambda: fingerprints(self.job.ports.workspace))
        ended = Ended(text=text, denied=tuple(denied), cut=cut)
        summary, left_open = judged(ended, title=title_of(self.context), paths=changed(self.began.files, after))
        return JobResult(answer=summary, provider=self.target.name, usage=paid.usage, left_open=left_open)


async def work(job: Job, target: Target, context: Context, run: type[ProgramRun]) -> JobResult:
    """The job done by a run of this kind, once: what was done before a kill is given again, and what can go on does.
    Raises ProviderFailure, NotForThisJob, Cancelled, Fenced."""
    if (known := await done_before(job, target.name)) is not None:
        return known
    bounds = bounds_of(job, target)
    began = await begun(job, target.name)
    try:
        result = await run(job, target, context, began, Watch(bounds)).go()
    except ProviderFailure as failure:
        # What is away comes back, and a sandbox can be had again: then it goes on.
        if not failure.outside and failure.kind != "sandbox_error":
            await over(job, target.name, began, str(failure))
        raise
    return await done(job, target.name, result)
