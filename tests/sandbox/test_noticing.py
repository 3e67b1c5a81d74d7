"""A sandbox that somebody kills is told apart from a command that fails."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from autodev.sandbox import Owner, SandboxBackend, SandboxSpec, Toolchain
from autodev.sandbox.backends import RefusingBackend
from autodev.sandbox.bubblewrap import BubblewrapBackend
from autodev.sandbox.noticing import Noticing, plain, run_surely
from autodev.sandbox.rundir import recorded_pid
from autodev.sandbox.types import KILLED_OUTSIDE, SandboxResult
from tests.sandbox.test_start import PORT, server

pytestmark = pytest.mark.feature("F3.6")


def kill_outermost(backend: SandboxBackend, mark: str) -> None:
    """As soon as the run of this owner has begun."""
    assert isinstance(backend, BubblewrapBackend)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for path in (backend.state_dir / "runs").glob(f"{mark}.*"):
            pid = recorded_pid(path)
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
                return
        time.sleep(0.01)
    raise TimeoutError(mark)


def test_a_killed_sandbox_is_lost_and_no_failure_of_the_command(backend: SandboxBackend, workspace: Path) -> None:
    mark = f"lost-{os.getpid()}"
    killer = threading.Thread(target=kill_outermost, args=(backend, mark))
    killer.start()
    noticing = Noticing(backend)
    result = noticing.run(SandboxSpec(argv=["sleep", "30"], workspace=workspace, owner=Owner(mark, 1)))
    killer.join()
    assert (result.status, result.exit_code, result.ran) == ("setup_error", None, False)
    assert result.reason == f"{KILLED_OUTSIDE} (signal 9)"
    assert result.lost
    assert noticing.lost
    assert plain(noticing) is backend
    assert (noticing.name, noticing.probe().level) == (backend.name, backend.probe().level)


def test_a_command_that_dies_of_a_signal_is_not_lost(backend: SandboxBackend, workspace: Path) -> None:
    noticing = Noticing(backend)
    result = noticing.run(SandboxSpec(argv=["sh", "-c", "kill -9 $$"], workspace=workspace))
    assert (result.status, result.lost, noticing.lost) == ("nonzero", False, False)


def test_a_killed_server_is_noticed_when_it_is_stopped(backend: SandboxBackend, python: Toolchain) -> None:
    mark = f"server-{os.getpid()}"
    noticing = Noticing(backend)
    running = noticing.start(server(python, owner=Owner(mark, 1)), port=PORT)
    try:
        assert running.wait_ready(20)
        running.connect().close()
        assert running.alive
        kill_outermost(backend, mark)
        assert running.result(60).lost
    finally:
        running.stop()
    assert noticing.lost
    assert running.output()[0] == ""


class Losing(RefusingBackend):
    """Loses the first sandboxes that it starts; what it does not run it refuses."""

    name = "losing"

    def __init__(self, times: int) -> None:
        super().__init__(["This one only runs."])
        self.left, self.runs = times, 0

    def run(self, spec: SandboxSpec) -> SandboxResult:
        self.runs += 1
        self.left -= 1
        if self.left >= 0:
            return SandboxResult(status="setup_error", reason=f"{KILLED_OUTSIDE} (signal 9)")
        return SandboxResult(status="ok", exit_code=0)

    def reap(self, live: object) -> int:
        return 7


@pytest.mark.parametrize(("lost", "runs", "status"), [(0, 1, "ok"), (2, 3, "ok"), (3, 3, "setup_error")])
def test_a_command_is_run_again_where_its_sandbox_was_lost(lost: int, runs: int, status: str) -> None:
    backend = Losing(lost)
    assert run_surely(backend, SandboxSpec(argv=["true"])).status == status
    assert backend.runs == runs
    assert Noticing(backend).reap(lambda task, epoch: True) == 7
