"""The Celery app of this bench's workers: AutoDev's own, which hosts the engine, with two kinds of task more.
BENCH_HOST names its host."""

# ruff: noqa: E402 - what prepares the worker is connected before what starts the engine

from __future__ import annotations

import os
from typing import Any

from celery.signals import worker_init


@worker_init.connect  # type: ignore[untyped-decorator] # celery ships no types
def prepare(**_: Any) -> None:
    from bench.recovery.handlers import install  # noqa: PLC0415 - models can be imported only now
    from projects.engine import incarnation  # noqa: PLC0415

    install()
    host = os.environ.get("BENCH_HOST")
    if host:
        incarnation.host_name = lambda: host


from autodev.celery import app

__all__ = ["app"]
