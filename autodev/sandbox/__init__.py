"""Run untrusted commands: what callers use. See docs/sandbox.md."""

from autodev.sandbox.backends import get_backend, probe
from autodev.sandbox.layers import TOOLS, VENV, Layer, SandboxInstallFailed, python_layer
from autodev.sandbox.toolchain import Toolchain, python_toolchain
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
from autodev.sandbox.workspace import create_workspace, remove_workspace

__all__ = [
    "LIMITS",
    "TOOLS",
    "VENV",
    "Isolation",
    "Layer",
    "Limits",
    "Owner",
    "Probe",
    "RunningSandbox",
    "SandboxBackend",
    "SandboxInstallFailed",
    "SandboxResult",
    "SandboxSpec",
    "SandboxUnavailable",
    "Toolchain",
    "create_workspace",
    "get_backend",
    "probe",
    "python_layer",
    "python_toolchain",
    "remove_workspace",
]
