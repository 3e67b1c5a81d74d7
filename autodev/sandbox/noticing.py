"""A backend that notices when a sandbox of it was killed from outside."""

from __future__ import annotations

import socket
from collections.abc import Callable

from autodev.sandbox.types import Probe, RunningSandbox, SandboxBackend, SandboxResult, SandboxSpec


class Noticing:
    """Passes everything on to the backend `behind`. `lost`: whether any of the sandboxes was killed from outside, so
    that what was concluded from it is worth nothing."""

    def __init__(self, behind: SandboxBackend) -> None:
        self.behind = behind
        self.lost = False

    @property
    def name(self) -> str:
        return self.behind.name

    def probe(self) -> Probe:
        return self.behind.probe()

    def run(self, spec: SandboxSpec) -> SandboxResult:
        return self.noted(self.behind.run(spec))

    def start(self, spec: SandboxSpec, *, port: int) -> RunningSandbox:
        return _Running(self, self.behind.start(spec, port=port))

    def reap(self, live: Callable[[str, int], bool]) -> int:
        return self.behind.reap(live)

    def noted(self, result: SandboxResult) -> SandboxResult:
        """The result, remembered if its sandbox was lost."""
        self.lost = self.lost or result.lost
        return result


class _Running:
    """A server whose end is noticed."""

    def __init__(self, notices: Noticing, running: RunningSandbox) -> None:
        self._notices, self._running = notices, running

    def connect(self, timeout_s: float = 5.0) -> socket.socket:
        return self._running.connect(timeout_s)

    def wait_ready(self, timeout_s: float) -> bool:
        return self._running.wait_ready(timeout_s)

    @property
    def alive(self) -> bool:
        return self._running.alive

    def output(self) -> tuple[str, str]:
        return self._running.output()

    def stop(self) -> SandboxResult:
        return self._notices.noted(self._running.stop())

    def result(self, timeout_s: float | None = None) -> SandboxResult:
        return self._notices.noted(self._running.result(timeout_s))


def run_surely(backend: SandboxBackend, spec: SandboxSpec, *, tries: int = 3) -> SandboxResult:
    """Runs the command, again where its sandbox was killed: for commands that can be run twice."""
    result = backend.run(spec)
    for _ in range(tries - 1):
        if not result.lost:
            break
        result = backend.run(spec)
    return result


def plain(backend: SandboxBackend) -> SandboxBackend:
    """The backend without the notices."""
    return backend.behind if isinstance(backend, Noticing) else backend
