"""What runs on one machine: web, gateway, worker, beat."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from autodev.up.child import Command

# On one machine the worker is whoever started it; Celery's warning about root is for shared hosts.
QUIET = ("-W", "ignore:You're running the worker with superuser")
CELERY = (sys.executable, *QUIET, "-m", "celery", "--quiet", "--app", "autodev.celery")


def web(host: str, port: int, env: Mapping[str, str]) -> Command:
    """Pages, API and sockets. Open WebSockets are closed after three seconds of a stop."""
    argv = [sys.executable, "-m", "uvicorn", "autodev.asgi:application", "--host", host, "--port", str(port)]
    argv += ["--lifespan", "off", "--timeout-graceful-shutdown", "3", "--log-level", "warning"]
    return Command(name="web", argv=argv, env=env)


def gateway(host: str, port: int, env: Mapping[str, str]) -> Command:
    """The endpoints for users' tools; the only one beside the worker that asks models."""
    argv = [sys.executable, "-m", "uvicorn", "providers.gateway.asgi:application", "--host", host, "--port", str(port)]
    argv += ["--lifespan", "on", "--timeout-graceful-shutdown", "3", "--log-level", "warning", "--no-access-log"]
    return Command(name="gateway", argv=argv, env=env)


def worker(env: Mapping[str, str]) -> Command:
    """The engine's slots live in this process; Celery's own two threads carry bells, ticks, mail and webhooks."""
    lean = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    return Command(name="worker", argv=[*CELERY, "worker", "--pool", "threads", "--concurrency", "2", *lean], env=env)


def beat(data: Path, env: Mapping[str, str]) -> Command:
    """The clock of the periodic tasks. Two of them would do no harm."""
    files = ["--schedule", str(data / "celerybeat-schedule"), "--pidfile", ""]
    return Command(name="beat", argv=[*CELERY, "beat", *files, "--loglevel", "WARNING"], env=env, stop_s=3)
