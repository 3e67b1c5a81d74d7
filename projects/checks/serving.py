"""Starts a project's server in the sandbox by its manifest, and speaks HTTP to it from outside."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from autodev.blueprints.manifest import RunPlan
from autodev.sandbox import LIMITS, SandboxResult
from autodev.sandbox.types import RunningSandbox
from projects.checks.context import CheckContext

PORT = 8000
DATA = "/workspace/data"
MAX_BODY = 5_000_000
# A short run, unlike a preview: it may use a whole core, so that a start costs what it costs in use.
_LIMITS = replace(LIMITS["smoke"], wall_s=180, cpu_s=120, cpus=1.0)


class DidNotStart(Exception):
    """A preparing command failed or the server did not listen in time. `said` is what the program printed."""

    def __init__(self, message: str, said: str) -> None:
        super().__init__(message)
        self.said = said


class Connection(http.client.HTTPConnection):
    """HTTP over the way into a running sandbox."""

    def __init__(self, server: RunningSandbox, *, timeout_s: float = 10.0) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._server = server

    def connect(self) -> None:
        self.sock: socket.socket = self._server.connect(self.timeout or 10.0)

    def get(self, path: str) -> tuple[int, bytes]:
        """(status, body). Raises OSError or http.client.HTTPException; a body over 5 MB is cut."""
        self.request("GET", path, headers={"Accept": "*/*"})
        answer = self.getresponse()
        body = answer.read(MAX_BODY)
        if not answer.isclosed():
            self.close()
        return answer.status, body


def filled(words: Mapping[str, str]) -> dict[str, str]:
    """The values with `{port}` and `{data}` put in."""
    return {key: fill(value) for key, value in words.items()}


def fill(word: str) -> str:
    return word.replace("{port}", str(PORT)).replace("{data}", DATA)


@contextlib.contextmanager
def serving(ctx: CheckContext, plan: RunPlan, workspace: Path) -> Iterator[RunningSandbox]:
    """The server, listening, until the end of the block; its result is noted in `ctx.runs`. Raises DidNotStart."""
    env = filled(plan.env)
    (workspace / "data").mkdir()
    for command in plan.prepare:
        argv = [fill(word) for word in command]
        done = ctx.run(argv, workspace=workspace, phase="test", project=True, env=env)
        if not done.ok:
            raise DidNotStart(f"`{' '.join(argv)}` ended with {_how(done)}", done.stdout + done.stderr)
    server = ctx.start([fill(word) for word in plan.argv], workspace=workspace, port=PORT, env=env, limits=_LIMITS)
    try:
        if not server.wait_ready(plan.patience_s):
            ended = not server.alive
            said = "".join(server.output())
            how = (
                "The server ended while it started."
                if ended
                else f"The server did not listen within {plan.patience_s:.0f} s."
            )
            raise DidNotStart(how, said)
        yield server
    finally:
        ctx.stopped(server)


def _how(done: SandboxResult) -> str:
    return f"exit code {done.exit_code}" if done.status == "nonzero" else done.status
