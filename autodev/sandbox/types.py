"""What is asked of a sandbox and what it answers: plain data, no behaviour beyond validation."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

MIB = 1024 * 1024

Status = Literal[
    "ok",  # the command ran and exited with 0
    "nonzero",  # it ran and exited with another code or died of a signal of its own
    "timeout",  # wall-clock limit
    "cpu_limit",  # CPU-seconds limit
    "oom",  # the memory limit killed a process, whatever the exit code says
    "output_limit",  # stdout and stderr together passed the cap
    "pids",  # it failed after the limit of processes refused a fork
    "killed",  # cancelled, stopped, or ended by the workspace limit; `reason` says which
    "setup_error",  # the command never started: an error of ours, never a test failure
    "not_run",  # no sandbox, or the registry is unreachable: nothing can be said
]
# How the reason of a run begins whose outermost process was killed by somebody else: the kernel, an operator, a crash.
KILLED_OUTSIDE = "the sandbox was killed from outside"
Network = Literal["none", "registry"]
Stream = Literal["stdout", "stderr"]
Phase = Literal["install", "test", "lint", "smoke"]

# On the loopback inside, where the registry is reachable.
PROXY_PORT = 3128
# Where `SandboxSpec.state` is inside.
STATE_HOME = "/home/agent"

_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Isolation(IntEnum):
    """How far untrusted code is kept away. Compare with `>=`."""

    NONE = 0
    DEGRADED = 1  # namespaces and seccomp, but memory, disk or CPU share are only watched
    PROCESS = 2  # the whole chain on a shared kernel
    KERNEL = 3  # a kernel of its own (gVisor, Kata, microVM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one run. Bytes, seconds, counts; `cpus` is a share of cores."""

    wall_s: float = 180.0
    cpu_s: float = 120.0
    cpus: float = 2.0
    memory_bytes: int = 1536 * MIB
    pids: int = 256
    file_bytes: int = 256 * MIB
    workspace_bytes: int = 512 * MIB
    workspace_inodes: int = 100_000
    state_bytes: int = 512 * MIB
    state_inodes: int = 50_000
    tmp_bytes: int = 64 * MIB
    output_bytes: int = MIB
    open_files: int = 1024


# Peaks behind these numbers: uv 128 MB, npm 161 MB, tsc 254 MB, kotlinc 313 MB, at most 29 processes.
LIMITS: Mapping[Phase, Limits] = {
    "install": Limits(wall_s=300, cpu_s=120, memory_bytes=1024 * MIB, workspace_bytes=1024 * MIB),
    "test": Limits(),
    "lint": Limits(wall_s=60, cpu_s=60, memory_bytes=768 * MIB, pids=128, workspace_bytes=128 * MIB),
    "smoke": Limits(wall_s=900, cpu_s=450, cpus=0.5, memory_bytes=512 * MIB, pids=128, workspace_bytes=128 * MIB),
}


