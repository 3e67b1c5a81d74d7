"""A program that goes on in the sandbox: a coding agent that changes the task's files itself."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from autodev.sandbox.types import SandboxResult

# Where things lie inside.
APP = "/workspace/app"
HOME = "/home/agent"


@dataclass(frozen=True, kw_only=True)
class Program:
    """`argv` serves on 127.0.0.1:`port` inside (what speaks on its standard streams is put behind a socket by
    `autodev.sandbox.stdio`). The project's files are at APP, writable, with its packages beside them as for any
    command. `home` names the folder that is HOME inside: writable, and kept for the task, so that a session can go on
    after a kill. `layers` are read-only (host path → path inside). `outlets` are the only ways out: port on the
    loopback inside → Unix socket of the host. Seconds, bytes."""

    argv: Sequence[str]
    port: int
    home: str
    env: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[Path, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    outlets: Mapping[int, Path] = field(default_factory=dict)
    wall_s: float = 3600.0
    memory_bytes: int = 2 * 2**30
    pids: int = 512


class RunningProgram(Protocol):
    """It dies with the worker, with everything that it started."""

    def connect(self, timeout_s: float = 5.0) -> socket.socket:
        """A stream socket to the port inside. Raises OSError when it has ended."""
        ...

    async def ready(self, timeout_s: float) -> bool:
        """Whether the port inside accepted a connection within the time."""
        ...

    @property
    def alive(self) -> bool: ...

    def output(self) -> tuple[str, str]:
        """(stdout, stderr) so far."""
        ...

    async def stop(self) -> SandboxResult:
        """Kills everything inside; gives what it used (processor time, peak of memory). Idempotent."""
        ...
