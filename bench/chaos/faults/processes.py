"""Faults of web, gateway, beat and sweepers."""

from __future__ import annotations

import signal

from bench.chaos.process import Process
from bench.chaos.schedule import Planned
from bench.chaos.world import Injected, World, injector


@injector("web.kill9", "gateway.kill9", "beat.kill9")
def kill(world: World, planned: Planned) -> Injected | None:
    fleet = world.fleet
    process = {"web": fleet.web, "gateway": fleet.gateway, "beat": fleet.beat}[planned.kind.split(".")[0]]
    return Injected(process.name) if process.send(signal.SIGKILL, down_s=planned.pick % 20 / 10) else None


@injector("web.pause")
def pause(world: World, planned: Planned) -> Injected | None:
    web = world.fleet.web
    return Injected("web", lambda: _wake(web)) if web.send(signal.SIGSTOP) else None


def _wake(process: Process) -> None:
    process.send(signal.SIGCONT)


@injector("beat.second")
def second_beat(world: World, planned: Planned) -> Injected | None:
    beat = world.fleet.second_beat()
    return Injected("beat-2", lambda: _end(beat, signal.SIGTERM))


@injector("sweeper.second", "sweeper.kill9")
def second_sweeper(world: World, planned: Planned) -> Injected | None:
    sign = signal.SIGKILL if planned.kind.endswith("kill9") else signal.SIGTERM
    sweeper = world.fleet.second_sweeper()
    return Injected("sweeper", lambda: _end(sweeper, sign))


def _end(process: Process, sign: signal.Signals) -> None:
    process.send(sign)
