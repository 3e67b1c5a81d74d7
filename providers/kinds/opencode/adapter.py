"""The kind `opencode`: OpenCode's server in the sandbox, behind the gateway."""

from __future__ import annotations

from autodev.contracts.job import Job, JobKind, JobResult
from autodev.programs import ProgramMissing, find
from autodev.programs.opencode import NAME as PROGRAM
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.kinds.opencode.configuration import INSIDE, PROGRAM_INSIDE, QUIET_ENV
from providers.kinds.opencode.run import OpenCodeRun
from providers.kinds.programs.brief import context_of
from providers.kinds.programs.run import work
from providers.kinds.programs.version import version_of
from providers.targets import Target

NAME = "opencode"
KINDS = frozenset({JobKind.IMPLEMENT, JobKind.REPAIR, JobKind.TEST, JobKind.DOCUMENT})


class OpenCodeKind:
    """Works on the files of a project that is there."""

    name = NAME

    def can(self, kind: JobKind) -> bool:
        return kind in KINDS

    def missing(self) -> str:
        try:
            find(PROGRAM)
        except ProgramMissing as error:
            return f"{error.message} {error.hint}"
        return ""

    async def version(self) -> str:
        try:
            found = find(PROGRAM)
        except ProgramMissing as error:
            raise ProviderFailure("framework_error", f"{error.message} {error.hint}") from error
        return await version_of([PROGRAM_INSIDE, "--version"], {found.folder: INSIDE}, QUIET_ENV)

    async def perform(self, job: Job, target: Target) -> JobResult:
        context = context_of(job)
        if why := self.missing():
            raise NotForThisJob(why)
        return await work(job, target, context, OpenCodeRun)
