"""One process of the run: started, signalled, started again. Only the thread of the main loop touches it, because the
kernel ends it with the thread that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autodev.lib.processes import dies_with_parent


@dataclass(slots=True)
class Process:
    """`wanted`: it is started whenever it does not run and `start_at` has passed. `next_env` is for its next life only.
    `ends` are its exit codes, each with whether the harness caused it and the process id."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    owner: Mapping[str, Any] = field(default_factory=dict)
    at_death: signal.Signals = signal.SIGKILL
    wanted: bool = True
    start_at: float = 0.0
    next_env: dict[str, str] = field(default_factory=dict)
    life_env: dict[str, str] = field(default_factory=dict)
    ends: list[tuple[int, bool, int]] = field(default_factory=list)
    started: float = 0.0
    _child: subprocess.Popen[bytes] | None = None
    _ours: bool = False

    @property
    def pid(self) -> int:
        """0 where it does not run."""
        return self._child.pid if self._child is not None else 0

    def tick(self, now: float) -> int | None:
        """Starts it where it is due; gives its exit code where it has just ended."""
        if self._child is not None:
            code = self._child.poll()
            if code is None:
                return None
            pid, self._child = self._child.pid, None
            ours = self._ours or (code == -signal.SIGKILL and "AUTODEV_FAILPOINTS" in self.life_env)
            self.ends.append((code, ours, pid))
            self.start_at = max(self.start_at, now + (0.0 if ours else 1.0))
            return code
        if self.wanted and now >= self.start_at:
            self._start(now)
        return None

    def _start(self, now: float) -> None:
        self.life_env, self.next_env = self.next_env, {}
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(
                [str(word) for word in self.argv],
                env={**self.env, **self.life_env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=dies_with_parent(self.at_death),  # noqa: PLW1509 - it only calls prctl
                **self.owner,
            )
        self.started, self._ours = now, False

    def send(self, sign: signal.Signals, *, down_s: float = 0.0) -> bool:
        """To the process alone; one that ends by it stays down for `down_s`. False where it does not run."""
        if self._child is None or self._child.poll() is not None:
            return False
        if sign in {signal.SIGKILL, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT}:
            self._ours = True
            self.start_at = time.monotonic() + down_s
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child.pid, sign)
        return True

    def stop(self, sign: signal.Signals = signal.SIGTERM, *, timeout_s: float = 15.0) -> None:
        """Ends it for good, by force after the time."""
        self.wanted = False
        if not self.send(sign) or self._child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child.pid, signal.SIGCONT)
        try:
            code = self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        self.ends.append((code, True, self._child.pid))
        self._child = None
