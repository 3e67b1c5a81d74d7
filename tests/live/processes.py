"""Real processes beside the test's: forks that share its database, and say what they see through a pipe."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db import connections

TIMEOUT_S = 60.0
Say = Callable[[str], None]


class Child:
    """Runs `work(say)` in a fork and ends. `with Child(work) as child:` kills it at the end of the block."""

    def __init__(self, work: Callable[[Say], object]) -> None:
        connections.close_all()
        self._read, write = os.pipe()
        self._rest = b""
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.close(self._read)
                work(lambda text: _say(write, text))
                code = 0
            finally:
                os._exit(code)
        os.close(write)
        self._status: int | None = None

    def hear(self) -> str:
        """The next line that it says. Raises TimeoutError, EOFError."""
        end = time.monotonic() + TIMEOUT_S
        while b"\n" not in self._rest:
            if not select.select([self._read], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError(f"process {self.pid} says nothing")
            piece = os.read(self._read, 4096)
            if not piece:
                raise EOFError(f"process {self.pid} has ended")
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def wait(self) -> int:
        """The exit code; negative for a signal."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._status

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.wait()
        os.close(self._read)


def _say(write: int, text: str) -> None:
    os.write(write, text.encode() + b"\n")


def until(condition: Callable[[], object], what: str) -> None:
    """Waits for what another process or thread does. Raises TimeoutError."""
    end = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.005)
