"""The product as a running server: started, found healthy, started again under a later clock, stopped."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from autodev.blueprints.manifest import RunPlan
from autodev.sandbox.types import Isolation, RunningSandbox, SandboxBackend, SandboxResult
from autodev.spec.checks import HttpStep
from projects.checks.acceptance.clock import CLOCKS, ClockUnavailable
from projects.checks.acceptance.http_client import REDIRECTS, RequestFailed, Session
from projects.checks.acceptance.placeholders import Placeholders
from projects.checks.acceptance.types import tail
from projects.checks.acceptance.workspaces import PORT, SERVE_LIMITS, Environment

_POLL_S = 0.05


class NotStarted(Exception):
    """The product did not become healthy. `ran` is False where the sandbox is to blame."""

    def __init__(self, reason: str, *, ran: bool) -> None:
        self.ran = ran
        super().__init__(reason)


class Server:
    """A context: inside it the product runs on its workspace. Entering and `advance` raise NotStarted,
    ClockUnavailable and SandboxUnavailable."""

    port = PORT

    def __init__(self, env: Environment, workspace: Path, plan: RunPlan, backend: SandboxBackend) -> None:
        self._env, self._workspace, self._plan, self._backend = env, workspace, plan, backend
        self._running: RunningSandbox | None = None
        self._offset_s = 0
        self._log = ""
        self.level = Isolation.NONE

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def connect(self, timeout_s: float) -> socket.socket:
        """A socket to the product. Raises OSError when it has ended."""
        if self._running is None:
            raise ConnectionRefusedError("the product is not running")
        return self._running.connect(timeout_s)

    def advance(self, seconds: int) -> None:
        """Stops the product and starts it on the same data with its clock so much further on."""
        self._stop()
        self._offset_s += seconds
        self._start()

    @property
    def log(self) -> str:
        """The end of what the product wrote, over all its starts."""
        now = "".join(self._running.output()) if self._running is not None else ""
        return tail(self._log + now)

    def _start(self) -> None:
        spec = self._env.spec(self._workspace, self._plan.argv, limits=SERVE_LIMITS)
        if self._offset_s:
            language = self._env.product.manifest.language
            if language not in CLOCKS:
                raise ClockUnavailable(f"the clock of a {language} product cannot be moved")
            clock = CLOCKS[language]
            layers = {**spec.ro_layers, **clock.ro_layers()}
            spec = replace(spec, ro_layers=layers, env=clock.env(self._offset_s, spec.env))
        deadline = time.monotonic() + self._plan.patience_s
        self._running = self._backend.start(spec, port=PORT)
        ready = self._running.wait_ready(self._plan.patience_s)
        reason = "" if ready else f"it did not listen within {self._plan.patience_s:.0f} s"
        if ready:
            reason = self._until_healthy(deadline)
        if reason:
            ended = not self._running.alive
            result = self._stop()
            if result is None or not result.ran:
                raise NotStarted(result.reason if result is not None else reason, ran=False)
            raise NotStarted(f"it ended by itself: {result.status}" if ended else reason, ran=True)

    def _until_healthy(self, deadline: float) -> str:
        """Asks the health path until it answers 200; else why not."""
        # A redirect is an answer, not health: many sites send whoever asks for nothing to their sign-in page.
        step = HttpStep(path=self._plan.health_path, status=(200, *REDIRECTS))
        got = "no answer"
        session = Session(self.connect, port=PORT)
        try:
            while time.monotonic() < deadline and self._running is not None and self._running.alive:
                try:
                    status = session.send(step, Placeholders.at_start()).status
                except RequestFailed as error:
                    got = str(error)
                else:
                    if status == 200:
                        return ""
                    got = f"status {status}"
                time.sleep(_POLL_S)
        finally:
            session.close()
        return f"{self._plan.health_path} did not answer 200 within {self._plan.patience_s:.0f} s: {got}"

    def _stop(self) -> SandboxResult | None:
        running, self._running = self._running, None
        if running is None:
            return None
        result = running.stop()
        self._log += result.stdout + result.stderr
        self.level = result.level
        return result
