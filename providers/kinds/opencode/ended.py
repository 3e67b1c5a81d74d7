"""A server that refused something, or is gone, as the failure of a job."""

from __future__ import annotations

from autodev.sandbox.types import SandboxResult
from providers.kinds.base import ProviderFailure

# Limits of the sandbox that say nothing of the code that was written.
LIMITS = frozenset({"oom", "timeout", "cpu_limit", "pids", "output_limit"})


def server_failure(result: SandboxResult, said: str) -> ProviderFailure:
    """`result` is how its sandbox ended; that it was stopped by us (`cancelled`) says nothing, and `said` counts."""
    if result.lost:
        return ProviderFailure("sandbox_error", result.reason)
    if result.status in LIMITS:
        return ProviderFailure("sandbox_error", f"The sandbox ended it: {result.reason or result.status}")
    if result.status == "killed" and "cancelled" not in result.reason:
        return ProviderFailure("code_error", f"The sandbox ended it: {result.reason}")
    return ProviderFailure("framework_error", said.strip()[-1000:])
