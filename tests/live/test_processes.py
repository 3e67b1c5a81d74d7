"""Several real processes on one database."""

from __future__ import annotations

import atexit
import os
import signal
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from providers.failures.kinds import FailureKind
from providers.live import process, versions
from providers.live.view import WorkspaceView
from providers.models import Breaker, Chain, RoutingSettings
from providers.states import BreakerState
from providers.targets import Key, Target
from tests.live.cast import Process, Upstream, failure, fleet
from tests.live.processes import Child, Say, until

pytestmark = pytest.mark.django_db(transaction=True)
TRIES = 3  # the machine may be busy for a moment; a state that is shared too late is late each time


def seen(workspace_id: uuid.UUID) -> WorkspaceView:
    view = process.live().view(workspace_id)
    assert view is not None
    return view


@pytest.mark.feature("F2.9")
def test_a_provider_that_one_process_found_dead_is_dead_for_another_within_a_second() -> None:
    late_s = []
    for _ in range(TRIES):
        workspace_id = fleet("one", "two").pk

        def watches(say: Say, workspace_id: uuid.UUID = workspace_id) -> None:
            process.view(workspace_id)
            say("ready")
            until(lambda: not seen(workspace_id).circuit("one").closed, "the other's failure was not seen")
            say(str(time.monotonic()))

        with Child(watches) as other:
            assert other.hear() == "ready"
            target = process.view(workspace_id).targets["one"]
            failed_at = time.monotonic()
            process.live().failed(target=target, key=target.keys[0], failure=failure())
            late_s.append(float(other.hear()) - failed_at)
            assert other.wait() == 0
        process.stop()
        if late_s[-1] <= 1.0:
            return
    pytest.fail(f"seen after {late_s} s")


@pytest.mark.feature("F2.13")
def test_a_change_of_configuration_is_live_in_another_process_within_two_seconds() -> None:
    late_s = []
    for _ in range(TRIES):
        workspace = fleet("one", "two")

        def watches(say: Say, workspace_id: uuid.UUID = workspace.pk) -> None:
            process.view(workspace_id)
            say("ready")
            until(lambda: "default" in seen(workspace_id).chains, "the new chain was not seen")
            say(str(time.monotonic()))

        with Child(watches) as other:
            assert other.hear() == "ready"
            Chain.objects.create(workspace=workspace, task_kind="default", providers=["two", "one"])
            versions.raise_config()
            changed_at = time.monotonic()
            late_s.append(float(other.hear()) - changed_at)
        if late_s[-1] <= 2.0:
            return
    pytest.fail(f"seen after {late_s} s")


def test_successes_that_wait_are_written_when_the_process_ends() -> None:
    workspace_id = fleet("one", "two").pk

    def works(say: Say) -> None:
        target = process.view(workspace_id).targets["one"]
        for _ in range(7):
            process.live().succeeded(target=target, key=target.keys[0], first_token_ms=5.0, total_ms=9.0)
        atexit._run_exitfuncs()

    with Child(works) as worker:
        assert worker.wait() == 0
    assert Breaker.objects.get().health["samples"] == 7


def test_what_many_processes_see_adds_up() -> None:
    workspace = fleet("one", "two")
    processes, rounds = 4, 5

    def works(say: Say) -> None:
        here = Process(workspace)
        for _ in range(rounds):
            here.answers("one", 3)
            here.fails("one", FailureKind.CONTENT_POLICY)
            here.fails("two", FailureKind.TRUNCATED_STREAM)
            here.state.write_failures()
            here.share()

    with ExitStack() as stack:
        children = [stack.enter_context(Child(works)) for _ in range(processes)]
        assert [child.wait() for child in children] == [0] * processes
    samples = {row.provider.name: row.health["samples"] for row in Breaker.objects.select_related("provider")}
    assert samples == {"one": processes * rounds * 3, "two": processes * rounds}


class Deadly(Upstream):
    """Its first probe kills the process that makes it; what is probed is written down."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.log = log

    async def probe(self, target: Target, key: Key | None) -> None:
        first = not self.log.exists()
        with self.log.open("a") as log:
            log.write(f"{os.getpid()} {time.monotonic()}\n")
        if first:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.feature("F2.9")
def test_four_processes_send_one_probe_at_a_time_and_survive_the_prober(tmp_path: Path) -> None:
    workspace = fleet("one", "two")
    quick: dict[str, Any] = {"probe_lease_s": 2, "first_open_s": 0.5, "probe_pause_s": 0.2}
    RoutingSettings.objects.create(workspace=workspace, document={"health": quick})
    here = Process(workspace)
    here.fails("one")
    here.state.write_failures()
    log = tmp_path / "probes"

    def works(say: Say) -> None:
        process.probe_with(lambda kind: Deadly(log))
        process.view(workspace.pk)
        until(lambda: seen(workspace.pk).circuit("one").closed, "the breaker was not closed")

    with ExitStack() as stack:
        children = [stack.enter_context(Child(works)) for _ in range(4)]
        ends = sorted(child.wait() for child in children)
    assert ends == [-signal.SIGKILL, 0, 0, 0]
    assert Breaker.objects.get().state == BreakerState.CLOSED
    lines = [line.split() for line in log.read_text().splitlines()]
    assert len(lines) == 3
    died, next_at = float(lines[0][1]), float(lines[1][1])
    assert next_at - died > 1.0
