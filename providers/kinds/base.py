"""What a provider kind is: a name, the jobs it can do, and one coroutine that does a job."""

from __future__ import annotations

from typing import Protocol

from autodev.contracts.job import Job, JobKind, JobResult


class ProviderFailure(Exception):
    """A provider could not do the job. `kind` is of the closed set of failure kinds."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class NotForThisJob(ProviderFailure):
    """A kind does no such jobs, or is not set up here; that says nothing about its health."""

    def __init__(self, message: str) -> None:
        super().__init__("unsupported", message)


class ProviderKind(Protocol):
    """`emergency` kinds need neither key nor network and are tried last."""

    name: str
    emergency: bool

    def can(self, kind: JobKind) -> bool: ...

    async def perform(self, job: Job) -> JobResult: ...
