"""The Celery app. It carries bells, ticks, mail and webhooks; work is claimed from the database.

The worker process hosts the engine: its slot threads start with the worker and give their tasks back when it ends.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from celery import Celery, signals
from django.conf import settings

if TYPE_CHECKING:
    from projects.engine.worker import Engine

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")

app = Celery("autodev")
# Celery keeps the current app by thread; a bell is sent from threads of its own.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
# Threads, never prefork: a fork beside the engine's threads would copy the locks they hold.
app.conf.update(worker_pool="threads", worker_concurrency=2)
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "sweep": {"task": "projects.tasks.sweep_tick", "schedule": 30.0, "options": {"expires": 30}},
    "explain": {"task": "projects.tasks.explain_tick", "schedule": 10.0, "options": {"expires": 10}},
    "ledger": {"task": "providers.tasks.ledger_tick", "schedule": 60.0, "options": {"expires": 60}},
    "recovery": {
        "task": "recovery.tasks.recovery_tick",
        "schedule": float(settings.RECOVERY_CHECK_INTERVAL_SECONDS),
        "options": {"expires": settings.RECOVERY_CHECK_INTERVAL_SECONDS},
    },
    "deliveries": {"task": "autodev.events.tasks.deliveries_tick", "schedule": 5.0, "options": {"expires": 5}},
}

_engine: Engine | None = None
_stopper: threading.Thread | None = None


def connect_doorbell() -> None:
    """From here on a ring in this process is heard by the workers. Without a broker it is not: they poll."""
    from projects.engine import doorbell  # noqa: PLC0415 - models can be imported only now
    from projects.tasks import ring  # noqa: PLC0415

    if settings.REDIS_URL:
        doorbell.set_publisher(lambda: ring.apply_async(retry=False, ignore_result=True, expires=30))


@signals.worker_init.connect  # type: ignore[untyped-decorator] # celery ships no types
def start_engine(**_: Any) -> None:
    from projects.engine.worker import Engine  # noqa: PLC0415 - models can be imported only now
    from providers.live import worker  # noqa: PLC0415

    global _engine  # noqa: PLW0603 - one engine a process
    connect_doorbell()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _stop_early)
    _engine = Engine(slots=settings.AUTODEV_SLOTS)
    _engine.start()
    worker.begin()


def _stop_early(*_: Any) -> None:
    """Until Celery has set its own handler: the engine runs already, and its tasks are given back here too."""
    begin_stop()
    raise SystemExit(0)


@signals.worker_shutting_down.connect  # type: ignore[untyped-decorator] # celery ships no types
def begin_stop(**_: Any) -> None:
    """At the signal itself, so that the engine's ten seconds do not wait for Celery's own tasks."""
    global _stopper  # noqa: PLW0603 - one engine a process
    if _engine is not None and _stopper is None:
        _stopper = threading.Thread(target=_engine.stop, name="engine-stop")
        _stopper.start()


@signals.worker_shutdown.connect  # type: ignore[untyped-decorator] # celery ships no types
def finish_stop(**_: Any) -> None:
    from providers.live import process  # noqa: PLC0415 - models can be imported only now

    begin_stop()
    if _stopper is not None:
        _stopper.join()
    process.stop()
