"""Faults of worker processes and of what they started."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from autodev.sandbox import config
from autodev.sandbox.rundir import RunName, recorded_pid
from bench.chaos.process import Process
from bench.chaos.schedule import Planned
from bench.chaos.world import Injected, World, injector

# A task that lost two workers is spared by faults that can choose: the third would end it as a poison task.
SPARED_AFTER = 2
# So that it is the progress timeout that finds the task which hangs.
SPARED_KIND = "chaos_hang"


def _up(world: World) -> list[Process]:
    return [one for one in world.fleet.workers if one.pid and one.pid not in world.fleet.frozen]


def _choose(world: World, planned: Planned) -> Process | None:
    """A running worker, rather one with work and never one whose task would be taken for poison, if that can be."""
    tired, busy = set(), set()
    for one in world.watch.sight.running:
        worker = world.fleet.worker_of(one.owner)
        if worker is not None:
            busy.add(worker.name)
            if one.crashes >= SPARED_AFTER or one.kind == SPARED_KIND:
                tired.add(worker.name)
    up = [one for one in _up(world) if one.name not in tired]
    working = [one for one in up if one.name in busy] or up
    return working[planned.pick % len(working)] if working else None


@injector("worker.kill9")
def kill(world: World, planned: Planned) -> Injected | None:
    worker = _choose(world, planned)
    return Injected(worker.name) if worker and worker.send(signal.SIGKILL, down_s=planned.pick % 30 / 10) else None


@injector("worker.pause", "worker.freeze")
def freeze(world: World, planned: Planned) -> Injected | None:
    worker = _choose(world, planned)
    return _frozen(world, worker) if worker else None


def _frozen(world: World, worker: Process) -> Injected | None:
    pid = worker.pid
    if not worker.send(signal.SIGSTOP):
        return None
    world.fleet.frozen.add(pid)

    def wake() -> None:
        world.fleet.frozen.discard(pid)
        if worker.pid == pid:
            worker.send(signal.SIGCONT)

    return Injected(worker.name, wake)


@injector("worker.deploy")
def deploy(world: World, planned: Planned) -> Injected | None:
    worker = _choose(world, planned)
    return Injected(worker.name) if worker and world.fleet.deploy(worker) else None


@injector("worker.clock_jump", "failpoint.kill9", "failpoint.raise", "failpoint.freeze")
def arm(world: World, planned: Planned) -> Injected | None:
    """For the next life of a worker; one is replaced for it in order."""
    params = planned.params
    if planned.kind == "worker.clock_jump":
        env, what = {"CHAOS_CLOCK_S": str(params["seconds"])}, f"{params['seconds']:+d} s"
    elif planned.kind == "failpoint.raise":
        env = {"AUTODEV_FAILPOINTS": str(params["faults"]), "AUTODEV_FAILPOINTS_SEED": str(planned.pick)}
        what = str(params["faults"])
    else:
        name, _, at = str(params["boundary"]).partition("@")
        action = "kill9" if planned.kind == "failpoint.kill9" else "stop"
        env, what = {"AUTODEV_FAILPOINTS": f"{name}={action}@{at}"}, str(params["boundary"])
    down = next((one for one in world.fleet.workers if not one.pid and not one.next_env), None)
    if down is not None:
        down.next_env = env
        return Injected(f"{down.name} {what}", _waker(down, planned))
    worker = _choose(world, planned)
    if worker is None or worker.next_env or not world.fleet.deploy(worker):
        return None
    worker.next_env = env
    return Injected(f"{worker.name} {what}", _waker(worker, planned))


def _waker(worker: Process, planned: Planned) -> Callable[[], None] | None:
    """A worker that stops itself at a boundary is woken after the fault's time."""
    if planned.kind != "failpoint.freeze":
        return None

    def wake() -> None:
        worker.send(signal.SIGCONT)

    return wake


@injector("sandbox.kill9")
def kill_sandbox(world: World, planned: Planned) -> Injected | None:
    """The outermost process of a sandbox that works for a task."""
    runs = config.load().state_dir / "runs"
    found: list[tuple[Path, int]] = []
    for path in sorted(runs.iterdir()) if runs.is_dir() else []:
        name = RunName.parse(path.name)
        pid = recorded_pid(path)
        if name is not None and name.owner is not None and pid is not None:
            found.append((path, pid))
    if not found:
        return None
    path, pid = found[planned.pick % len(found)]
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return None
    return Injected(path.name)
