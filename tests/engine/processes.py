"""Real worker processes to kill, stop and end. They are forks of the test process and share its handlers and
database."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

from django.db import connections

from autodev.lib import clock, failpoints
from projects.engine import incarnation
from projects.engine.worker import Engine

TIMEOUT_S = 120.0


def until(condition: Callable[[], object], what: str) -> None:
    """Waits for what another process does. Raises TimeoutError."""
    end = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)


class Worker:
    """A worker process. `faults` as in AUTODEV_FAILPOINTS; `shift_s` sets its database clock ahead; `host` its host's
    name."""

    def __init__(self, *, faults: str = "", slots: int = 1, shift_s: float = 0.0, host: str = "") -> None:
        connections.close_all()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                _serve(faults, slots, shift_s, host)
                code = 0
            finally:
                os._exit(code)
        self._status: int | None = None

    def send(self, sign: signal.Signals) -> None:
        os.kill(self.pid, sign)

    def ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = status
        return self._status is not None

    def wait(self) -> int:
        """The exit code; negative for a signal."""
        until(self.ended, f"worker {self.pid} did not end")
        assert self._status is not None
        return os.waitstatus_to_exitcode(self._status)

    def end(self) -> int:
        """SIGTERM, then its exit code."""
        if not self.ended():
            self.send(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """For the end of a test: whatever it does, it is gone."""
        if not self.ended():
            self.send(signal.SIGKILL)
            self.wait()


def _serve(faults: str, slots: int, shift_s: float, host: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    failpoints.set_faults(faults)
    clock._shift_s = shift_s
    if host:
        incarnation.host_name = lambda: host
    engine = Engine(slots=slots, poll_s=0.1)
    engine.start()
    while not stop.wait(0.05):
        pass
    engine.stop()
