"""The handle of a sandbox that goes on: a server under smoke test, acceptance checks or preview."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from autodev.sandbox.sockets import short_name
from autodev.sandbox.supervise import OutputBuffer
from autodev.sandbox.types import SandboxResult

_POLL_S = 0.05


class Running:
    """Owns the thread that is the sandbox's parent. `serve` runs in it to the end and gives the result."""

    def __init__(self, serve: Callable[[Running], SandboxResult]) -> None:
        self.stopping = threading.Event()
        self._serve = serve
        self._begun = threading.Event()
        self._path: Path | None = None
        self._output: OutputBuffer | None = None
        self._ready = threading.Event()
        self._result: SandboxResult | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._live, name="sandbox", daemon=True)
        self._thread.start()
        self._begun.wait()

    def _live(self) -> None:
        try:
            self._result = self._serve(self)
        except BaseException as error:  # noqa: BLE001 - carried to whoever asks for the result
            self._error = error
        finally:
            self._begun.set()

    def started(self, path: Path, output: OutputBuffer, ready: threading.Event) -> None:
        """Called by `serve` once the command is on its way."""
        self._path, self._output, self._ready = path, output, ready
        self._begun.set()

    def connect(self, timeout_s: float = 5.0) -> socket.socket:
        if self._path is None or not self.alive:
            raise ConnectionRefusedError("the sandbox has ended")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout_s)
            with short_name(self._path) as name:
                connection.connect(name)
        except OSError:
            connection.close()
            raise
        return connection

    def wait_ready(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while self.alive and not self._ready.is_set() and time.monotonic() < deadline:
            self._ready.wait(_POLL_S)
        return self.alive and self._ready.is_set()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def output(self) -> tuple[str, str]:
        return self._output.text() if self._output else ("", "")

    def stop(self) -> SandboxResult:
        self.stopping.set()
        return self.result()

    def result(self, timeout_s: float | None = None) -> SandboxResult:
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise TimeoutError("the sandbox is still running")
        if self._error:
            raise self._error
        assert self._result is not None  # noqa: S101 - `_live` sets one of the two
        return self._result
