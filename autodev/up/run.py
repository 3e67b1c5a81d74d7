"""The whole of `autodev up`, from the lock to the last line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import httpx
from django.conf import settings

from autodev.up import commands, redis
from autodev.up.child import Command
from autodev.up.instance import Instance, only_one
from autodev.up.ports import free_port
from autodev.up.prepare import collect_static, migrate
from autodev.up.supervisor import GaveUp, Supervisor
from projects.engine.incarnation import host_name
from projects.models import Incarnation

READY_TIMEOUT_S = 120.0
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - to show, not to listen on


def run(*, host: str, port: int, gateway_port: int, say: Callable[[str], None]) -> None:
    """Starts all (no gateway where its port is 0), prints the address last, and stays until Ctrl-C or SIGTERM.

    Raises AlreadyRunning, OSError (no port) and GaveUp. Django is set up.
    """
    data: Path = settings.AUTODEV_DATA
    with only_one(data) as instance:
        missing = migrate()
        if missing:
            say(f"Database: {missing} migrations applied.")
        if collect_static():
            say("Static files: collected.")
        chosen = free_port(host, port)
        if chosen != port:
            say(f"Port {port} is taken; using {chosen}.")
        calls = free_port(host, gateway_port, taken={chosen}) if gateway_port else 0
        url = f"http://{ANY_ADDRESS.get(host, host)}:{chosen}/"
        supervisor = Supervisor(_all(host, chosen, calls, data, say), say=say)
        supervisor.start()
        supervisor.run(until=_ready(url, supervisor))
        if supervisor.running:
            if calls:
                say(f"Models for your tools (docs/gateway.md): http://{ANY_ADDRESS.get(host, host)}:{calls}/v1")
            _announce(instance, url, say)
            supervisor.run()
    say("Stopped.")


def _all(host: str, port: int, gateway_port: int, data: Path, say: Callable[[str], None]) -> list[Command]:
    env = {**os.environ, "AUTODEV_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    env.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")
    if settings.REDIS_URL:
        services = []
    elif (server := redis.redis_server()) is not None:
        socket = redis.socket_path(data)
        env["REDIS_URL"] = f"unix://{socket}"
        services = [redis.command(server, socket, env)]
    else:
        say("No redis-server: pages learn of changes by asking, every few seconds.")
        services = []
    gateway = [commands.gateway(host, gateway_port, env)] if gateway_port else []
    return [*services, commands.web(host, port, env), *gateway, commands.worker(env), commands.beat(data, env)]


def _ready(url: str, supervisor: Supervisor) -> Callable[[], bool]:
    """Whether pages are served and the worker takes tasks. Raises GaveUp when that takes too long."""
    end = supervisor.clock() + READY_TIMEOUT_S

    def ready() -> bool:
        missing = _missing(url, supervisor)
        if missing and supervisor.clock() > end:
            supervisor.shut_down()
            raise GaveUp(f"{missing} within {READY_TIMEOUT_S:.0f} s.")
        return not missing

    return ready


def _missing(url: str, supervisor: Supervisor) -> str:
    try:
        httpx.get(url, timeout=5.0, trust_env=False)
    except httpx.TransportError:
        return f"{url} did not answer"
    worker = next(child for child in supervisor.children if child.name == "worker")
    pid = worker.process.pid if worker.process else 0
    if not Incarnation.objects.filter(host=host_name(), pid=pid, stopped_at=None).exists():
        return "The worker took no tasks"
    return ""


def _announce(instance: Instance, url: str, say: Callable[[str], None]) -> None:
    instance.publish(url)
    say("")
    say(f"AutoDev is ready: {url}")
