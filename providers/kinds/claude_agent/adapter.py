"""The kind `claude_agent`: the program of the Claude Agent SDK, in the sandbox, behind the gateway."""

from __future__ import annotations

import asyncio
import importlib

from autodev.contracts.job import Job, JobKind, JobResult
from autodev.programs.claude import find
from autodev.programs.types import ProgramMissing
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.kinds.programs.brief import context_of
from providers.kinds.programs.run import work
from providers.kinds.programs.version import version_of
from providers.targets import Target

NAME = "claude_agent"
# Where the program is inside.
INSIDE = "/opt/claude/claude"
KINDS = frozenset({JobKind.IMPLEMENT, JobKind.REPAIR, JobKind.TEST, JobKind.DOCUMENT})


class ClaudeAgentKind:
    """Works on the files of a project that is there."""

    name = NAME

    def can(self, kind: JobKind) -> bool:
        return kind in KINDS

    def missing(self) -> str:
        try:
            find()
        except ProgramMissing as error:
            return f"{error.message} {error.hint}"
        return ""

    async def version(self) -> str:
        try:
            found = find()
        except ProgramMissing as error:
            raise ProviderFailure("framework_error", f"{error.message} {error.hint}") from error
        return await version_of([INSIDE, "--version"], {found.program: INSIDE}, {"DISABLE_AUTOUPDATER": "1"})

    async def perform(self, job: Job, target: Target) -> JobResult:
        context = context_of(job)
        if why := self.missing():
            raise NotForThisJob(why)
        # The SDK takes a second to import, in which the loop would stand still.
        run = await asyncio.to_thread(importlib.import_module, "providers.kinds.claude_agent.run")
        return await work(job, target, context, run.ClaudeRun)