@dataclass(frozen=True, slots=True)
class Owner:
    """The live (task, epoch) a sandbox belongs to; the janitor asks whether it still holds its lease."""

    task_id: str
    epoch: int

    def __post_init__(self) -> None:
        if not _TASK_ID.fullmatch(self.task_id) or self.epoch < 0:
            raise ValueError(f"not an owner tag: {self.task_id!r}, {self.epoch!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSpec:
    """One command to run.

    argv: the command and its arguments, never a shell string from outside.
    workspace: host directory bound read-write at `mount` (None: an empty tmpfs of `limits.workspace_bytes`).
    cwd: directory inside, absolute or relative to `mount`.
    state: a second host directory bound read-write, at STATE_HOME, and HOME then. It is kept between runs; its size is
        watched (`limits.state_bytes`, `state_inodes`).
    outlets: port on the loopback inside -> Unix socket of the host: with `network="none"` the only ways out. Where the
        worker is root, the socket is given to the sandbox's user.
    ro_layers: host path -> path inside, bound read-only, outermost first; not inside the workspace.
    files: path inside -> content, each a read-only file outside the workspace.
    env: the whole environment beyond the base one (PATH, HOME, TMPDIR, LANG, CI); nothing is inherited.
    artefacts: glob patterns relative to the workspace, read after the run without following links.
    owner: None for what belongs to the process itself (self-test, layer builds).
    on_output: called with each decoded chunk as it arrives, in the supervising thread.
    """

    argv: Sequence[str]
    workspace: Path | None = None
    workspace_read_only: bool = False
    mount: str = "/workspace"
    cwd: str = "."
    state: Path | None = None
    outlets: Mapping[int, Path] = field(default_factory=dict)
    ro_layers: Mapping[Path, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    network: Network = "none"
    stdin: bytes | None = None
    artefacts: Sequence[str] = ()
    owner: Owner | None = None
    cancel: threading.Event | None = None
    on_output: Callable[[Stream, str], None] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.argv, str) or not self.argv:
            raise ValueError("argv is a list of at least one word, not a shell string")
        if any("\0" in word for word in (*self.argv, *self.env.values())):
            raise ValueError("NUL in argv or env")
        bad = [name for name in self.env if not _ENV_NAME.fullmatch(name)]
        if bad:
            raise ValueError(f"not environment names: {bad}")
        if not all(0 < port < 65536 for port in self.outlets):
            raise ValueError(f"not ports: {sorted(self.outlets)}")
        if self.network == "registry" and PROXY_PORT in self.outlets:
            raise ValueError(f"port {PROXY_PORT} is the registry's")
        writable = [PurePosixPath(self.mount), *([PurePosixPath(STATE_HOME)] if self.state else [])]
        for inside in (self.mount, *self.ro_layers.values(), *self.files):
            path = PurePosixPath(inside)
            if not path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
                raise ValueError(f"not an absolute path inside the sandbox: {inside}")
        # A link planted in a writable directory would redirect a mount made below it.
        for inside in (*self.ro_layers.values(), *self.files):
            for top in writable:
                if PurePosixPath(inside).is_relative_to(top):
                    raise ValueError(f"{inside} lies in the {'workspace' if top == writable[0] else 'state'} {top}")
        if self.state and (writable[0].is_relative_to(STATE_HOME) or writable[1].is_relative_to(self.mount)):
            raise ValueError(f"the workspace {self.mount} and the state {STATE_HOME} lie in one another")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxResult:
    """What happened. Text is UTF-8 with replacement characters; NUL is replaced too.

    exit_code is None when the command was killed or never ran; cpu_ms, peak_mem (bytes), oom_kills and
    pids_peak come from the cgroup, or from sampling where there is none.
    """

    status: Status
    exit_code: int | None = None
    signal: int | None = None
    stdout: str = ""
    stderr: str = ""
    truncated: bool = False
    wall_ms: int = 0
    cpu_ms: int = 0
    peak_mem: int = 0
    oom_kills: int = 0
    pids_peak: int = 0
    backend: str = ""
    level: Isolation = Isolation.NONE
    reason: str = ""
    artefacts: Mapping[str, bytes] = field(default_factory=dict)
    artefacts_refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.status == "ok"

    @property
    def ran(self) -> bool:
        """Whether the command itself was started, so that its result says something about the code."""
        return self.status not in ("setup_error", "not_run")

    @property
    def lost(self) -> bool:
        """Whether the sandbox itself was killed: the command may have run and nobody knows how it would have ended, so
        that running it again says more."""
        return self.status == "setup_error" and self.reason.startswith(KILLED_OUTSIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a self-test found. `features`: name -> whether it held; `reasons`: why the level is not higher."""

    backend: str
    level: Isolation
    features: Mapping[str, bool] = field(default_factory=dict)
    reasons: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        return self.level > Isolation.NONE


class SandboxUnavailable(RuntimeError):
    """No backend reaches the level that is asked for; `reasons` says why for each."""

    code = "sandbox_unavailable"

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("no sandbox: " + "; ".join(self.reasons))


class RunningSandbox(Protocol):
    """A command that goes on, and the way into the server it runs."""

    def connect(self, timeout_s: float = 5.0) -> socket.socket:
        """A stream socket to 127.0.0.1:port inside; raises OSError when the sandbox has ended."""

    def wait_ready(self, timeout_s: float) -> bool:
        """Whether the port inside accepted a connection within the time."""

    @property
    def alive(self) -> bool: ...

    def output(self) -> tuple[str, str]:
        """(stdout, stderr) so far."""

    def stop(self) -> SandboxResult:
        """Kill everything inside and give the result. Idempotent."""

    def result(self, timeout_s: float | None = None) -> SandboxResult:
        """Wait for the end; raises TimeoutError."""


class SandboxBackend(Protocol):
    """One way to run untrusted commands."""

    @property
    def name(self) -> str: ...

    def probe(self) -> Probe:
        """The self-test, run anew."""

    def run(self, spec: SandboxSpec) -> SandboxResult:
        """Run to the end in the calling thread. Never raises for what the command does."""

    def start(self, spec: SandboxSpec, *, port: int) -> RunningSandbox:
        """Start a server that will listen on 127.0.0.1:port inside; it dies with the process."""

    def reap(self, live: Callable[[str, int], bool]) -> int:
        """End what has no live owner (see Owner) or whose process is gone; the number of things ended."""
