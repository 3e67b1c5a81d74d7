"""One supervised process: its command, its output by lines, its start and end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autodev.lib.processes import dies_with_parent
from autodev.up.backoff import Backoff

LINES_KEPT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """name: as shown before each line; argv, env: whole; stop_s: how long it may take to end by itself, in seconds;
    stop_last: the others need it until they have ended."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    stop_s: float = 8.0
    stop_last: bool = False


@dataclass(slots=True)
class Child:
    """A command and the process that runs it now, if any. Only the supervisor's thread touches it: the kernel ends the
    process with the thread that started it."""

    command: Command
    backoff: Backoff = field(default_factory=Backoff)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    output_ended: bool = False
    _rest: bytes = b""

    @property
    def name(self) -> str:
        return self.command.name

    @property
    def running(self) -> bool:
        return self.process is not None

    def start(self, now: float) -> int:
        """In a session of its own, so that Ctrl-C reaches only the supervisor; gives the output's descriptor."""
        self.process = subprocess.Popen(
            list(self.command.argv),
            env=dict(self.command.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509 - the supervisor has one thread
        )
        assert self.process.stdout is not None  # noqa: S101 - a pipe was asked for
        os.set_blocking(self.process.stdout.fileno(), False)
        self.started_at = now
        self.output_ended, self._rest = False, b""
        return self.process.stdout.fileno()

    def read(self) -> list[str]:
        """The whole lines that came since the last call."""
        if self.process is None or self.process.stdout is None:
            return []
        with contextlib.suppress(BlockingIOError):
            while not self.output_ended:
                chunk = os.read(self.process.stdout.fileno(), 65536)
                self.output_ended = not chunk
                self._rest += chunk
        *whole, self._rest = self._rest.split(b"\n")
        lines = [line.decode(errors="replace").rstrip() for line in whole]
        self.last_lines.extend(lines)
        return lines

    def ended(self, now: float) -> int | None:
        """The exit code once it has ended (negative: the signal); None while it runs. What it left behind is killed."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.signal(signal.SIGKILL)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None
        self.backoff = self.backoff.ended(after_s=now - self.started_at)
        self.start_at = now + self.backoff.wait_s
        return code

    def signal(self, sig: signal.Signals) -> None:
        """To every process of its group. SIGTERM goes to the child alone, which knows how to end its own."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if sig == signal.SIGKILL:
                os.killpg(self.process.pid, sig)
            else:
                self.process.send_signal(sig)
