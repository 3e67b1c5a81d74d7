"""The same request as a plain Celery task that retries by itself: `autoretry_for`, `retry_backoff`, jitter, five
retries, late acknowledgement."""

from __future__ import annotations

import os

import httpx
import redis
from celery import Celery

from bench.recovery.world import TIMEOUT_S
from bench.router.lab import TEXT

MOST_RETRIES = 5
broker = os.environ.get("BENCH_BROKER", "")
app = Celery("bench.recovery.peer", broker=broker, backend=broker)
app.conf.update(
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    result_expires=3600,
    task_track_started=True,
)


class Unusable(Exception):
    """An answer that is none."""


@app.task(  # type: ignore[untyped-decorator] # celery ships no types
    name="bench.ask",
    autoretry_for=(Exception,),
    max_retries=MOST_RETRIES,
    retry_backoff=1,
    retry_backoff_max=300,
    retry_jitter=True,
    acks_late=True,
    reject_on_worker_lost=True,
)
def ask(url: str, label: str) -> str:
    """The answer's text; counts the request under `label`. Raises httpx.HTTPError, Unusable."""
    redis.Redis.from_url(broker).incr(counter(label))
    body = {"model": "lab-model", "messages": [{"role": "user", "content": "Explain trust in one sentence."}]}
    headers = {"Authorization": "Bearer sk-bench"}
    answer = httpx.post(f"{url}/chat/completions", json=body, headers=headers, timeout=TIMEOUT_S, trust_env=False)
    answer.raise_for_status()
    text = answer.json()["choices"][0]["message"]["content"]
    if text != TEXT:
        raise Unusable(text)
    return str(text)


def counter(label: str) -> str:
    """Where the requests are counted."""
    return f"bench-calls-{label}"
