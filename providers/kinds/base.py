"""What a provider kind is: a name, the jobs it can do, and one coroutine that does a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from autodev.contracts.job import Job, JobKind, JobResult


class ProviderFailure(Exception):
    """A provider could not do the job. `kind` is of the closed set of failure kinds. `outside`: everybody who could do
    it is away (a limit, an outage), which time alone may heal, in `retry_after_s` seconds where that was told.
    `provider` is who failed last; `details` plain data for whoever decides what follows."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        outside: bool = False,
        retry_after_s: float | None = None,
        provider: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.outside = outside
        self.retry_after_s = retry_after_s
        self.provider = provider
        self.details = dict(details or {})


class NotForThisJob(ProviderFailure):
    """A kind does no such jobs, or is not set up here; that says nothing about its health."""

    def __init__(self, message: str, *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__("unsupported", message, details=details)


class ProviderKind(Protocol):
    """`emergency` kinds need neither key nor network and are tried last."""

    name: str
    emergency: bool

    def can(self, kind: JobKind) -> bool: ...

    async def perform(self, job: Job) -> JobResult: ...
