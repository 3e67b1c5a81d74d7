"""The job's steps in the journal: what was paid and done is replayed, and where that ends the files are put as the
journal says that they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from autodev.contracts.job import Job
from autodev.contracts.ports import Cancelled
from autodev.contracts.transcript import StepKind
from providers.kinds.agents import journal_prefix

WORKER = "agent"
Json = dict[str, Any]


class Steps:
    """Made by `Steps.of(job)`. `cut` are the calls of tools that an earlier attempt began and nobody saw the end of."""

    def __init__(self, job: Job, prefix: str, known: Mapping[str, Any]) -> None:
        self._job = job
        self.prefix = prefix
        self._known = dict(known)
        self._live = not known
        self.commit = ""

    @classmethod
    async def of(cls, job: Job) -> Steps:
        prefix = journal_prefix(job, WORKER)
        return cls(job, prefix, await job.ports.journal.answers(prefix))

    async def once(
        self, key: str, call: Callable[[], Awaitable[Json]], *, kind: StepKind | str, title: Callable[[Json], str]
    ) -> Json:
        """The recorded answer of the step, else that of `call`, recorded before it is given. Raises Cancelled, Fenced,
        and what `call` raises."""
        name = f"{self.prefix}{key}"
        found: Json | None = self._known.get(name)
        if found is None:
            if self._job.ports.cancel.is_set():
                raise Cancelled
            await self._go_live()
            found = await self._job.ports.journal.once(name, call, title=title, kind=kind)
        # The commit that the files stand at after this step.
        self.commit = found.get("commit") or found.get("head") or self.commit
        return found

    def was_begun(self, key: str) -> bool:
        """Whether an earlier attempt began it."""
        return f"{self.prefix}{key}" in self._known

    async def begin(self, key: str, told: Json, *, title: str) -> None:
        """Writes down that something begins whose end may never be seen."""
        await self._job.ports.journal.record(f"{self.prefix}{key}", told, title=title, kind="note")

    async def _go_live(self) -> None:
        """Files go back to what the journal knows of: a tactic had put them there, or a snapshot was made for a step
        that nobody wrote down. Nobody else worked on them since, else the job would have another key."""
        if self._live:
            return
        self._live = True
        workspace = self._job.ports.workspace
        if self.commit and workspace.head != self.commit:
            await workspace.restore(self.commit)
