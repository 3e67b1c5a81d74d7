"""Run untrusted commands. Callers use `get_backend`, `python_layer` and the types; see docs/sandbox.md."""

from autodev.sandbox.types import (
    LIMITS,
    Isolation,
    Limits,
    Owner,
    Probe,
    RunningSandbox,
    SandboxBackend,
    SandboxResult,
    SandboxSpec,
    SandboxUnavailable,
)

__all__ = [
    "LIMITS",
    "Isolation",
    "Limits",
    "Owner",
    "Probe",
    "RunningSandbox",
    "SandboxBackend",
    "SandboxResult",
    "SandboxSpec",
    "SandboxUnavailable",
]
