"""Bare Celery with Redis: `slots` threads, a no-op, results ignored. The tasks are queued before the worker starts."""

from __future__ import annotations

import argparse
import os
import signal
import threading

from celery import Celery

from bench.dispatch.measure import Figure, Meter
from bench.dispatch.redis_server import redis_server

app = Celery("bench")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    broker_connection_retry_on_startup=True,
)
_left = 0
_lock = threading.Lock()
_done = threading.Event()


@app.task(name="bench.noop")
def noop(number: int) -> None:
    global _left  # noqa: PLW0603 - the worker's threads count down one number
    with _lock:
        _left -= 1
        if _left == 0:
            _done.set()


def run(*, slots: int, items: int) -> None:
    """Prints the figure and ends the process: the worker owns the main thread, as it does in production."""
    global _left  # noqa: PLW0603
    with redis_server() as url:
        app.conf.broker_url = url
        _left = items
        for number in range(items):
            noop.delay(number)
        worker = app.Worker(
            pool="threads", concurrency=slots, loglevel="ERROR", quiet=True, without_gossip=True, without_mingle=True
        )
        meter = Meter()

        def report() -> None:
            landed = _done.wait(timeout=300)
            wall, cpu = meter.read()
            if landed:
                Figure("celery", "redis", slots, items, wall, cpu).print()
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=report, daemon=True).start()
        worker.start()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slots", type=int, required=True)
    parser.add_argument("--items", type=int, required=True)
    arguments = parser.parse_args()
    run(slots=arguments.slots, items=arguments.items)
